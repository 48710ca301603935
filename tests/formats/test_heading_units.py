"""Units in headings: the longest text at the end that is one, and never another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_deconvolve.formats.text.heading_units import axis_unit, name_of, spoken_unit, unit_of
from napari_deconvolve.units import PREFIXES

SAID = {
    "E (meV)": ("meV", "E"),
    "position/nm": ("nm", "position"),
    "x1/nm": ("nm", "x1"),
    "T/K": ("K", "T"),
    "T in K": ("K", "T"),
    "Time micro seconds": ("us", "Time"),
    "shift_per_cm": ("cm-1", "shift"),
    "Shift (cm<sup>-1</sup>)": ("cm-1", "Shift"),
    "Wavelength in nm": ("nm", "Wavelength"),
    "f k Hz": ("kHz", "f"),
    "lifetime (μ s)": ("us", "lifetime"),
    "k (k eV)": ("keV", "k"),
    "2theta deg": ("deg", "2theta"),
    "q_x 1/nm": ("nm-1", "q_x"),
    "Wavelength (A)": ("angstrom", "Wavelength"),
    "Energy mega electron volts": ("MeV", "Energy"),
    "per micron": ("um-1", ""),
}
NONE = (
    *("velocity m/s", "rate 1/s", "Irradiance W/m2/nm", "P (uW/nm)", "counts/s", "ω rad/s", "feed mm/min", "x in"),
    *("log10 nm", "log(nm)", "10^3 cm-1", "x10 nm", "square nm", "milli inch", "tens of nm", "kilo parsec"),
    *("Wavenumber (cm)", "Raman shift cm", "Time (m)", "Temperature (deg C)", "nm^2", "cm2", "m/z", "dI/dV"),
)


@pytest.mark.parametrize("heading", SAID)
def test_the_unit_and_the_name_of_a_heading(heading):
    assert (axis_unit(heading), name_of(heading)) == SAID[heading]


@pytest.mark.parametrize("heading", NONE)
def test_what_is_no_unit_of_an_axis_is_none(heading):
    assert axis_unit(heading) == "pixel"


@pytest.mark.parametrize("said", ["velocity m/s", "log10 nm", "x 1000 nm", "milli inch", "Shift (furlongs)"])
def test_a_unit_that_nobody_knows_is_named(said):
    """So the reader can say which one was left out."""
    assert unit_of(said) not in ("pixel", "nm", "s")


@pytest.mark.parametrize(("said", "unit"), [("S", "s"), ("M", "m"), ("A", "pixel"), ("MEV", "pixel"), ("K", "K")])
def test_capitals_of_headers(said, unit):
    assert spoken_unit(said) == unit


ROOTS = {"seconds": "s", "metres": "m", "meter": "m", "hertz": "Hz", "electron volts": "eV", "volts": "V", "tesla": "T"}
KNOWN = {
    *("as", "fs", "ps", "ns", "us", "ms", "pm", "nm", "um", "mm", "cm", "mHz", "kHz", "MHz", "GHz", "THz", "PHz"),
    *("meV", "keV", "MeV", "uV", "mV", "kV", "mT", "ueV"),
}


@given(
    prefix=st.sampled_from(sorted(PREFIXES)),
    root=st.sampled_from(sorted(ROOTS)),
    between=st.sampled_from(["", " ", "-", "_"]),
    frame=st.sampled_from(["x ({})", "x [{}]", "x/{}", "x, {}", "x {}", "{}", "x_{}", "x in {}"]),
    capitals=st.sampled_from([str.lower, str.upper, str.title, str]),
)
def test_a_prefix_in_words_is_never_lost(prefix, root, between, frame, capitals):
    """The unit is the one of both words, or none: never that of the second word alone."""
    short = PREFIXES[prefix] + ROOTS[root]
    found = axis_unit(frame.format(capitals(f"{prefix}{between}{root}")))
    assert found == (short if short in KNOWN else "pixel")
