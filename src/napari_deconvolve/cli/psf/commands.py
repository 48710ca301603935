"""All commands ``napari-deconvolve psf ...``."""

from __future__ import annotations

from typing import Any

import typer

from napari_deconvolve.cli.declare import add
from napari_deconvolve.cli.psf.beads import beads
from napari_deconvolve.cli.psf.check import check
from napari_deconvolve.cli.psf.kernels import formula, gaussian, lorentzian, points
from napari_deconvolve.cli.psf.microscope import microscope

PLAIN: dict[str, Any] = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}
"""How help and errors of all commands are shown: as plain lines."""

psf_app = typer.Typer(help="Make a PSF and save it, or look at one.", **PLAIN)

for command in (gaussian, lorentzian, formula, points, microscope, beads, check):
    add(psf_app, command.__name__, command)
