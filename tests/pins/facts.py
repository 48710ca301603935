"""Facts to be pinned, in plain JSON types: names and signatures, commands and options, the manifest, recipes."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import typer
from npe2 import PluginManifest
from pins.pinned import outline

import napari_deconvolve as nd
from napari_deconvolve import cli

MADE = ("PSF", "Recipe", "Simulation", "Iterate", "GoodsRoughness", "Hessian", "Tikhonov", "TotalVariation")
MADE_OF_PSFS = ("ChannelPSFs", "Strata")
READ = (
    "PSF", "Recipe", "Simulation", "Iterate", "Result", "Sweep", "Cost", "Simulated", "FoundPSF",
    "CameraReport", "CameraRow", "Residual", "UncertaintyMap", "WidthCheck", "Bead", "BeadReport", "Finding", "Lobes",
)  # fmt: skip
VERSION = {"version": "text"}  # the number may change


# ---- names


def names(module: Any, made: tuple[str, ...]) -> dict[str, Any]:
    """Give each public name with what callers know of it."""
    return {name: _known(name, getattr(module, name), made) for name in module.__all__}


def _known(name: str, thing: Any, made: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(thing, type):
        return _signature(thing) if inspect.isfunction(thing) else {}
    if issubclass(thing, Exception):
        return {"bases": [base.__name__ for base in thing.__mro__[1:-1]]}
    known: dict[str, Any] = {"attributes": _attributes(thing)} if name in READ else {}
    return {**known, **(_signature(thing) if name in made else {})}


def _signature(thing: Any) -> dict[str, Any]:
    """Tell parameters apart by kind: those by keyword may become more, if they have a default."""
    parameters = inspect.signature(thing).parameters.values()
    positional = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    keyword = [one for one in parameters if one.kind is one.KEYWORD_ONLY]
    return {
        "positional": ", ".join(str(one.replace(annotation=one.empty)) for one in positional),
        "needed": ", ".join(one.name for one in (*positional, *keyword) if one.default is one.empty),
        "keyword": {one.name: repr(one.default) for one in keyword if one.default is not one.empty},
    }


def _attributes(kind: type) -> list[str]:
    fields = {one.name for one in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    return sorted(fields | {name for name in dir(kind) if not name.startswith("_")})


# ---- commands


def commands() -> dict[str, Any]:
    """Give every command with its options, without their help."""
    return dict(_commands(typer.main.get_command(cli.app), "napari-deconvolve"))


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    yield (
        name,
        {
            "arguments": " ".join(one.metavar if one.required else f"[{one.metavar}]" for one in arguments),
            "needed": ", ".join(one.opts[-1] for one in options if one.required),
            "options": {"/".join((*one.opts, *one.secondary_opts)): _option(one) for one in options},
        },
    )
    for part, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, f"{name} {part}")


def _option(option: Any) -> dict[str, Any]:
    told = {name: getattr(option, name) for name in ("metavar", "default", "multiple", "is_flag")}
    return {name: value for name, value in told.items() if value not in (None, False)}


def manifest() -> dict[str, Any]:
    """Give what napari is told: commands, docks, readers, writers and samples."""
    told = PluginManifest.from_file(files("napari_deconvolve") / "napari.yaml")
    parts = told.contributions
    return {
        "name": told.name,
        "commands": {one.id: one.title for one in parts.commands},
        "widgets": {one.display_name: one.command for one in parts.widgets},
        "sample_data": {one.key: one.display_name for one in parts.sample_data},
        "readers": [pattern for one in parts.readers for pattern in one.filename_patterns],
        "writers": [suffix for one in parts.writers for suffix in one.filename_extensions],
    }


# ---- recipes


def recipes() -> dict[str, nd.Recipe]:
    """Give a recipe of every kind."""
    source = {"source": "gaussian", "fwhm": [3.0, 2.0], "spacing": [1.0, 1.0], "unit": "um", "shape": [7, 5]}
    return {
        "default": nd.Recipe(),
        "textbook": nd.Recipe(iterations=30, acceleration="none", background=0, offset=0, read_noise=0, target_fwhm=0),
        "prior": nd.Recipe(prior="tv", strength=0.01, iterations=7),
        "strength found": nd.Recipe(prior="good"),
        "stop": nd.Recipe(stop="discrepancy", gain=0.2),
        "halves": nd.Recipe(method="rl-gc", iterations=5, boundary="reflect", dtype="float64"),
        "wiener": nd.Recipe(method="wiener", regularization=0.02),
        "wiener by a rule": nd.Recipe(method="wiener", regularization="gcv"),
        "blind": nd.Recipe(method="blind", blind="alternate", symmetry="rotation"),
        "target": nd.Recipe(target_fwhm=(0.3, 0.1), target_by="smoothing", psf=source),
    }


def simulations() -> dict[str, nd.Simulation]:
    """Give a simulation of every kind."""
    return {
        "default": nd.Simulation(),
        "camera": nd.Simulation(photons=100, background=5, read_noise=1.5, gain=2, offset=100, seed=3),
        "smooth": nd.Simulation(fwhm=(2, 1), spacing=(0.5, 0.25), total=1e6, poisson=False, boundary="edge"),
    }


def told(values: dict[str, Any]) -> dict[str, Any]:
    """Give each value's plain form, without the number of the version."""
    return {name: {**value.to_dict(), **VERSION} for name, value in values.items()}


def told_psfs() -> dict[str, Any]:
    """Give what recipes of a run tell of PSFs of all kinds."""
    flat, lens = nd.psf.gaussian(2.0, shape=(5, 5)), {"numerical_aperture": 0.8, "emission_um": 0.5, "shape": (5, 5, 5)}
    image, stack = [[5.0] * 12] * 12, [[[5.0] * 8] * 8] * 8
    grid = {"spacing": (0.3, 0.2, 0.2)}
    given: dict[str, tuple[Any, Any]] = {
        "gaussian": (image, flat),
        "lorentzian": (image, nd.psf.lorentzian(2.0, shape=(5, 5))),
        "formula": (image, nd.psf.from_formula("exp(-x^2-y^2)", (5, 5))),
        "points": (image, nd.psf.points([(0, 0), (0, 1)], [2, 1])),
        "array": (image, nd.psf.from_array([[0, 1, 0], [1, 4, 1], [0, 1, 0]])),
        "channels": ([image, image], [flat, flat]),
        "microscope": (stack, nd.psf.microscope("widefield", **grid, **lens)),
        "strata": (stack, nd.psf.microscope_strata("widefield", depths_um=(0, 2), sample_index=1.33, **grid, **lens)),
    }
    recipe = nd.Recipe(iterations=1, background=1)
    return {name: outline(nd.deconvolve(data, psf, recipe).recipe.psf) for name, (data, psf) in given.items()}
