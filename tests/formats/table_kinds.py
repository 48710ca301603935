"""Tables that were once read wrongly without a word, by their kinds: thousands, units, columns, missing values, marks.

`good_tables` holds those that must never be mistaken for one of these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from table_variants import VARIANTS, Variant, holed

COUNT = 60
WAVE = np.round(610 + 0.25 * np.arange(COUNT), 6)
LINE = np.rint(640 + 2800 * np.exp(-(((WAVE - 617) / 2.2) ** 2))).astype(int)  # crosses a thousand on both sides
DIM = np.round(31.5 + 700 * np.exp(-(((WAVE - 619) / 1.9) ** 2)), 2)
OTHER = np.round(1500 - DIM, 2)


def add(name: str, rows: list[str], heading: str = "", unit: str = "nm", values: Any = LINE, **more: Any) -> None:
    """Add a table over the axis `WAVE`, unless another is given."""
    more.setdefault("x", WAVE)
    text = "\n".join([*([heading] if heading else []), *rows]) + "\n"
    VARIANTS.append(Variant(name, text, unit=unit, values=values, **more))


def columns(*arrays: Any, separator: str = "\t", formats: tuple[Any, ...] = ()) -> list[str]:
    """Write arrays column by column; a format is a pattern or a function of a number."""
    forms = [*formats, *["{:.10g}"] * (len(arrays) - len(formats))]
    return [
        separator.join(form(one) if callable(form) else form.format(one) for form, one in zip(forms, row, strict=True))
        for row in zip(*arrays, strict=True)
    ]


def grouped(sign: str, decimals: int = 0, point: str = ".") -> Callable[[Any], str]:
    """Return how numbers are written with a sign between thousands."""

    def write(value: Any) -> str:
        whole, _, rest = f"{value:,.{decimals}f}".partition(".")
        return whole.replace(",", sign) + (point + rest if rest else "")

    return write


# ---- thousands: "998" and "1,025" in one column

SIGNS = {"commas": ",", "points": ".", "blanks": " ", "apostrophes": "'", "thin blanks": "\u2009", "curly": "\u2019"}
for _name, _sign in SIGNS.items():
    for _title, _separator in (("tabs", "\t"), ("semicolons", ";")):
        add(
            f"kinds: {_name} between some thousands, {_title}",
            columns(np.arange(COUNT), LINE, separator=_separator, formats=("{:d}", grouped(_sign))),
            f"nm{_separator}counts",
            x=np.arange(COUNT),
            notes=("between thousands",),
        )
add(
    "kinds: commas between some thousands, quoted in a file of commas",
    columns(WAVE, LINE, separator=",", formats=("{:g}", lambda v: f'"{v:,}"' if v > 999 else str(v))),
    "nm,counts",
    ending=".csv",
    notes=("commas between thousands",),
)
add(
    "kinds: commas between some thousands beside decimals with points",
    columns(WAVE, LINE, DIM, formats=("{:.2f}", grouped(","), "{:.2f}")),
    "nm\tcounts\tdim",
    notes=("commas between thousands",),
)
add(
    "kinds: points between some thousands beside decimals with commas",
    columns(WAVE, LINE, formats=(grouped(".", 2, ","), grouped("."))),
    "nm\tcounts",
    notes=("points between thousands",),
)
add(
    "kinds: 1.025,5 and 998",
    columns(WAVE, LINE + 0.5, formats=(grouped(".", 2, ","), grouped(".", 1, ","))),
    "nm\tcounts",
    values=LINE + 0.5,
    notes=("points between thousands",),
)
add(
    "kinds: 1 025,5 with blanks and commas",
    columns(WAVE, LINE + 0.5, separator=";", formats=(grouped("", 2, ","), grouped(" ", 1, ","))),
    "nm;counts",
    values=LINE + 0.5,
    notes=("blanks between thousands",),
)
add(
    "kinds: thin blanks between thousands, columns parted by blanks",
    columns(WAVE, LINE, separator="   ", formats=("{:.2f}", grouped("\u2009"))),
    "nm   counts",
    notes=("parted by blanks, blanks between thousands",),
)
add(
    "kinds: missing values, flags and thousands together",
    columns(
        WAVE,
        [grouped(",")(v) if k % 20 else ("N/A", "-9999", "-9,999")[k // 20] for k, v in enumerate(LINE)],
        formats=("{:.2f}", "{}"),
    ),
    "nm\tcounts",
    values=holed(LINE, 0, 20, 40),
    notes=("3 of 60 values are missing", "2 values are -9999"),
)
RISING = np.arange(985, 985 + COUNT)
for _sign in ",. '":
    add(
        f"kinds: an axis that passes 1{_sign}000",
        columns(RISING, DIM.astype(int), formats=(grouped(_sign), "{:d}")),
        "shift (cm-1)\tcounts",
        unit="cm-1",
        x=RISING,
        values=DIM.astype(int),
    )
add(
    "kinds: an axis that falls below 1,000",
    columns(RISING[::-1], DIM.astype(int), formats=(grouped(","), "{:d}")),
    "shift (cm-1)\tcounts",
    unit="cm-1",
    x=RISING,
    values=DIM.astype(int)[::-1],
    descending=True,
)
add(
    "kinds: an axis from 0 to 6,000 in steps of 100",
    columns(100 * np.arange(COUNT), DIM, separator=";", formats=(grouped("."), lambda v: f"{v}".replace(".", ","))),
    "m;I",
    unit="pixel",
    x=100 * np.arange(COUNT),
    values=DIM,
)
PLACES = np.arange(COUNT)
SPIKE = np.where(WAVE == 615, 9800, DIM.astype(int) % 50)
COMMAS, POINTS = ("commas between thousands",), ("points between thousands",)
COUNTED: dict[str, tuple[Any, str, tuple[str, ...]]] = {
    "millions": (LINE * 997, ",", COMMAS),
    "millions with points": (LINE * 997, ".", POINTS),
    "thousands below zero": (LINE - 1800, ",", COMMAS),
    "thousands that end with zeros": (np.rint(LINE / 50).astype(int) * 50, ".", ()),
    "one spike above a thousand that ends with zero": (SPIKE, ".", ()),
}
for _title, (_values, _sign, _notes) in COUNTED.items():
    add(
        f"kinds: {_title}",
        columns(PLACES, _values, formats=("{:d}", grouped(_sign))),
        "nm\tcounts",
        x=PLACES,
        values=_values,
        notes=_notes,
    )
add(
    "kinds: with and without commas in one column",
    columns(np.arange(COUNT), LINE, formats=("{:d}", lambda v: f"{v:,}" if v % 2 else str(v))),
    "nm\tcounts",
    x=np.arange(COUNT),
)
add(
    "kinds: thousands parted by the separator",
    columns(WAVE, LINE + 1000, separator=",", formats=("{:.0f}", grouped(","))),
    "nm,counts",
    ending=".csv",
    refused="commas between its columns and, it seems, between thousands.*without a sign",
)
add(
    "kinds: thousands parted by blanks as columns are",
    columns(WAVE, LINE + 1000, separator=" ", formats=("{:.0f}", grouped(" "))),
    "nm counts",
    refused="blanks between its columns and, it seems, between thousands",
)
add(
    "kinds: some thousands parted by the separator",
    columns(WAVE, LINE, separator=",", formats=("{:.0f}", grouped(","))),
    "nm,counts",
    ending=".csv",
    refused=r"line \d+",
)
add(
    "kinds: commas that may be either",
    columns(np.arange(COUNT), LINE + 1000, formats=("{:d}", grouped(","))),
    "nm\tcounts",
    x=np.arange(COUNT),
    values=(LINE + 1000) / 1000,
    notes=("is read as 1.6.*if ',' parts thousands, write numbers without it",),
)
add(
    "kinds: groups of two and three digits",
    columns(np.arange(COUNT), LINE, formats=("{:d}", lambda v: f"1,{v % 90 + 10},{v % 900 + 100}")),
    "nm\tcounts",
    refused="no numbers",
)

# ---- units of several words, and capitals

UNITS = {
    "Time micro seconds": "us",
    "Time (micro seconds)": "us",
    "time/micro-seconds": "us",
    "t milli_seconds": "ms",
    "delay [femto seconds]": "fs",
    "t (msec)": "ms",
    "t (µsec)": "us",
    "Decay time, nano seconds": "ns",
    "Shift per cm": "cm-1",
    "Shift (per cm)": "cm-1",
    "shift in 1/cm": "cm-1",
    "per cm": "cm-1",
    "Raman shift (rel. 1/cm)": "cm-1",
    "Wavenumber reciprocal centimetres": "cm-1",
    "Raman shift, inverse cm": "cm-1",
    "k per nano meter": "nm-1",
    "q (inverse angstroms)": "angstrom-1",
    "E kilo electron volts": "keV",
    "E (milli-electron-volts)": "meV",
    "Energy loss in electron volts": "eV",
    "nu (giga hertz)": "GHz",
    "f mega hertz": "MHz",
    "Bias milli volts": "mV",
    "B (milli tesla)": "mT",
    "λ [mu m]": "um",
    "x $\\mu$m": "um",
    "Wavelength (NM)": "nm",
    "Wavelength nano-metres": "nm",
    "Time (S)": "s",
    "Time (MS)": "ms",
    "Time (sec.)": "s",
    "TIME [MINUTES]": "min",
    "Angle milli radians": "mrad",
}
UNKNOWN = {
    "velocity m/s": "m/s",
    "rate 1/s": "1/s",
    "x 10^3 cm-1": "10.3 cm-1",
    "x 1000 nm": "1000 nm",
    "log10 nm": "log10 nm",
    "log(nm)": "log nm",
    "area square nm": "square nm",
    "d milli inch": "milli inch",
    "Wavenumber (cm)": "'cm'",
    "Time (m)": "'m'",
    "Temperature (deg)": "'deg'",
    "tens of nm": "tens of nm|of nm",
    "n counts per second": "per second",
}
for _heading, _unit in UNITS.items():
    add(f"kinds: unit {_heading!r}", columns(WAVE, DIM), f"{_heading}\tcounts", unit=_unit, values=DIM)
for _heading, _said in UNKNOWN.items():
    add(
        f"kinds: no unit {_heading!r}",
        columns(WAVE, DIM),
        f"{_heading}\tcounts",
        unit="pixel",
        values=DIM,
        notes=(f"{_said}.* of the axis is not known",),
    )
CAPITALS = {
    "MICROMETERS": "um",
    "1/CM": "cm-1",
    "NANOMETERS": "nm",
    "SECONDS": "s",
    "MINUTES": "min",
    "MILLISECONDS": "ms",
    "MICRO SECONDS": "us",
    "HZ": "Hz",
    "KILO HERTZ": "kHz",
    "S": "s",
    "US": "us",
    "PER CM": "cm-1",
    "RECIPROCAL CENTIMETERS": "cm-1",
    "WAVENUMBERS (CM-1)": "cm-1",
    "ELECTRON VOLTS": "eV",
    "KEV": "keV",
    "ANGSTROMS": "angstrom",
    "MEV": "pixel",  # milli or mega
    "A": "pixel",  # amperes or angstroms
    "MHZ": "pixel",
    "M/S": "pixel",
    "FURLONGS": "pixel",
}
for _written, _unit in CAPITALS.items():
    _head = ["##TITLE=a", "##JCAMP-DX=4.24", f"##XUNITS={_written}", "##YUNITS=COUNTS", f"##NPOINTS={COUNT}"]
    _pairs = [f"{a:g}, {b}" for a, b in zip(WAVE, DIM, strict=True)]
    add(
        f"kinds: JCAMP in {_written}",
        [*_head, "##XYPOINTS=(XY..XY)", *_pairs, "##END="],
        unit=_unit,
        values=DIM,
        ending=".jdx",
        notes=("is not known",) if _unit == "pixel" else (),
    )
for _line, _unit in {
    "X units: micro seconds": "us",
    "# X-Axis: Raman shift per cm": "cm-1",
    "; x unit: nano metres": "nm",
    "XUNITS\tRECIPROCAL CENTIMETERS": "cm-1",
}.items():
    add(f"kinds: the header's {_line!r}", columns(WAVE, DIM), f"{_line}\n-----", unit=_unit, values=DIM)

# ---- which column

SHIFT = np.round(1e7 / 609 - 1e7 / WAVE, 3)
NOISE = np.round(np.random.default_rng(5).normal(300, 1, COUNT), 2)
ERROR = np.round(np.sqrt(DIM), 3)
PLACES = np.arange(1, COUNT + 1)
TABLES: dict[str, tuple[Any, ...]] = {
    "Wavelength (nm),Raman shift (cm-1),Intensity": (WAVE, SHIFT, DIM),
    "Wavelength (nm),Energy (eV),counts": (WAVE, np.round(1239.842 / WAVE, 5), DIM),
    "Wavelength (nm),Wavenumber,dark,signal": (WAVE, np.round(1e7 / WAVE, 2), NOISE, DIM),
    "Pixel,Wavelength (nm),Counts": (PLACES, WAVE, DIM),
    "Pixel,λ (nm),Counts": (2 * PLACES + 30, WAVE, DIM),
    "Index,nm,I": (PLACES - 1, WAVE, DIM),
    "Frame,delay (nm),Intensity,Temperature": (PLACES + 7, WAVE, DIM, NOISE),
    "x (nm),Temperature (K),Intensity": (WAVE, NOISE, DIM),
    "x (nm),laser power,counts": (WAVE, NOISE, DIM),
    "x (nm),Time (s),Intensity": (WAVE, np.round(0.3 * PLACES + 0.01 * NOISE, 3), DIM),
    "x (nm),yerr,y": (WAVE, ERROR, DIM),
    "x (nm),sigma,y": (WAVE, ERROR, DIM),
    "x (nm),Std. dev.,mean": (WAVE, ERROR, DIM),
    "x (nm),I_err,I": (WAVE, ERROR, DIM),
    "x (nm),Δy,y": (WAVE, ERROR, DIM),
    "x (nm),standard deviation,mean": (WAVE, ERROR, DIM),
    "x (nm),counts uncertainty,counts": (WAVE, ERROR, DIM),
    "2theta (nm),d-spacing,Intensity": (WAVE, np.round(900 / WAVE, 6), DIM),
}
for _heading, _arrays in TABLES.items():
    add(
        f"kinds: {_heading}",
        columns(*_arrays, separator=","),
        _heading,
        values=DIM,
        ending=".csv",
        notes=("not taken",),
    )
add(
    "kinds: wavelengths, wave numbers and counts without names",
    columns(WAVE, SHIFT, DIM),
    unit="pixel",
    values=DIM,
    notes=("'column 2' is another axis",),
)
for _error in ("yerr", "sigma", "std", "error", "y_error", "dy", "e_y", "SEM", "StdDev", "±", "uncertainty (cps)"):
    add(
        f"kinds: {_error} is no second spectrum",
        columns(WAVE, DIM, ERROR, separator=","),
        f"nm,y,{_error}",
        values=DIM,
        ending=".csv",
        options={"columns": "all"},
        notes=("beside data: not taken",),
    )

# ---- numbers and words for missing values

FLAGS = (
    *(
        "9.9e37",
        "9.91E+37",
        "1e30",
        "1E+38",
        "-1e30",
        "3.40282347e+38",
        "1.79769e308",
        "9.96921e36",
        "1e20",
        "-1.0E+10",
    ),
    *("-9999", "-999", "-999.25", "-9999.0", "-999.250", "-99999", "-99", "9999", "99999", "65535", "32767"),
    *("-32768", "4294967295", "-2147483648"),
)
for _flag in FLAGS:
    add(
        f"kinds: missing, {_flag}",
        [line if k not in (4, 33) else f"{WAVE[k]:g}\t{_flag}" for k, line in enumerate(columns(WAVE, DIM))],
        "nm\tI",
        values=holed(DIM, 4, 33),
        notes=(
            r"2 values are .*far from all others: taken as missing \(line 6, line 35\)",
            "2 of 60 values are missing",
        ),
    )
for _word in (
    *("-", "N/A", "#N/A", "1.#IND", "1.#QNAN", "-1.#INF00", "overflow", "****", "NaN", "+Inf", "NULL", "o.l.", "\\N"),
    *("…", "—", "<NA>", "NaT", "1e999", "#VALUE!", "BAD"),
):
    add(
        f"kinds: missing, {_word}",
        [line if k not in (4, 33) else f"{WAVE[k]:g}\t{_word}" for k, line in enumerate(columns(WAVE, DIM))],
        "nm\tI",
        values=holed(DIM, 4, 33),
        notes=("2 of 60 values are missing",),
    )
add(
    "kinds: two flags in noise about zero",
    columns(WAVE, np.where(PLACES == 9, -999, np.where(PLACES == 20, 9.9e37, np.round(NOISE - 300, 2)))),
    "nm\tI",
    values=holed(np.round(NOISE - 300, 2), 8, 19),
    notes=("1 value is -999,", "1 value is 9.9e.37,"),
)
add(
    "kinds: a flag in place of a position",
    [line if k != 11 else f"-9999\t{DIM[k]}" for k, line in enumerate(columns(WAVE, DIM))],
    "nm\tI",
    values=holed(DIM, 11),
    notes=("1 row without a position",),
)
add(
    "kinds: flags in most of the rows",
    columns(WAVE, np.where(PLACES > 20, -9999, DIM)),
    "nm\tI",
    values=holed(DIM, *range(20, COUNT)),
    notes=(r"40 values are -9999.*line 22, line 23, line 24, line 25, \.\.\.",),
)
add(
    "kinds: a flag in one line of values",
    [",".join(map(str, np.where(PLACES == 7, -9999, DIM)))],
    unit="pixel",
    x=np.arange(COUNT),
    values=holed(DIM, 6),
    ending=".csv",
    notes=("1 value is -9999",),
)
add(
    "kinds: a flag in a short table",
    columns(WAVE[:9], np.where(PLACES[:9] == 3, -9999, DIM[:9])),
    "nm\tI",
    x=WAVE[:9],
    values=np.where(PLACES[:9] == 3, -9999, DIM[:9]),
    notes=("1 value is -9999, far from all others: write nan if it stands for a missing one .line 4",),
)
add(
    "kinds: a huge number in a short table",
    columns(WAVE[:9], np.where(PLACES[:9] == 3, 9.9e37, DIM[:9])),
    "nm\tI",
    x=WAVE[:9],
    values=holed(DIM[:9], 2),
    notes=(r"1 value is 9.9e.37, far from all others: taken as missing .line 4",),
)
add(
    "kinds: one 9999, which may be the top",
    columns(WAVE, np.where(PLACES == 7, 9999, DIM)),
    "nm\tI",
    values=np.where(PLACES == 7, 9999, DIM),
    notes=("1 value is 9999, far from all others: write nan if it stands for a missing one .line 8",),
)
add(
    "kinds: a flag in JCAMP",
    [
        *["##TITLE=a", "##JCAMP-DX=4.24", "##XUNITS=NANOMETERS", "##XYPOINTS=(XY..XY)"],
        *[f"{a:g}, {b}" for a, b in zip(WAVE, np.where(PLACES == 7, 9.9e37, DIM), strict=True)],
        "##END=",
    ],
    values=holed(DIM, 6),
    ending=".jdx",
    notes=("taken as missing .row 7",),
)

# ---- marks before lines of a header

for _mark in (";", "%", "!", "'", "//", "#", "*", ";;", "%%", "$", "@", ">", "|", "\\", '"', "REM "):
    for _title, _separator in (("tabs", "\t"), ("semicolons", ";"), ("commas", ","), ("blanks", "   ")):
        add(
            f"kinds: header behind {_mark}, {_title}",
            [
                f"{_mark} Spectrum of a lamp, run 7",
                f"{_mark} Integration time: 0.5 s",
                f"{_mark} Wavelength (nm){_separator}Counts",
                *columns(WAVE, DIM, separator=_separator),
            ],
            values=DIM,
            notes=("2 lines .lines 1 to 2. of a header not used", "axis Wavelength from"),
        )
add(
    "kinds: the heading is not the last comment",
    ["% Wavelength (nm)   Counts", "% Operator John", *columns(WAVE, DIM, separator="   ")],
    values=DIM,
    notes=("axis Wavelength",),
)
add(
    "kinds: marks, decimal commas and semicolons",
    ["; Spectrum", ";Wavelength (nm);Counts", *[line.replace(".", ",") for line in columns(WAVE, DIM, separator=";")]],
    values=DIM,
    notes=("axis Wavelength", "1 line .line 1. of a header"),
)
COMMENTED: dict[str, tuple[list[str], str, tuple[str, ...]]] = {
    "names and units behind marks": (["; Wavelength\tCounts", "; nm\ta.u."], "\t", ("axis Wavelength",)),
    "columns by their numbers": (
        ["! Column 1: Wavelength (nm)", "! Column 2: Counts"],
        "\t",
        ("axis Wavelength",),
    ),
    "one comment for each column": (["% Wavelength [nm]", "% Intensity [counts]"], "  ", ()),
    "columns = in a comment": (["# columns: Wavelength (nm), Counts"], " ", ()),
}
for _title, (_lines, _separator, _notes) in COMMENTED.items():
    add(f"kinds: {_title}", [*_lines, *columns(WAVE, DIM, separator=_separator)], values=DIM, notes=_notes)
for _mark in (";", "'", "!", "%"):
    add(
        f"kinds: a remark behind {_mark} among the rows",
        [*columns(WAVE, DIM)[:20], f"{_mark} shutter closed", *columns(WAVE, DIM)[20:]],
        "nm\tI",
        values=DIM,
        notes=("1 comment .line 22. among",),
    )
add("kinds: single quotes", columns(WAVE, DIM, separator=","), "'Wavelength (nm)','I'", values=DIM, ending=".csv")

for _line in (
    "; Exposure time in ms",
    "% Exposure 10 ms",
    "Integration time in s",
    "! Excitation by a laser at 532 nm",
    "' Slit in um",
):
    add(
        f"kinds: {_line!r} is no axis",
        [_line, *columns(WAVE, DIM)],
        unit="pixel",
        values=DIM,
        notes=("1 line .line 1. of a header not used", "without a unit"),
    )

# ---- what has no digit in it is missing, and what no separator can tell is refused

for _word in ("+++++", "---.--", "--.-", "~", "!!!!", "$$$$", "Ovfl", "OOR", "n.v.", "k.A.", "#FEHLT", "nan.", "=="):
    add(
        f"kinds: missing in the first rows and later, {_word}",
        columns(WAVE, [_word if i in (0, 1, 2, 40) else f"{v:g}" for i, v in enumerate(DIM)], formats=("{:g}", "{}")),
        "nm\tI",
        values=holed(DIM, 0, 1, 2, 40),
    )
add(
    "kinds: decimal commas of the positions alone, parted by commas",
    columns(WAVE, LINE, separator=",", formats=(lambda v: f"{v:.2f}".replace(".", ","), "{:d}")),
    refused="before decimals.*610,00",
    ending=".csv",
)
add(
    "kinds: decimal commas of positions and data, parted by commas",
    [line.replace(".", ",") for line in columns(WAVE, DIM, separator=",", formats=("{:.2f}", "{:.2f}"))],
    refused="before decimals.*610,00|points and commas",
    ending=".csv",
)

# ---- lines above and below that are no rows

for _foot in ("Sum\t12345.6", "Min\t31.5\nMax\t731", "Mean:\t99.5", "average\t12"):
    add(
        f"kinds: a word and a number below, {_foot!r}",
        [*columns(WAVE, DIM), _foot],
        "nm\tI",
        values=DIM,
        notes=("below",),
    )
add(
    "kinds: numbers that comments above them name, over one column",
    ["# channels", f"{COUNT}", "# ns per channel", "0.25", "# counts", *map(str, LINE)],
    unit="pixel",
    x=np.arange(COUNT),
    notes=("2 lines of numbers .lines 2, 4. above the table left out",),
)
for _head in ("Raman shift (cm-1)\t785", "wavenumber [1/cm]\t12"):
    add(f"kinds: a spectrum called by a number, {_head!r}", columns(WAVE, DIM), _head, unit="cm-1", values=DIM)
add("kinds: a setting right above", columns(WAVE, DIM), "Laser wavelength (nm)\t785", unit="pixel", values=DIM)
add(
    "kinds: rows without a heading in a .dpt",
    columns(WAVE, DIM, separator=","),
    unit="pixel",
    values=DIM,
    ending=".dpt",
)
