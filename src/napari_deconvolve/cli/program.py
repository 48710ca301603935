"""The command line, ``napari-deconvolve COMMAND``.

Exit codes: 0 done; 1 a fault of this program; 2 bad input, with one line on stderr; 3 out of resources;
130 interrupted. An output file is complete or absent.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Annotated

import typer

from napari_deconvolve._version import __version__
from napari_deconvolve.cli.options import help_of, number, sentence, simulation_help, whole
from napari_deconvolve.cli.psf_commands import HOW, psf_app
from napari_deconvolve.cli.run_options import Continued, Resumable, Start, TargetBy, TargetFWHM
from napari_deconvolve.cli.session import STOP, say, stoppable
from napari_deconvolve.errors import Cancelled, DeconvolutionError, DeconvolutionWarning, FileError, ResourceError

PROGRAM = "napari-deconvolve"
DEBUG = "NAPARI_DECONVOLVE_DEBUG"
DONE, FAULT, BAD_INPUT, NO_RESOURCES, INTERRUPTED = 0, 1, 2, 3, 130

app = typer.Typer(help="Deconvolution of spectra, images and stacks.", **HOW)
app.add_typer(psf_app, name="psf")

Image = Annotated[str, typer.Argument(metavar="IMAGE", help="TIFF, OME-TIFF, ImageJ TIFF, NPY; CSV for spectra.")]
Output = Annotated[
    str,
    typer.Option(
        "-o", "--output", metavar="OUT", help="OME-TIFF (.ome.tif, .tif) or .npy to write; .csv, .txt for spectra."
    ),
]
PsfFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--psf",
        metavar="FILE",
        help="PSF: TIFF, NPY, or CSV or TXT for a spectrum. Given several times: one per channel, in their order.",
    ),
]
Gaussian = Annotated[
    str | None,
    typer.Option(metavar="FWHM", help="Gaussian PSF: one width, or one per axis as Z,Y,X, in the image's unit."),
]
Formula = Annotated[str | None, typer.Option(metavar="TEXT", help="Kernel of a spectrum, such as 1/cosh(x/0.1)^2.")]
Column = Annotated[str | None, typer.Option(metavar="NAME|N", help="Data in a table. Default: the second column.")]
Resample = Annotated[
    bool, typer.Option("--resample", help="Take values at equal steps where a table's positions are uneven.")
]
Center = Annotated[
    str | None,
    typer.Option(
        metavar="C", help="Zero lag in the PSF file: auto, middle, peak, or an index per axis. Default: auto."
    ),
]
Spacing = Annotated[
    str | None,
    typer.Option(metavar="Z,Y,X", help="Voxel size of the image instead of the file's, in its unit or in um."),
]


@app.command("run")
def _run(
    image: Image,
    output: Output,
    psf: PsfFiles = None,
    gaussian: Gaussian = None,
    formula: Formula = None,
    column: Column = None,
    resample: Resample = False,
    recipe: Annotated[
        str | None,
        typer.Option(metavar="R.json", help="Repeat a run: a recipe, or an image that this program wrote."),
    ] = None,
    start: Start = None,
    resumed: Continued = None,
    resumable: Resumable = False,
    iterations: Annotated[str | None, typer.Option(metavar="N|auto", help=help_of("iterations"))] = None,
    stop: Annotated[str | None, typer.Option(metavar="RULE", help=help_of("stop"))] = None,
    gain: Annotated[str | None, typer.Option(metavar="X|auto", help=help_of("gain"))] = None,
    background: Annotated[str | None, typer.Option(metavar="X|auto", help=help_of("background"))] = None,
    dark_noise: Annotated[str | None, typer.Option(metavar="X|auto", help=help_of("dark_noise"))] = None,
    acceleration: Annotated[str | None, typer.Option(metavar="NAME|none", help=help_of("acceleration"))] = None,
    prior: Annotated[str | None, typer.Option(metavar="NAME[:STRENGTH]|none", help=help_of("prior"))] = None,
    method: Annotated[str | None, typer.Option(metavar="NAME", help=help_of("method"))] = None,
    regularization: Annotated[
        str | None, typer.Option(metavar="X|auto|negative|gcv", help=help_of("regularization"))
    ] = None,
    blind: Annotated[str | None, typer.Option(metavar="WAY", help=help_of("blind"))] = None,
    symmetry: Annotated[str | None, typer.Option(metavar="NAME", help=help_of("symmetry"))] = None,
    save_psf: Annotated[
        str | None, typer.Option(metavar="PSF.ome.tif", help="Write the PSF that --method blind finds.")
    ] = None,
    target_fwhm: TargetFWHM = None,
    target_by: TargetBy = None,
    boundary: Annotated[str | None, typer.Option(metavar="NAME", help=help_of("boundary"))] = None,
    every: Annotated[
        str | None,
        typer.Option(metavar="N", help="Write every N-th estimate too, to OUT's name with .iterations.ome.tif."),
    ] = None,
    spacing: Spacing = None,
    center: Center = None,
    dtype: Annotated[str | None, typer.Option(metavar="NAME", help=help_of("dtype"))] = None,
) -> None:
    """Deconvolve an image; options given beside --recipe override it."""
    from napari_deconvolve.cli.run import run

    run(
        image,
        output,
        psf=psf or (),
        gaussian=gaussian,
        formula=formula,
        column=column,
        resample=resample,
        recipe=recipe,
        start=start,
        resumed=resumed,
        resumable=resumable,
        iterations=iterations if iterations == "auto" else whole("--iterations", iterations),
        stop=stop,
        gain=gain,
        background=background,
        dark_noise=dark_noise,
        acceleration=acceleration,
        prior=prior,
        method=method,
        regularization=regularization,
        blind=blind,
        symmetry=symmetry,
        save_psf=save_psf,
        target_fwhm=target_fwhm,
        target_by=target_by,
        boundary=boundary,
        every=whole("--every", every),
        spacing=spacing,
        center=center,
        dtype=dtype,
    )


@app.command("sweep")
def _sweep(
    image: Image,
    output: Annotated[str, typer.Option("-o", "--output", metavar="TABLE.csv", help="Table to write, one row each.")],
    psf: PsfFiles = None,
    gaussian: Gaussian = None,
    iterations: Annotated[
        str, typer.Option(metavar="N,N,...", help="Numbers of iterations, or FROM:TO:STEP for every so many.")
    ] = "10,20,40,80",
    truth: Annotated[
        str | None, typer.Option(metavar="T", help="What the result should be: errors are measured against it.")
    ] = None,
    prior: Annotated[str | None, typer.Option(metavar="NAME", help=help_of("prior"))] = None,
    strengths: Annotated[
        str | None, typer.Option(metavar="S,S,...", help="Strengths of the prior, one run each; 0 is without prior.")
    ] = None,
    stack: Annotated[
        str | None, typer.Option(metavar="STACK.ome.tif", help="Write all estimates too, in the table's order.")
    ] = None,
    background: Annotated[
        str, typer.Option(metavar="X|auto", help="Counts per sample that did not come from the object.")
    ] = "0",
    acceleration: Annotated[str, typer.Option(metavar="NAME|none", help="Look ahead along the last step.")] = "none",
    boundary: Annotated[str | None, typer.Option(metavar="NAME", help=help_of("boundary"))] = None,
    column: Column = None,
    resample: Resample = False,
    spacing: Spacing = None,
    center: Center = None,
) -> None:
    """Compare numbers of iterations, and strengths of a prior: a table of errors or scores, and the estimates.

    There is one run per strength, not one per number. Unless told otherwise it is the textbook iteration.
    """
    from napari_deconvolve.cli.sweep import sweep

    sweep(
        image,
        output,
        psf=psf or (),
        gaussian=gaussian,
        iterations=iterations,
        truth=truth,
        prior=prior,
        strengths=strengths,
        stack=stack,
        background=background,
        acceleration=acceleration,
        boundary=boundary,
        column=column,
        resample=resample,
        spacing=spacing,
        center=center,
    )


@app.command("blur")
def _blur(
    image: Image,
    output: Output,
    psf: PsfFiles = None,
    gaussian: Annotated[
        str | None,
        typer.Option(
            metavar="FWHM",
            help="Smooth by a Gaussian instead: one width for Z, Y and X, or one per axis for as many of the last "
            "ones, in the image's unit; 4 at most for a series of stacks.",
        ),
    ] = None,
    photons: Annotated[
        str | None,
        typer.Option(metavar="P", help="Expected photons at the brightest sample; their noise comes with them."),
    ] = None,
    total: Annotated[str | None, typer.Option(metavar="P", help="The same for the sum over all samples.")] = None,
    background: Annotated[str | None, typer.Option(metavar="B", help=simulation_help("background"))] = None,
    poisson: Annotated[
        bool | None,
        typer.Option("--poisson/--no-poisson", help="Noise of photons. Default: with --photons or --total."),
    ] = None,
    read_noise: Annotated[str | None, typer.Option(metavar="S", help=simulation_help("read_noise"))] = None,
    gain: Annotated[str | None, typer.Option(metavar="G", help=simulation_help("gain"))] = None,
    offset: Annotated[str | None, typer.Option(metavar="O", help=simulation_help("offset"))] = None,
    seed: Annotated[str | None, typer.Option(metavar="S", help=simulation_help("seed"))] = None,
    boundary: Annotated[str | None, typer.Option(metavar="NAME", help=simulation_help("boundary"))] = None,
    recipe: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Repeat a simulation: an image that this command wrote, or JSON."),
    ] = None,
    column: Column = None,
    resample: Resample = False,
    spacing: Spacing = None,
    center: Center = None,
) -> None:
    """Simulate a measurement: blur, scale to photons, add background, noise of photons, gain, offset, read noise."""
    from napari_deconvolve.cli.blur import blur

    blur(
        image,
        output,
        psf=psf or (),
        gaussian=gaussian,
        recipe=recipe,
        column=column,
        resample=resample,
        spacing=spacing,
        center=center,
        photons=None if photons is None else number("--photons", photons),
        total=None if total is None else number("--total", total),
        background=None if background is None else number("--background", background),
        poisson=poisson,
        read_noise=None if read_noise is None else number("--read-noise", read_noise),
        gain=None if gain is None else number("--gain", gain),
        offset=None if offset is None else number("--offset", offset),
        seed=whole("--seed", seed),
        boundary=boundary,
    )


@app.command("inspect")
def _inspect(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Image, spectrum or PSF, or a recipe with --recipe.")],
    recipe: Annotated[bool, typer.Option("--recipe", help="Print only the recipe, as JSON.")] = False,
) -> None:
    """Say what a file holds: shape, spacing, range, saturation, background, recipe."""
    from napari_deconvolve.cli.inspect import inspect

    inspect(file, recipe=recipe)


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
    """Do what the command line says, and exit with its code."""
    sys.exit(execute(arguments, last=True))


def execute(arguments: Sequence[str] | None = None, *, last: bool = False) -> int:
    """Do what the command line says, and give the exit code; nothing but interrupts of the interpreter gets out.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; by default those of this process.
    last : bool
        Whether the process ends afterwards; then signals that come later are ignored.
    """
    try:
        with stoppable(last=last), warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", DeconvolutionWarning)
            code = app(None if arguments is None else list(arguments), prog_name=PROGRAM, standalone_mode=False)
            for warning in noted:
                say(f"Note: {warning.message}")
            return code if isinstance(code, int) else DONE
    except BaseException as error:
        return _failed(error)


def _failed(error: BaseException) -> int:
    """Say in one line what went wrong, and give the exit code."""
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    if STOP.is_set() or isinstance(error, (KeyboardInterrupt, Cancelled, typer.Abort)):
        say("Stopped; no output was left half-written.")
        return INTERRUPTED
    if isinstance(error, ResourceError):
        say(sentence(error))
        return NO_RESOURCES
    if isinstance(error, MemoryError):
        say("The run does not fit into memory; take a smaller image or PSF.")
        return NO_RESOURCES
    if isinstance(error, DeconvolutionError):
        say(sentence(error))
        return BAD_INPUT
    usage = getattr(error, "format_message", None)  # of the options' parser, whose class depends on typer's version
    if callable(usage):
        say(f"{str(usage()).rstrip('.')}; see {PROGRAM} --help.")
        return BAD_INPUT
    if not isinstance(error, Exception):
        raise error
    say(f"Unexpected {sentence(error)}; set {DEBUG}=1 to see where, and please report it.")
    return FAULT
