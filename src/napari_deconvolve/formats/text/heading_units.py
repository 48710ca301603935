"""The unit that a heading says: in brackets, or in the last words, taken together as far as they are one unit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from napari_deconvolve.units import PREFIXES, canonical, is_length, kind

LONGEST = 200  # characters of a heading
MOST_WORDS = 5  # of a unit: "per milli electron volt"

_BRACKETED = re.compile(r"[(\[]((?:[^()\[\]]|[(\[][^()\[\]]*[)\]])+)[)\]]")  # "E (meV)", "x_[µm]", "[nm (air)]"
_MARKUP = re.compile(r"[{}$\\]|mathrm|text(?=\{)|</?su[pb]>")
_BEGINS = re.compile(r"(?:^|(?<=[\s_/,;:]))[^\s_/,;:]")  # of a word
_LAST_WORD = re.compile(r"([^\s_/,;:]+)([\s_/,;:]*)$")
_IN = re.compile(r"\s+in$", re.IGNORECASE)
_LEADING = re.compile(r"^(?:in|rel\.?|relative)\s+", re.IGNORECASE)  # "(in nm)", "(rel. 1/cm)"
_FUNCTION = re.compile(r"\b(?:log(?:10|2)?|lg|ln|sqrt)\s*$", re.IGNORECASE)
# Behind these words a unit is another one: "micro seconds" of which one part is known, "per cm", "10^3 cm-1", "log nm".
_CHANGES = re.compile(
    rf"(?:{'|'.join(PREFIXES)})(?:-?electron)?|electron|deci|deca|hecto|per|reciprocal|inv(?:erse)?\.?|sq(?:uared?)?\.?"
    r"|cubic|log(?:10|2)?|lg|ln|sqrt|half|tens?|hundreds?|thousands?|millions?|of"
    r"|(?:[x×*]?1[0e]|\d)[\d.,^*e×x+-]*",
    re.IGNORECASE,
)
VALUE_UNITS = frozenset(
    (
        *("a.u.", "a.u", "au", "arb.u.", "arb.", "counts", "count", "cps", "counts/s", "adc", "dn", "adu", "-", "abs"),
        *("norm.", "cts", "photons", "electrons", "ph", "w", "mw", "uw", "µw", "nw", "db", "dbm"),
    )
)
# What a quantity of this name is measured in; of other kinds its unit is not known, as "cm" of a wave number.
_MEASURED = (
    (re.compile(r"wave\s?number|kayser", re.IGNORECASE), ("wave number",)),
    (re.compile(r"raman", re.IGNORECASE), ("wave number", "energy", "frequency", "share")),
    (re.compile(r"wave|lambda|λ|\bwl\b", re.IGNORECASE), ("length", "wave number", "energy", "frequency")),
    (re.compile(r"\btimes?\b", re.IGNORECASE), ("time",)),
    (re.compile(r"temperature", re.IGNORECASE), ("temperature",)),
)


def unit_of(heading: str) -> str:
    """Find the unit in a column's heading, as in "E (meV)", "position/nm", "t micro seconds"; "pixel" without one.

    What stands in brackets is the unit also if nobody knows it, as "cps"; `axis_unit` takes known ones only.
    """
    heading = _plain(heading)
    brackets = [(found[1].strip(), heading[: found.start()]) for found in _BRACKETED.finditer(heading)]
    brackets = [(_LEADING.sub("", inside), before) for inside, before in brackets if inside]
    known = next((one for one in brackets if kind(one[0])), None)
    if known:
        function = _FUNCTION.search(known[1])
        return f"{function[0].strip()} {known[0]}" if function else canonical(known[0])
    bare = _BRACKETED.sub("", heading).strip(" _")
    begin = _unit_begins(bare)
    if begin is not None:
        return canonical(bare[begin:]) if kind(bare[begin:]) else bare[begin:]
    return canonical(brackets[0][0]) if brackets else "pixel"


def axis_unit(heading: str) -> str:
    """Return the unit of an axis: only one that is known, and that its quantity is measured in; else "pixel"."""
    found = unit_of(heading)
    kinds = next((kinds for name, kinds in _MEASURED if name.search(heading[:LONGEST])), None)
    if kinds is None:
        return found if kind(found) else "pixel"
    if found == "A" and "length" in kinds:  # of wavelengths: angstroms, not amperes
        return "angstrom"
    return next((canonical(unit) for unit in (found, found.lower()) if kind(unit) in kinds), "pixel")


def spoken_unit(words: str) -> str:
    """Return the unit that an entry of a header says, in capitals or not: "1/CM", "NANOMETERS", "S"; else "pixel"."""
    said = words.strip()
    if said == "A":  # amperes or angstroms
        return "pixel"
    texts = (said, f"({said})", said.lower(), f"({said.lower()})")
    found = (axis_unit(text) for text in (reversed(texts) if len(said) == 1 else texts) if said)
    return next((unit for unit in found if unit != "pixel"), "pixel")


def name_of(heading: str) -> str:
    """Return a heading without its unit: "E" of "E (meV)"."""
    heading = heading[:LONGEST]
    if _BRACKETED.search(heading):
        return _BRACKETED.sub("", heading).strip(" _,;:")
    begin = _unit_begins(heading)
    return heading if begin is None else _IN.sub("", heading[:begin].strip(" _/,;:"))


def _plain(heading: str) -> str:
    return _MARKUP.sub("", heading[:LONGEST].replace("\\mu", "µ"))


def _unit_begins(bare: str) -> int | None:
    """Return where the last words of a heading begin that are its unit; one that no table knows may be among them.

    The longest such text is meant: "per cm" and not "cm". Where the word before it changes the unit, it belongs to it.
    """
    for begin in _begins(bare):
        if not kind(bare[begin:]):
            continue
        before = _LAST_WORD.search(bare[:begin])
        single = len(bare[begin:].strip()) == 1 and bare.isascii()  # "A" may be anything, and "Å" may not
        if before is None:
            return None if single else begin
        parted = before[2].strip(" _")
        loose = parted != "/" and before[1].lower() != "in" and not is_length(bare[begin:])
        if bare[begin:].strip().lower() == "in" or (single and loose):
            return None
        if _CHANGES.fullmatch(before[1]) or (parted == "/" and _divides(before[1])):
            return before.start()
        return begin
    return None


def _begins(text: str) -> Iterator[int]:
    """Yield where the last few words begin, the longest text first."""
    yield from [found.start() for found in _BEGINS.finditer(text)][-MOST_WORDS:]


def _divides(word: str) -> bool:
    """Return whether a word before a slash is no quantity, as in "m/s", "1/s", "W/m2/nm"; T in "T/K" and x1 are.

    So is a wave number, whose name stands for its unit elsewhere: "Wavenumber / cm-1".
    """
    if any(name.search(word) for name, _ in _MEASURED):
        return False
    known = word if kind(word) else word.lower()
    if word == "1" or known.lower() in VALUE_UNITS:
        return True
    bare = known.rstrip("0123456789")
    return bool(kind(bare)) and (len(bare) > 1 or is_length(bare))
