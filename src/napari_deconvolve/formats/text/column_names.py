"""What the names of columns say they are: counts, axes, data, or what stands beside data."""

from __future__ import annotations

import re

from napari_deconvolve.formats.text.heading_units import axis_unit, name_of
from napari_deconvolve.units import kind

COUNTS = re.compile(
    r"#|no\.?|nr\.?|n|i|(?:idx|index|row|points?|pixels?|px|channels?|ch|sample|bin|frame|scan|step|line|number)"
    r"(?: ?(?:no\.?|nr\.?|#|number|index))?",
    re.IGNORECASE,
)
QUANTITY = re.compile(  # what axes are called, where no unit says it
    r"wave|raman|shift|energy|freq|lambda|λ|position|distance|time|bias|field|theta|angle|retention|m/z|mass|delay|spacing|x$",
    re.IGNORECASE,
)
DATA = re.compile(
    r"intens|counts?\b|signal|absorb|transm|reflect|amplitude|\bcps\b|fluor|emission|gr[ae]y|flux|photons|radiance|yield"
    r"|^[iy]$|^abs\b",
    re.IGNORECASE,
)
SURROUNDINGS = re.compile(r"\b(?:temp|temperature|pressure|humidity|date|timestamp|power)\b", re.IGNORECASE)
SETTINGS = re.compile(
    r"exposure|integration|acqui|excitation|laser|slit|dwell|shutter|resolution|accumul", re.IGNORECASE
)
ERRORS = frozenset(
    [
        "error",
        "errors",
        "err",
        "sigma",
        "std",
        "stdev",
        "stddev",
        "stderr",
        "sd",
        "sem",
        "uncertainty",
        "unc",
        "deviation",
        "±",
        "+/-",
    ]
)
BESIDE = re.compile(
    r"dark|flags?|mask|valid|quality|weights?|[a-z]?err|[dδ][ _]?[xyi]|delta[ _]?[xyi]|e[ _][xyi]", re.I
)
AXES = frozenset(("length", "energy", "wave number", "frequency", "time", "voltage", "angle", "magnetic field", "mass"))

WORDS = re.compile(r"[\s_.()\[\]-]+")


def names_count(name: str) -> bool:
    """Return whether a column is called as one that counts rows."""
    return COUNTS.fullmatch(name.strip()) is not None


def names_axis(name: str) -> bool:
    """Return whether a column is called as axes are, or has a unit of one; a mass without one is weighed."""
    if DATA.search(name_of(name)):
        return False
    return kind(axis_unit(name)) in AXES or (QUANTITY.search(name) is not None and "mass" not in name.lower())


def names_data(name: str) -> bool:
    """Return whether a column is called as data are, and not as what stands beside them."""
    return DATA.search(name_of(name)) is not None and not names_error(name)


def names_error(name: str) -> bool:
    """Return whether a column is called as errors of data are, or as marks on them."""
    bare = name_of(name).strip()
    return BESIDE.fullmatch(bare) is not None or not ERRORS.isdisjoint(WORDS.split(bare.lower()))


def names_setting(line: str) -> bool:
    """Return whether a line of a header tells of the instrument, so that its unit is not the axis's."""
    return SETTINGS.search(line) is not None


def names_surroundings(name: str) -> bool:
    """Return whether a column is called as what is measured along with data, such as a temperature."""
    return kind(axis_unit(name)) == "temperature" or SURROUNDINGS.search(name_of(name)) is not None
