"""Choosing a prior by its name in recipes, and back from the prior to the name."""

from __future__ import annotations

from napari_deconvolve.core.priors.prior import PRIORS, Prior
from napari_deconvolve.errors import ParameterError


def as_prior(name: object) -> str | None:
    """Accept the name of a prior, or None or ``"none"``."""
    return None if name is None or name == "none" else PRIORS.look_up(name).name


def prior_name(prior: object) -> str:
    """Return a prior's name in recipes; raise `ParameterError` if it is none."""
    for name, kind in PRIORS.items():
        if isinstance(prior, kind):
            return name
    known = [kind.__name__ for kind in PRIORS.values()]
    raise ParameterError(f"The prior is {prior!r}; give one of {', '.join(known)}, such as {known[0]}(0.01).")


def make_prior(name: str | None, strength: float) -> Prior | None:
    """Make a prior by its name; None for none."""
    chosen = as_prior(name)
    return None if chosen is None else PRIORS[chosen](strength)
