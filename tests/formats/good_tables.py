"""Ordinary tables of different looks, each of which has to be read exactly, whatever rules there are for odd ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from table_kinds import columns
from table_variants import VARIANTS, Variant

COUNT = 48
RNG = np.random.default_rng(11)
PLACES = np.arange(COUNT)
AXIS = np.round(-3.1 + 0.2 * PLACES, 6)
PEAK = np.exp(-(((PLACES - 17) / 4) ** 2))
SMOOTH = 0.75 + 8 * PEAK
COUNTS = RNG.poisson(4 + 90 * PEAK)
LARGE = RNG.poisson(600 + 24000 * PEAK)
FOUND = LARGE / 1000  # three digits behind the point, of 0.6 to 25


def good(name: str, text: list[str], values: Any, x: Any = AXIS, unit: str = "pixel", **more: Any) -> None:
    """Add a table that is read exactly."""
    whole = "\n".join(text) + "\n"
    VARIANTS.append(Variant(f"good: {name}", whole, unit=unit, values=values, x=x, exact=True, **more))


def comma(lines: list[str]) -> list[str]:
    return [line.replace(".", ",") for line in lines]


def spotted(values: Any, **what: float) -> Any:
    """Return values some of which are others: `at_5=0` puts 0 in place 5."""
    found = np.array(values, float)
    for place, value in what.items():
        found[int(place.removeprefix("at_"))] = value
    return found


def short(value: float) -> str:
    """Write a number as programs do that leave out zeros behind the point."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def as_written(values: Any, pattern: str) -> list[float]:
    """Return values with the digits that they are written with."""
    return [float(pattern.format(value)) for value in values]


# ---- whole numbers beside decimals, and three digits behind the sign

for _sign, _write in (("points", list), ("commas", comma)):
    _three = [f"{value:.3f}" for value in FOUND]
    good(f"three decimals, {_sign}", _write(columns(AXIS, _three, formats=("{:.1f}", "{}"))), FOUND)
    for _places, _bare in (((3, 30), "0"), ((5,), "1"), ((7, 9), "10"), ((11,), "100"), ((4,), "-1")):
        _kept = [_bare if place in _places else text for place, text in enumerate(_three)]
        good(
            f"{_bare} beside three decimals, {_sign}",
            _write(columns(AXIS, _kept, formats=("{:.1f}", "{}"))),
            np.array(_kept, float),
        )
        good(
            f"{_bare} beside three decimals over whole numbers, {_sign}",
            _write(columns(PLACES, _kept, formats=("{}", "{}"), separator=";")),
            np.array(_kept, float),
            PLACES,
        )
    good(f"zeros left out, {_sign}", _write(columns(PLACES, FOUND, formats=("{}", short))), FOUND, PLACES)
    good(
        f"four digits in all, {_sign}",
        _write(columns(PLACES, LARGE / 1237, formats=("{}", "{:.4g}"))),
        [float(f"{value:.4g}") for value in LARGE / 1237],
        PLACES,
    )
    good(f"one decimal, {_sign}", _write(columns(AXIS, SMOOTH, formats=("{:.1f}", "{:.1f}"))), np.round(SMOOTH, 1))
    good(f"two decimals, {_sign}", _write(columns(AXIS, SMOOTH, formats=("{:.2f}", "{:.2f}"))), np.round(SMOOTH, 2))
    good(
        f"six digits, {_sign}", _write(columns(AXIS, SMOOTH, formats=("{:g}", "{:.6g}"))), as_written(SMOOTH, "{:.6g}")
    )
    good(
        f"exponents, {_sign}", _write(columns(AXIS, SMOOTH, formats=("{:.3e}", "{:.7e}"))), as_written(SMOOTH, "{:.7e}")
    )
    _halves = np.where(PLACES == 20, 173.333, 10 + 17 * PLACES)
    good(f"a mean among counts, {_sign}", _write(columns(PLACES, _halves, formats=("{}", "{:g}"))), _halves, PLACES)
    _eighths = np.round(RNG.integers(8, 40, COUNT) / 8, 3)
    good(f"means of eight, {_sign}", _write(columns(PLACES, _eighths, formats=("{}", short))), _eighths, PLACES)
    _axis = np.round(1.251 + 0.376 * PLACES, 3)
    good(f"an axis of three decimals, {_sign}", _write(columns(_axis, COUNTS, formats=("{:.3f}",))), COUNTS, _axis)
    _axis = np.round(1 + 0.125 * PLACES, 3)
    good(f"an axis that drops zeros, {_sign}", _write(columns(_axis, COUNTS, formats=(short,))), COUNTS, _axis)
