"""Lines of headers that say the axis's unit in the words of instruments, where no heading does."""

from __future__ import annotations

import re
from collections.abc import Iterable

from napari_deconvolve.formats.text.heading_units import spoken_unit

LONGEST = 200  # characters of a line that may say it
# JASCO "XUNITS 1/CM", EMSA "#XUNITS : eV", LabSpec "#AxisUnit[1]=1/cm", Bruker and others "X-Axis: Raman shift (cm-1)"
_UNIT = re.compile(
    r"[#%!/;'*$\s\"]*(?:x[\s_-]?units?|x[\s_-]?axis(?:[\s_-]?(?:units?|title|type|label))?|axis[\s_-]?units?(?:\[1\])?"
    r"|units? of x|wavelength units?|spectral units?)\"?\s*[=:,;\t ]\s*(.+)",
    re.IGNORECASE,
)


# Ocean Optics names the quantity, each of which has one unit in its files.
_MODE = re.compile(r"x[\s_-]?axis mode\s*[:=]\s*(\w+)", re.IGNORECASE)
MODES = {"wavelength": "nm", "raman": "cm-1", "wavenumber": "cm-1", "electronvolt": "eV", "ghz": "GHz", "micron": "um"}


def unit_in(lines: Iterable[str]) -> str:
    """Return the unit that the first such line says; empty where none does."""
    for line in lines:
        mode = _MODE.search(line[:LONGEST])
        if mode and (unit := MODES.get(mode[1].lower().removesuffix("s"))):
            return unit
        found = _UNIT.match(line[:LONGEST])
        if found:
            said = found[1].strip("=:,;\t \"'")
            for words in (said, said.partition(" ")[0]):
                if (unit := spoken_unit(words)) != "pixel":
                    return unit
    return ""
