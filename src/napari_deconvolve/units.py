"""Units of lengths, energies, wave numbers, frequencies, times and the like, in the spellings of files and people."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from napari_deconvolve.errors import ParameterError

# Each kind with its units and their sizes in the first one.
_KINDS: dict[str, dict[str, float]] = {
    "length": {
        "pm": 1e-12,
        "angstrom": 1e-10,
        "nm": 1e-9,
        "um": 1e-6,
        "mm": 1e-3,
        "cm": 1e-2,
        "m": 1.0,
        "inch": 0.0254,
    },
    "energy": {"ueV": 1e-6, "meV": 1e-3, "eV": 1.0, "keV": 1e3, "MeV": 1e6, "J": 1 / 1.602176634e-19},
    "wave number": {"m-1": 1e-2, "cm-1": 1.0, "mm-1": 10.0, "um-1": 1e4, "nm-1": 1e7, "angstrom-1": 1e8},
    "frequency": {"mHz": 1e-3, "Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9, "THz": 1e12, "PHz": 1e15},
    "time": {
        "as": 1e-18,
        "fs": 1e-15,
        "ps": 1e-12,
        "ns": 1e-9,
        "us": 1e-6,
        "ms": 1e-3,
        "s": 1.0,
        "min": 60.0,
        "h": 3600.0,
    },
    "voltage": {"uV": 1e-6, "mV": 1e-3, "V": 1.0, "kV": 1e3},
    "angle": {"deg": math.pi / 180, "mrad": 1e-3, "rad": 1.0},
    "current": {"fA": 1e-15, "pA": 1e-12, "nA": 1e-9, "uA": 1e-6, "mA": 1e-3, "A": 1.0},
    "conductance": {"pS": 1e-12, "nS": 1e-9, "uS": 1e-6, "mS": 1e-3, "S": 1.0},
    "share": {"ppb": 1e-9, "ppm": 1e-6, "%": 1e-2},
    "temperature": {"K": 1.0},
    "magnetic field": {"mG": 1e-7, "G": 1e-4, "mT": 1e-3, "kG": 0.1, "T": 1.0},
    "mass": {"Da": 1.0, "u": 1.0, "kDa": 1e3},
}
_SCALE = {unit: (kind, value) for kind, units in _KINDS.items() for unit, value in units.items()}
_NOTHING = "pixel"

# Words of any case, without prefixes, for each unit.
_SPELLINGS = {
    "angstrom": "å \u212b ångström ångströms ångstrom angstroms angstroem ang",
    "um": "micron microns",
    "inch": "in inches",
    "eV": "ev",
    "cm-1": "wavenumber wavenumbers kayser",
    "min": "minute minutes mins",
    "h": "hour hours hr hrs",
    "Hz": "hz",
    "deg": "degree degrees °",
    "rad": "radian radians",
    "%": "percent",
    "Da": "dalton",
    _NOTHING: "pixels px channel channels dimensionless",
}
_WORDS = {word: unit for unit, words in _SPELLINGS.items() for word in words.split()} | {"": _NOTHING}
PREFIXES = {  # in words
    "atto": "a",
    "femto": "f",
    "pico": "p",
    "nano": "n",
    "micro": "u",
    "milli": "m",
    "centi": "c",
    "kilo": "k",
    "mega": "M",
    "giga": "G",
    "tera": "T",
    "peta": "P",
}
_ROOTS = {
    "meter": "m",
    "metre": "m",
    "second": "s",
    "sec": "s",
    "electronvolt": "eV",
    "hertz": "Hz",
    "volt": "V",
    "joule": "J",
    "tesla": "T",
    "gauss": "G",
    "radian": "rad",
    "kelvin": "K",
}
# Micro sign and Greek mu, their spellings in files, and what they become where UTF-8 is read as another encoding.
_MICRO = ("\u00c2\u00b5", "\u00ce\u00bc", "\u252c\u00c1", "\u00b5", "\u03bc", "\\u00b5", "\\u00B5", "&micro;", "&mu;")
_MARKUP = re.compile(r"[{}$]|\\(?:mathrm|text|rm|,)?|</?su[pb]>")  # of TeX and web pages
_REMARKS = r"(?:in )?(?:air|vac|vac\.|vacuum|calibrated|calib\.?|cal\.?|abs\.?|rel\.?|corrected)"
_REMARK = re.compile(rf"\s*(?:[(\[]{_REMARKS}[)\]]|[,;]\s*{_REMARKS}|\s+in (?:air|vac\.?|vacuum))$", re.I)
_SHORT_SECONDS = re.compile(r"([munpfa])secs?")  # "msec"
_MU = re.compile(r"\\mu *|mu (?=\w)")  # "mu m", and TeX's
_RECIPROCAL = re.compile(r"(?:per|reciprocal|inverse|inv\.)[\s_-]+(?=\w)", re.I)
_APART = re.compile(r"([a-zA-Z]) (\w{1,8})")  # "k Hz"
_BLANKS = re.compile(r"[\s_-]+")
_POWERS = str.maketrans({"⁻": "-", "¹": "1", "−": "-", "–": "-"})


@lru_cache(256)
def canonical(unit: str) -> str:
    """Return the short ASCII name of a unit; unknown names stay as they are.

    "µm", "micron" and "micrometer" are "um"; "cm^-1", "1/cm" and "cm⁻¹" are "cm-1"; "electron_volt" is "eV". Markup
    and remarks count nothing: "cm^{-1}" is "cm-1", and "nm (air)" is "nm".
    """
    name = unit.strip()
    if name in _SCALE:
        return name
    if _MU.match(name):
        return canonical(_MU.sub("u", name))
    bare = _REMARK.sub("", name if name.startswith("\\u") else _MARKUP.sub("", name)).strip()
    if bare and bare != name:
        found = canonical(bare)
        return found if found in _SCALE else name
    inverse = _inverted(name)
    if inverse is not None:
        found = f"{'angstrom' if inverse == 'A' else canonical(inverse)}-1"  # nothing is counted per ampere
        return found if found in _SCALE else name
    plain = name
    for sign in _MICRO:
        plain = plain.replace(sign, "u")
    plain = _APART.sub(r"\1\2", plain) if _APART.fullmatch(plain) else plain
    if plain.rstrip(".") in _SCALE:
        return plain.rstrip(".")
    word = plain.lower().rstrip(".")
    return _WORDS.get(word) or _spelled_out(word) or _in_other_case(word) or name


def kind(unit: str) -> str:
    """Return the quantity of a unit: "length", "energy", "wave number", "frequency", ...; empty for unknown ones."""
    return _SCALE.get(canonical(unit), ("", 0.0))[0]


def is_length(unit: str) -> bool:
    """Return whether the unit is one of length; "pixel" is not."""
    return kind(unit) == "length"


def factor(old: str, new: str) -> float:
    """Return the number by which a value in `old` is multiplied to be in `new`.

    Raise `ParameterError` when the two do not measure the same, or are different and unknown.
    """
    first, second = canonical(old), canonical(new)
    if first == second:
        return 1.0
    if not kind(first) or kind(first) != kind(second):
        wanted = kind(second) or "length"
        raise ParameterError(f"The unit {old!r} cannot be converted to {new!r}; give both in units of {wanted}.")
    return _SCALE[first][1] / _SCALE[second][1]


def _inverted(name: str) -> str | None:
    """Return cm for "cm^-1", "cm**-1", "1/cm", "1 / centimeter", "reciprocal cm"; None if it is no inverse."""
    text = _BLANKS.sub("", _RECIPROCAL.sub("1/", name)) if _RECIPROCAL.match(name) else name
    text = text.translate(_POWERS).replace(" ", "")
    for ending in ("**-1", "^-1", "^(-1)", "-1"):
        if text.endswith(ending) and len(text) > len(ending):
            return text[: -len(ending)]
    for beginning in ("1/", "per"):
        if text.lower().startswith(beginning) and text[len(beginning) :].lower() not in ("cent", ""):
            return text[len(beginning) :]
    return None


def _spelled_out(word: str) -> str | None:
    """Read "micrometers", "milli-electron volts", "gigahertz", "msec"."""
    seconds = _SHORT_SECONDS.fullmatch(word)
    if seconds:
        return f"{seconds[1]}s"
    joined = _BLANKS.sub("", word)
    for text in (joined, joined.removesuffix("s")):
        for root, short in _ROOTS.items():
            prefix = text.removesuffix(root)
            if text.endswith(root) and (prefix == "" or prefix in PREFIXES):
                found = PREFIXES.get(prefix, "") + short
                if found in _SCALE:
                    return found
    return None


def _in_other_case(word: str) -> str | None:
    """Find the only unit of this spelling in other capitals; "mhz" has two, so that it stays unknown."""
    found = [unit for unit in _SCALE if unit.lower() == word and len(unit) > 2]
    return found[0] if len(found) == 1 else None