good(
    "a short table, commas",
    ["0;1,251", "1;1,873", "2;2", "3;2,114", "4;1,999"],
    [1.251, 1.873, 2, 2.114, 1.999],
    range(5),
)
good(
    "a short table, points",
    ["0 1.251", "1 1.873", "2 2", "3 2.114", "4 1.999"],
    [1.251, 1.873, 2, 2.114, 1.999],
    range(5),
)
good("two rows of three decimals", ["1\t1.025", "2\t3.250"], [1.025, 3.25], [1, 2])

# ---- counts, and large numbers

good("counts", columns(AXIS, COUNTS, separator=","), COUNTS, ending=".csv")
good("counts above a thousand", columns(AXIS, LARGE), LARGE)
good("counts above a thousand in commas", columns(PLACES, LARGE, separator=","), LARGE, PLACES, ending=".csv")
good(
    "counts of three digits in three columns",
    columns(100 + PLACES, 300 + COUNTS, 500 + COUNTS, separator=","),
    300 + COUNTS,
    100 + PLACES,
    ending=".csv",
)
good(
    "the same below a title",
    ["raman spectrum", *columns(100 + PLACES, 300 + COUNTS, 500 + COUNTS, separator=" ")],
    300 + COUNTS,
    100 + PLACES,
)
good("numbers filled up with zeros", columns(PLACES, COUNTS, formats=("{:03d}", "{:05d}")), COUNTS, PLACES)
good(
    "zeros filled up in three columns",
    ["n,I,b", *columns(1 + PLACES, COUNTS, COUNTS[::-1], separator=",", formats=("{}", "{:03d}", "{:03d}"))],
    COUNTS,
    1 + PLACES,
    ending=".csv",
)
good("an axis over a thousand", columns(995 + PLACES, COUNTS), COUNTS, 995 + PLACES)
good("millions", columns(AXIS, LARGE * 1009), LARGE * 1009)
good("huge numbers", columns(AXIS, SMOOTH, formats=("{:g}", lambda v: f"{v:.6f}E+18")), np.round(SMOOTH, 6) * 1e18)
good(
    "numbers of any size",
    columns(AXIS, 10.0 ** (PLACES / 3), formats=("{:g}", "{:.9e}")),
    as_written(10.0 ** (PLACES / 3), "{:.9e}"),
)
good("tiny numbers", columns(AXIS, SMOOTH * 1e-12, formats=("{:g}", "{:.9e}")), as_written(SMOOTH * 1e-12, "{:.9e}"))

# ---- zeros, negative values, saturation, and what looks like a flag

good("true zeros", columns(AXIS, COUNTS * (PEAK > 0.1)), COUNTS * (PEAK > 0.1))
good("nothing but a line", columns(AXIS, 1000 * (PLACES == 9)), 1000 * (PLACES == 9))
NOISY = np.round(RNG.normal(0, 40, COUNT) + 900 * PEAK, 2)
good("noise below zero", columns(AXIS, NOISY), NOISY)
good("values about -999", columns(AXIS, NOISY.round() - 999), NOISY.round() - 999)
good("absorption", columns(AXIS, np.round(-2000 * PEAK)), np.round(-2000 * PEAK))
good("-99 in noise", columns(AXIS, spotted(NOISY, at_3=-99)), spotted(NOISY, at_3=-99))
good("-999 in deep noise", columns(AXIS, spotted(NOISY * 20, at_3=-999)), spotted(NOISY * 20, at_3=-999))
for _limit in (255, 1023, 4095, 16383, 32767, 65535):
    _clipped = np.minimum(np.rint(_limit * (0.03 + 1.6 * PEAK)), _limit)
    good(f"saturated at {_limit}", columns(AXIS, _clipped), _clipped)
good(
    "65535 once at the top of a line",
    columns(AXIS, np.rint(65535 * (0.01 + 0.99 * PEAK))),
    np.rint(65535 * (0.01 + 0.99 * PEAK)),
)
good("999 among thousands", columns(AXIS, spotted(LARGE, at_2=999)), spotted(LARGE, at_2=999))
good("9999 among thousands", columns(AXIS, spotted(LARGE, at_12=9999)), spotted(LARGE, at_12=9999))
good("a cosmic ray", columns(AXIS, spotted(COUNTS, at_30=8000)), spotted(COUNTS, at_30=8000))
good("an axis from -999", columns(PLACES - 999, COUNTS), COUNTS, PLACES - 999)
good("an axis to 9999", columns(9952 + PLACES, COUNTS), COUNTS, 9952 + PLACES)
good("plus and minus", columns(AXIS, NOISY, formats=("{:+.2f}", "{:+.2f}")), NOISY)

# ---- axes

