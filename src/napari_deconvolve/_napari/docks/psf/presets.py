"""Objectives and dyes to choose from: typical ones, and the user's own, which are kept in a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.settings import read_settings, write_settings
from napari_deconvolve.schema import listed, number, record, text

MEDIA = {"oil": 1.515, "water": 1.33, "glycerol": 1.47, "silicone": 1.406, "air": 1.0}
FILE = "psf_presets.json"


@dataclass(frozen=True)
class Objective:
    """A lens: its name, numerical aperture, and the index of what it is immersed in."""

    name: str
    numerical_aperture: float
    immersion_index: float


@dataclass(frozen=True)
class Dye:
    """A dye: its name, and where it emits and is excited, in um."""

    name: str
    emission_um: float
    excitation_um: float


@dataclass(frozen=True)
class Presets:
    """The user's own presets.

    Attributes
    ----------
    objectives, dyes : tuple
    problem : str
        Why the file could not be read; empty when it could, or there is none.
    """

    objectives: tuple[Objective, ...] = ()
    dyes: tuple[Dye, ...] = ()
    problem: str = ""

    def with_one(self, preset: Objective | Dye) -> Presets:
        """Return these with one more, which replaces the one of its name."""
        if isinstance(preset, Objective):
            others = tuple(one for one in self.objectives if one.name != preset.name)
            return Presets((*others, preset), self.dyes)
        return Presets(self.objectives, (*(one for one in self.dyes if one.name != preset.name), preset))

    def without(self, name: str) -> Presets:
        """Return these without those of a name."""
        return Presets(
            tuple(one for one in self.objectives if one.name != name),
            tuple(one for one in self.dyes if one.name != name),
        )


OBJECTIVES = (
    Objective("100×/1.45 oil", 1.45, MEDIA["oil"]),
    Objective("100×/1.40 oil", 1.4, MEDIA["oil"]),
    Objective("63×/1.40 oil", 1.4, MEDIA["oil"]),
    Objective("60×/1.42 oil", 1.42, MEDIA["oil"]),
    Objective("40×/1.30 oil", 1.3, MEDIA["oil"]),
    Objective("100×/1.35 silicone", 1.35, MEDIA["silicone"]),
    Objective("60×/1.30 silicone", 1.3, MEDIA["silicone"]),
    Objective("63×/1.30 glycerol", 1.3, MEDIA["glycerol"]),
    Objective("60×/1.20 water", 1.2, MEDIA["water"]),
    Objective("40×/1.15 water", 1.15, MEDIA["water"]),
    Objective("20×/1.00 water", 1.0, MEDIA["water"]),
    Objective("40×/0.95 air", 0.95, MEDIA["air"]),
    Objective("20×/0.75 air", 0.75, MEDIA["air"]),
    Objective("10×/0.30 air", 0.3, MEDIA["air"]),
)
DYES = (
    Dye("DAPI", 0.461, 0.358),
    Dye("Hoechst 33342", 0.461, 0.35),
    Dye("Alexa Fluor 405", 0.421, 0.401),
    Dye("CFP", 0.475, 0.434),
    Dye("GFP", 0.509, 0.488),
    Dye("Alexa Fluor 488", 0.519, 0.495),
    Dye("FITC", 0.519, 0.495),
    Dye("YFP", 0.527, 0.514),
    Dye("Cy3", 0.57, 0.55),
    Dye("Alexa Fluor 568", 0.603, 0.578),
    Dye("mCherry", 0.61, 0.587),
    Dye("Texas Red", 0.615, 0.589),
    Dye("Alexa Fluor 647", 0.665, 0.65),
    Dye("Cy5", 0.67, 0.649),
)


def presets_path() -> Path:
    """Return the file of the user's presets, which need not exist."""
    from platformdirs import user_config_path

    return user_config_path("napari-deconvolve", appauthor=False) / FILE


def read_presets() -> Presets:
    """Read the user's presets; what is wrong with a file that cannot be read stands in `problem`."""
    path = presets_path()
    try:
        return _parsed(read_settings(path, "presets"))
    except FileNotFoundError:
        return Presets()
    except OSError as error:
        return Presets(problem=f"Your presets in {path} cannot be read ({error.strerror}).")
    except ParameterError:
        return Presets(
            problem=f"Your presets in {path} are damaged, so only the built-in ones are offered; "
            "mend the file or delete it."
        )


def write_presets(presets: Presets) -> None:
    """Keep the user's presets; the file is complete, or as it was; raise `FileError` when it cannot be written."""
    path = presets_path()
    values = {
        "format": 1,
        "objectives": [asdict(one) for one in presets.objectives],
        "dyes": [asdict(one) for one in presets.dyes],
    }
    write_settings(path, values, "presets are not saved")


def medium_of(index: float) -> str:
    """Name what has a refractive index; empty when it is none of the usual media."""
    return next((name for name, usual in MEDIA.items() if abs(usual - index) < 5e-4), "")


_LENGTH = number(1e-6, 1e6)
_OBJECTIVE = record({"name": text, "numerical_aperture": _LENGTH, "immersion_index": _LENGTH})
_DYE = record({"name": text, "emission_um": _LENGTH, "excitation_um": number(0, 1e6)})
_PRESETS = record({"objectives": listed(_OBJECTIVE), "dyes": listed(_DYE)})


def _parsed(values: object) -> Presets:
    known = _PRESETS(values, "presets")
    objectives = (Objective(*(one[part.name] for part in fields(Objective))) for one in known["objectives"])
    dyes = (Dye(*(one[part.name] for part in fields(Dye))) for one in known["dyes"])
    return Presets(tuple(objectives), tuple(dyes))
