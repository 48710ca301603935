"""The command line, ``napari-deconvolve COMMAND``.

Exit codes: 0 done; 1 files of a batch that failed, a result that is not what its recipe gives,
or a fault of this program; 2 bad input, with one line on stderr;
3 out of resources; 130 interrupted. An output file is complete or absent.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from napari_deconvolve._version import __version__
from napari_deconvolve.cli.batch.batch import batch
from napari_deconvolve.cli.blur import blur
from napari_deconvolve.cli.camera import camera
from napari_deconvolve.cli.declare import add
from napari_deconvolve.cli.exits import BAD_INPUT, DONE, FAULT, INTERRUPTED, NO_RESOURCES, STOPPED
from napari_deconvolve.cli.failures import DEBUG, reason
from napari_deconvolve.cli.inspect import inspect
from napari_deconvolve.cli.printing import printing
from napari_deconvolve.cli.psf.beads import beads
from napari_deconvolve.cli.psf.check import check
from napari_deconvolve.cli.psf.kernels import formula, gaussian, lorentzian, points
from napari_deconvolve.cli.psf.microscope import microscope
from napari_deconvolve.cli.run import run
from napari_deconvolve.cli.sample import sample
from napari_deconvolve.cli.session import STOP, say, stoppable
from napari_deconvolve.cli.sweep import sweep
from napari_deconvolve.cli.verify import verify
from napari_deconvolve.errors import Cancelled, DeconvolutionError, DeconvolutionWarning, FileError

PROGRAM = "napari-deconvolve"

PLAIN: dict[str, Any] = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}

app = typer.Typer(help="Deconvolution of spectra, images and stacks.", **PLAIN)
psf_app = typer.Typer(help="Make a PSF and save it, or look at one.", **PLAIN)
app.add_typer(psf_app, name="psf")

for command in (run, sweep, batch, blur, camera, inspect, verify, sample):
    add(app, command.__name__, command)
for maker in (gaussian, lorentzian, formula, points, microscope, beads, check):
    add(psf_app, maker.__name__, maker)


@app.command("demo")
def _demo() -> None:
    """Open napari with a simulated cell, its PSF and the docks."""
    if not _has_napari():
        raise FileError('napari is not installed, and the demo needs it; pip install "napari-deconvolve[gui]".')
    from napari_deconvolve._napari.demo import main as demo

    demo()


def _has_napari() -> bool:
    try:
        return importlib.util.find_spec("napari") is not None
    except ValueError:  # somebody has barred it from being imported
        return False


def _version(wanted: bool) -> None:
    if wanted:
        print(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback()
def _app(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Deconvolution of spectra, images and stacks."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Execute a command line, and exit with its code."""
    sys.exit(execute(arguments, last=True))


def execute(arguments: Sequence[str] | None = None, *, last: bool = False) -> int:
    """Execute a command line, by default that of this process; return the exit code.

    Only interrupts of the interpreter are raised. Where the process ends afterwards (`last`), signals that come later
    are ignored.
    """
    try:
        with stoppable(last=last), printing(), warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", DeconvolutionWarning)
            code = app(None if arguments is None else list(arguments), prog_name=PROGRAM, standalone_mode=False)
            if code == INTERRUPTED:  # some versions of typer return it in place of raising the interrupt
                raise KeyboardInterrupt
            for warning in noted:
                say(f"Note: {warning.message}")
            return code if isinstance(code, int) else DONE
    except BaseException as error:
        return _failed(error)


def _failed(error: BaseException) -> int:
    """Print the error in one line, and return the exit code."""
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    if STOP.is_set() or isinstance(error, (KeyboardInterrupt, Cancelled, typer.Abort)):
        say(STOPPED)
        return INTERRUPTED
    if isinstance(error, (MemoryError, DeconvolutionError)):
        say(reason(error))
        return NO_RESOURCES if isinstance(error, MemoryError) else BAD_INPUT
    usage = getattr(error, "format_message", None)  # of the options' parser, whose class depends on typer's version
    if callable(usage):
        say(f"{str(usage()).rstrip('.')}; see {PROGRAM} --help.")
        return BAD_INPUT
    if not isinstance(error, Exception):
        raise error
    say(reason(error))
    return FAULT