good("downwards", columns(AXIS[::-1], SMOOTH[::-1], formats=("{:.2f}", "{:.3f}")), np.round(SMOOTH, 3), descending=True)
good("downwards through zero, commas", comma(columns(AXIS[::-1], COUNTS[::-1], separator=";")), COUNTS, descending=True)
good(
    "uneven",
    columns(AXIS + 0.05 * np.sin(PLACES), SMOOTH, formats=("{:.5f}",)),
    ...,
    options={"resample": True},
    notes=("48 uneven positions",),
)
good(
    "logarithmic",
    columns(np.geomspace(10, 1e6, COUNT), SMOOTH, formats=("{:.6f}",)),
    ...,
    options={"resample": True},
    notes=("uneven positions",),
)
good(
    "logarithmic over a thousand, commas",
    comma(columns(np.geomspace(1, 1e6, COUNT), COUNTS, formats=("{:.3f}",))),
    ...,
    options={"resample": True},
    notes=("uneven positions",),
)
good("rounded", columns(np.round(1.3 * PLACES), COUNTS), COUNTS, ...)
good(
    "a scan of time",
    ["Time (s),Channel A (mV),Channel B (mV)", *columns(AXIS, NOISY, COUNTS, separator=",")],
    NOISY,
    unit="s",
    ending=".csv",
)
good(
    "a sweep",
    ["Frequency (Hz),Power (dB),Phase (deg)", *columns(AXIS, NOISY, COUNTS, separator=",")],
    NOISY,
    unit="Hz",
    ending=".csv",
)
good(
    "a curve and its derivative",
    ["V (V)\tI (A)\tdI/dV", *columns(AXIS, np.cumsum(COUNTS), COUNTS)],
    np.cumsum(COUNTS),
    unit="V",
)
good("data that rise", ["nm\ta\tb", *columns(AXIS, np.cumsum(COUNTS + 1), COUNTS)], np.cumsum(COUNTS + 1), unit="nm")
good("two data without names", columns(AXIS, np.cumsum(COUNTS + 1), COUNTS), np.cumsum(COUNTS + 1))
good("what is called a temperature, alone", ["t (s)\tTemperature (K)", *columns(AXIS, NOISY)], NOISY, unit="s")
good("pressure and flow", ["t (s)\tPressure (mbar)\tFlow", *columns(AXIS, NOISY, COUNTS)], NOISY, unit="s")
good(
    "a mass that falls",
    ["T (K),mass (mg),DTG", *columns(AXIS, 900 - np.cumsum(COUNTS + 1), COUNTS, separator=",")],
    900 - np.cumsum(COUNTS + 1),
    unit="K",
    ending=".csv",
)
good("errors alone", ["nm\tsigma", *columns(AXIS, NOISY)], NOISY, unit="nm")
good(
    "several spectra",
    ["nm\tone\ttwo\tthree", *columns(AXIS, COUNTS, LARGE, NOISY)],
    (COUNTS, LARGE, NOISY),
    unit="nm",
    options={"columns": "all"},
)
good(
    "a height over a distance",
    ["x (um),height (nm)", *columns(AXIS, np.cumsum(COUNTS), separator=",")],
    np.cumsum(COUNTS),
    unit="um",
    ending=".csv",
)

# ---- looks

good("blanks before", columns(AXIS, COUNTS, separator="   ", formats=("   {:8.2f}",)), COUNTS)
good("tabs and a heading", ["wavelength (nm)\tcounts", *columns(AXIS, COUNTS)], COUNTS, unit="nm")
good("a semicolon behind", ["nm;I;", *[f"{line};" for line in columns(AXIS, COUNTS, separator=";")]], COUNTS, unit="nm")
good(
    "units below, first one empty",
    ["n;x;I", ";[nm];[counts]", *columns(PLACES, AXIS, COUNTS, separator=";")],
    COUNTS,
    unit="nm",
)
good("a heading that begins with %", ["%T (K)\tI", *columns(AXIS, COUNTS)], COUNTS, unit="K")
good("one column", columns(COUNTS), COUNTS, PLACES)
good("one column of three decimals", columns(FOUND, formats=("{:.3f}",)), FOUND, PLACES)
good("one column of three decimals, commas", ["counts", *comma(columns(FOUND, formats=("{:.3f}",)))], FOUND, PLACES)
good("one line", [",".join(map(str, COUNTS))], COUNTS, PLACES, ending=".csv")
good(
    "quotes",
    ['"E (eV)","I"', *columns(AXIS, COUNTS, separator=",", formats=('"{}"', '"{}"'))],
    COUNTS,
    unit="eV",
    ending=".csv",
)
good(
    "quotes and commas",
    ['"E (eV)";"I"', *comma(columns(AXIS, SMOOTH, separator=";", formats=('"{:.1f}"', '"{:.3f}"')))],
    np.round(SMOOTH, 3),
    unit="eV",
)
