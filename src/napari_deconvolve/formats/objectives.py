"""Objectives: what their names tell of aperture and medium, such as "Plan-Apochromat 63x/1.40 Oil" or "UPLSAPO60XW"."""

from __future__ import annotations

import re

OIL, WATER, GLYCEROL, SILICONE = 1.515, 1.33, 1.47, 1.406
IMMERSIONS = {"oil": OIL, "water": WATER, "waterdipping": WATER, "glycerol": GLYCEROL, "glycerin": GLYCEROL}
IMMERSIONS |= {"silicone": SILICONE, "siliconeoil": SILICONE, "air": 1.0, "dry": 1.0}
INDICES = (1.0, 4.5)
LEAST_APERTURE, MOST_APERTURE = 0.01, 2.0
LONGEST = 200  # characters of a name that are looked at

_NO_APERTURE = re.compile(
    r"(?:∞|inf\w*|\b160)\s*/\s*\d?[.,]\d+|\bW\.?D\.?\s*[:=]?\s*\d*[.,]\d+|\b0[.,]17\b", re.I
)  # of glass, or mm
_APERTURE = re.compile(r"(?:/\s*|\bN\.?A\.?\s*[:=]?\s*|\d\s*[xX×]\s*(?:oil|w|air)?\s*)([01][.,]\d{1,3})(?!\d)", re.I)
_LOOSE_APERTURE = re.compile(r"(?<![\d.,])([01][.,]\d{2,3})(?![\d.,])")  # "Plan Apo VC 60x Oil 1.40"
_MEDIUM_WORDS: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(r"\bsil(?:icone?)?\b|\dXS\d?\b", re.I), SILICONE),
    (re.compile(r"\bgly(?:c(?:erol|erin)?)?\b", re.I), GLYCEROL),
    (re.compile(r"\b(?:oil|oel|öl)\b|\dXO(?:il)?\d?\b", re.I), OIL),
    (re.compile(r"\b(?:water|wasser|wi|w)\b|\dXW\d?\b", re.I), WATER),
    (re.compile(r"\b(?:air|dry)\b", re.I), 1.0),
)


def optics_of_objective(name: str) -> dict[str, float]:
    """Return aperture and medium by the name of an objective, as far as it tells them."""
    text = _NO_APERTURE.sub(" ", name[:LONGEST])
    found: dict[str, float] = {}
    aperture = _APERTURE.search(text) or _LOOSE_APERTURE.search(text)
    value = None if aperture is None else float(aperture[1].replace(",", "."))
    if value is not None and LEAST_APERTURE <= value <= MOST_APERTURE:
        found["numerical_aperture"] = value
    medium = next((index for words, index in _MEDIUM_WORDS if words.search(text)), None)
    if medium is not None and (value is None or value < medium):
        found["immersion_index"] = medium
    return found


def medium_of(value: object) -> float | None:
    """Return the index of a medium by its name, or by a name that begins with it."""
    words = re.sub(r"[^a-z]", "", str(value)[:LONGEST].lower())
    return IMMERSIONS.get(words) or next((index for name, index in IMMERSIONS.items() if words.startswith(name)), None)
