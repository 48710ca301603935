"""The methods that a dock offers: what each is called, and which controls it has.

To add one: its name in `METHODS` of `run/recipe.py`, an entry here, and its own controls as rows of `Settings` under
the names that stand in `controls`. All others are hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from napari_deconvolve.recipe.method import METHODS


@dataclass(frozen=True, slots=True)
class Method:
    """What a form needs to know of a method.

    Attributes
    ----------
    label : str
        In the box of methods.
    controls : frozenset of str
        Names of the rows that count, as far as not every method has them; `start` is an estimate to begin with.
    note : str
        A sentence below the box; empty where there is nothing to say.
    """

    label: str
    controls: frozenset[str]
    note: str = ""


ITERATED = frozenset({"iterations", "keep_every", "start"})
PLAIN = ITERATED | {"prior", "strength", "stop", "gain", "acceleration"}

_ALL: Mapping[str, Method] = MappingProxyType(
    {
        "rl": Method("Richardson-Lucy", PLAIN),
        "rl-gc": Method("RL-GC", ITERATED, "Takes counts for photons, and no prior."),
        "blind": Method(
            "Blind",
            PLAIN | {"blind", "symmetry"},
            "Finds the PSF from the image, near the one chosen, and shows it as a layer.",
        ),
        "wiener": Method(
            "Wiener",
            frozenset({"regularization", "rule", "preview"}),
            "A linear filter: quick; values may be negative.",
        ),
    }
)

CONTROLS = frozenset().union(*(one.controls for one in _ALL.values()))
LABELS: Mapping[str, str] = MappingProxyType({name: _ALL[name].label for name in METHODS if name in _ALL})


def method_of(name: str) -> Method:
    """Return what is known of a method, by its name in recipes."""
    return _ALL[name]
