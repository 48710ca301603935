"""Tables as programs and people write them: each is read rightly, with words on all that was left out, or refused.

``python tests/formats/table_variants.py`` prints for each variant what came of it, and what was said.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from napari_deconvolve.errors import FileError
from napari_deconvolve.io import read_spectra
from napari_deconvolve.io.spectrum import Spectrum

COUNT = 201
X = np.round(400 + 0.5 * np.arange(COUNT), 6)
Y = np.round(20 + 900 * np.exp(-(((X - 450) / 6) ** 2)) + 300 * np.exp(-(((X - 470) / 3) ** 2)), 3)
Z = np.round(1000 - Y, 3)
INTEGERS = np.rint(Y).astype(int)


@dataclass(frozen=True)
class Variant:
    """A file, and what is right."""

    name: str
    text: str | bytes
    unit: str = "pixel"
    values: Any = None  # one array, or several; None: Y
    x: Any = None  # None: X
    notes: tuple[str, ...] = ()  # patterns of what has to be said
    refused: str = ""  # a pattern of the sentence, where the file cannot be read
    ending: str = ".txt"
    options: dict[str, Any] = field(default_factory=dict)
    descending: bool = False
    exact: bool = False  # whether no digit may differ

    @property
    def raw(self) -> bytes:
        """The bytes of the file."""
        return self.text if isinstance(self.text, bytes) else self.text.encode("utf-8")


VARIANTS: list[Variant] = []


def add(name: str, text: str | bytes, **more: Any) -> None:
    VARIANTS.append(Variant(name, text, **more))


def lines(pattern: str = "{x:g}\t{y}", y: Any = Y, x: Any = X, comma: bool = False) -> list[str]:
    found = [
        pattern.format(i=i, x=a, y=b, z=c, n=n) for i, (a, b, c, n) in enumerate(zip(x, y, Z, INTEGERS, strict=True), 1)
    ]
    return [line.replace(".", ",") for line in found] if comma else found


def table(*parts: str | list[str], end: str = "\n") -> str:
    return end.join(line for part in parts for line in ([part] if isinstance(part, str) else part)) + end


def holed(values: Any, *places: int) -> Any:
    found = np.array(values, float)
    found[list(places)] = np.nan
    return found


def put(rows: list[str], place: int, line: str) -> list[str]:
    return [*rows[:place], line, *rows[place:]]


def replaced(rows: list[str], place: int, line: str) -> list[str]:
    return [*rows[:place], line, *rows[place + 1 :]]


# ---- separators, decimals, thousands

NM = "wavelength (nm)"
add("tabs", table(f"{NM}\tcounts", lines()), unit="nm")
add("commas", table(f"{NM},counts", lines("{x:g},{y}")), unit="nm", ending=".csv")
add("semicolons, decimal commas", table(f"{NM};counts", lines("{x:g};{y}", comma=True)), unit="nm", ending=".csv")
add("tabs, decimal commas", table(f"{NM}\tcounts", lines(comma=True)), unit="nm")
add("blanks, decimal commas", table("nm  counts", lines("{x:g}   {y}", comma=True)), unit="nm")
add("fixed width", table("   nm   counts", lines("{x:10.2f}{y:12.3f}")), unit="nm", ending=".prn")
add(
    "tabs and blanks mixed",
    table("nm counts", [line.replace("\t", " \t  " if i % 3 else "  ") for i, line in enumerate(lines())]),
    unit="nm",
)
add("commas with blanks", table("nm, counts", lines("{x:g}, {y}")), unit="nm", ending=".csv")
add("separators behind every line", table(f"{NM},counts,", lines("{x:g},{y},")), unit="nm", ending=".csv")
add("two empty columns behind", table(f"{NM},counts,,", lines("{x:g},{y},,")), unit="nm", ending=".csv")
add("quotes", table(f'"{NM}","counts"', lines('"{x:g}","{y}"')), unit="nm", ending=".csv")
add(
    "quotes, commas, decimal commas",
    table(
        f'"{NM}","counts"',
        [
            '"{}","{}"'.format(f"{a:.1f}".replace(".", ","), f"{b:.3f}".replace(".", ","))
            for a, b in zip(X, Y, strict=True)
        ],
    ),
    unit="nm",
    ending=".csv",
)
add("exponents with decimal commas", table("nm;I", lines("{x:g};{y:.6E}", comma=True)), unit="nm")
add("Fortran's D", table("nm I", [line.replace("E", "D") for line in lines("{x:.8E} {y:.8E}")]), unit="nm")
add("plus signs", table("nm I", lines("{x:+.2f} {y:+.3f}")), unit="nm")
add(
    "thousands by commas",
    table("nm;I", [f"{a:g};{1000 * b:,.2f}" for a, b in zip(X, Y, strict=True)]),
    unit="nm",
    values=1000 * Y,
    notes=("commas between thousands",),
)
add(
    "thousands by points",
    table(
        "nm;I",
        [
            f"{a:g};{1000 * b:,.2f}".replace(",", "'").replace(".", ",").replace("'", ".")
            for a, b in zip(X, Y, strict=True)
        ],
    ),
    unit="nm",
    values=1000 * Y,
    notes=("points between thousands",),
)
add(
    "thousands by apostrophes",
    table("nm\tI", [f"{a:g}\t{1000 * b:,.2f}".replace(",", "'") for a, b in zip(X, Y, strict=True)]),
    unit="nm",
    values=1000 * Y,
)
add(
    "thousands by thin blanks",
    table("nm\tI", [f"{a:g}\t{1000 * b:,.2f}".replace(",", "\u202f") for a, b in zip(X, Y, strict=True)]),
    unit="nm",
    values=1000 * Y,
)
add(
    "thousands that may be decimals",
    table("nm,I", [f'{int(2 * a)},"{1 + int(b) % 9},{100 + int(b) % 900}"' for a, b in zip(X, Y, strict=True)]),
    refused=r"line \d+|no numbers",
    ending=".csv",
)
add("points and commas", table("nm\tI", replaced(lines(), 150, "475\t38,5")), refused="line 152")
add(
    "decimal commas that are the separator too",
    table("x, y", [f"{int(a)},5, {int(b)},5" for a, b in zip(X, Y, strict=True)]),
    refused="points and commas|no numbers",
    ending=".csv",
)
add("sep= of spreadsheets", table("sep=;", "nm;I", lines("{x:g};{y}")), unit="nm", ending=".csv")
add("integers", table("nm,counts", lines("{x:g},{n}")), unit="nm", values=INTEGERS, ending=".csv")

# ---- signs and missing values

minus = Y - 500
add(
    "U+2212",
    table("nm\tI", [f"{a:g}\t{b:.3f}".replace("-", "\u2212") for a, b in zip(X, minus, strict=True)]),
    unit="nm",
    values=minus,
)
add(
    "en dash",
    table("nm\tI", [f"{a:g}\t{b:.3f}".replace("-", "\u2013") for a, b in zip(X, minus, strict=True)]),
    unit="nm",
    values=minus,
)
add(
    "full-width minus, blanks",
    table("nm I", [f"{a:g} {b:.3f}".replace("-", "\uff0d") for a, b in zip(X, minus, strict=True)]),
    unit="nm",
    values=minus,
)
add(
    "sign with a blank, tabs",
    table("nm\tI", [f"{a:g}\t{'- ' if b < 0 else ''}{abs(b):.3f}" for a, b in zip(X, minus, strict=True)]),
    unit="nm",
    values=minus,
)
add(
    "sign with a blank, blanks",
    table("nm I", [f"{a:g} {'- ' if b < 0 else ''}{abs(b):.3f}" for a, b in zip(X, minus, strict=True)]),
    unit="nm",
    values=minus,
)
WORDS = (
    "OVER",
    "*****",
    "#N/A",
    "1.#QNAN",
    "-1.#IND",
    "<5",
    ">65535",
    "masked",
    "nan",
    "---",
    "NaN",
    "n.d.",
    "OVRFLW",
    "#DIV/0!",
    "inf",
    "####",
    "null",
    "?",
    "saturated",
    "-nan(ind)",
)
for word in WORDS:
    add(
        f"missing: {word}, first rows",
        table(
            "nm\tI",
            [
                f"{a:g}\t{word}" if i < 3 or i == 90 else line
                for i, (a, line) in enumerate(zip(X, lines(), strict=True))
            ],
        ),
        unit="nm",
        values=holed(Y, 0, 1, 2, 90),
        notes=("4 of 201 values are missing",),
    )
add(
    "missing: empty",
    table("nm,I", replaced(lines("{x:g},{y}"), 7, "403.5,")),
    unit="nm",
    values=holed(Y, 7),
    ending=".csv",
    notes=("1 of 201",),
)
add(
    "missing in the last column only",
    table("nm,I,b", [f"{a:g},{b},{'#N/A' if i % 2 else 3 + i % 7}" for i, (a, b) in enumerate(zip(X, Y, strict=True))]),
    unit="nm",
    ending=".csv",
)
add(
    "missing: blanks for half of them",
    table("nm I", [f"{a:g} {'*****' if i % 2 else b}" for i, (a, b) in enumerate(zip(X, Y, strict=True))]),
    unit="nm",
    values=holed(Y, *range(1, COUNT, 2)),
)
add("missing: a word that nobody knows", table("nm\tI", replaced(lines(), 5, "402.5\tfoo")), refused="line 7")
add("missing: the same in the first row", table("nm\tI", replaced(lines(), 0, "400\tfoo")), refused="line 2")
add("missing: the same in the last row", table("nm\tI", replaced(lines(), 200, "500\tfoo")), refused="line 202")
add(
    "missing: a position",
    table("nm\tI", replaced(lines(), 9, "nan\t5")),
    unit="nm",
    values=holed(Y, 9),
    notes=("without a position left out .line 11",),
)
add(
    "missing: a row",
    table("nm\tI", lines()[:50] + lines()[51:]),
    unit="nm",
    values=holed(Y, 50),
    notes=("leaves out 1 of its 201",),
)
add(
    "missing: a cell among blanks",
    table("nm I b", replaced(lines("{x:g} {y} {z}"), 9, "404.5 7")),
    refused="line 11|line 12",
)
add("an empty line in one column", table("counts", put(lines("{y}"), 50, "")), refused="empty line 52")

# ---- headings

add("heading that begins with a digit", table("2theta (deg)\tI", lines()), unit="deg")
add("heading of digits: 532nm", table("x_nm\t532nm", lines()), unit="nm")
add("dashes under the heading", table("nm\tI", "-----\t-----", lines()), unit="nm")
add("dashes above and below", table("----------", "nm  I", "---  ---", lines("{x:g}  {y}"), "----------"), unit="nm")
add("units below the heading", table("Wavelength\tIntensity", "nm\ta.u.", lines()), unit="nm")
add(
    "units in brackets below (Avantes)",
    table("Wave   ;Sample   ;Dark", "[nm]   ;[counts];[counts]", "", lines("{x:g};{y};{z}")),
    unit="nm",
)
add(
    "names, units and remarks (Origin)",
    table("Wavelength,Intensity", "nm,a.u.", "sample A,sample A", lines("{x:g},{y}")),
    unit="nm",
    ending=".csv",
)
add(
    "names of two words among blanks",
    table("Raman shift (cm-1)   Intensity (counts)", lines("{x:g}   {y}")),
    unit="cm-1",
)
add("name and value right above", table("Integration time (s)\t0.5", lines()), notes=("of a header not used",))
add("numbers as names, named axis", table("nm,300,310", lines("{x:g},{y},{z}")), unit="nm", ending=".csv")
add(
    "numbers as names, empty corner",
    table(",300,310", lines("{x:g},{y},{z}")),
    ending=".csv",
    notes=("taken as names",),
)
add("numbers as names, no corner", table("300 310", lines("{x:g} {y} {z}")), notes=("taken as names",))
add("header of numbers only", table("1024,1", lines("{x:g},{y}")), refused="line 1.*header", ending=".csv")
add(
    "counts above a table of three columns",
    table("201 3", "12 7", "nm y z", lines("{x:g} {y} {z}")),
    unit="nm",
    notes=("2 lines of numbers .lines 1 to 2. above the table left out",),
)
add("a count above", table("201", lines("{x:g} {y}")), notes=("1 line of numbers .line 1. above the table left out",))
add(
    "300 lines of header",
    table([f"Key {i}: value {i}" for i in range(300)], "nm\tI", lines()),
    unit="nm",
    notes=("300 lines .*header",),
)
add(
    "3000 lines of header",
    table([f"Key{i}\t{i}x" for i in range(3000)], "nm\tI", lines()),
    unit="nm",
    notes=("3000 lines .*header",),
)
add("comment as heading", table("# wavelength (nm)\tcounts", lines()), unit="nm")
add("counter and no name (Fiji)", table(" ,Distance_(nm),Gray_Value", lines("{i},{x:g},{y}")), unit="nm", ending=".csv")

# ---- between and below the rows

add(
    "comments among the rows",
    table("nm\tI", put(lines(), 50, "# shutter closed")),
    unit="nm",
    notes=("1 comment .line 52. among",),
)
add("empty lines among the rows", table("nm\tI", put(lines(), 50, "")), unit="nm", notes=("1 empty line .line 52.",))
add("every second line empty", table("nm\tI", lines(), end="\n\n"), unit="nm", notes=("200 empty lines",))
add("lines of separators alone", table("nm,I", lines("{x:g},{y}"), ",", ","), unit="nm", ending=".csv")
add("words among the rows", table("nm\tI", put(lines(), 50, "shutter closed")), refused="several tables|line 52")
add(
    "footer",
    table("nm\tI", lines(), "", "[End of data]", "Operator: nobody", "Date: 2021-03-04"),
    unit="nm",
    notes=("3 lines .lines 204 to 206. below",),
)
add(
    "ragged footer",
    table("nm,I", lines("{x:g},{y}"), "Sum,12345,,", "mean"),
    unit="nm",
    ending=".csv",
    notes=("2 lines .*below",),
)
add("footer that is a number", table("nm\tI", lines(), "Total", "12345"), unit="nm", notes=("2 lines .*below",))
add("a shorter row", table("nm\tI\tb", replaced(lines("{x:g}\t{y}\t{z}"), 90, "445\t7")), refused="line 9[23]")
add("a longer row", table("nm,I", replaced(lines("{x:g},{y}"), 90, "445,7,8")), refused="line 9[23]")
add(
    "a second table below",
    table("nm\tI", lines(), "", "second", "nm\tI", lines()),
    refused="several tables.*line 2 .*line 206|several tables.*line 2,.*line 206",
)
add(
    "a second table of other columns",
    table("nm\tI", lines(), "second", lines("{x:g}\t{y}\t{z}")),
    refused="several tables",
)
add("the axis begins again", table("nm\tI", lines(), lines()), refused="go up and down or repeat.*line 203")
add("a position twice", table("nm\tI", put(lines(), 20, lines()[19])), refused="repeat.*line 22")
add("only words", table("nothing", "at all"), refused="no numbers")
for _place in (3, 50, 120, 198):
    _line = _place + 2
    add(
        f"a packed word among data, row {_place}",
        table("nm,I", replaced(lines("{x:g},{y}"), _place, f"{X[_place]:g},A345B")),
        refused=f"no numbers in line {_line} ",
    )
    add(
        f"a position with letters, row {_place}",
        table("nm,I", replaced(lines("{x:g},{y}"), _place, "4A5,12")),
        refused=f"no numbers in line {_line} ",
    )
    add(
        f"a packed word in a single column, row {_place}",
        table(replaced(lines("{y}"), _place, "C12%")),
        refused=f"no numbers in line {_line - 1} ",
    ) if _place > 40 else None
add(
    "a number above the name of a single column",
    table("201", "I", lines("{y}")),
    notes=("1 line of numbers .* above",),
    x=np.arange(COUNT),
)
add("words in a column", table("t;nm;I", lines("a{i};{x:g};{y}")), refused="no numbers")

# ---- vendors

OCEAN = [
    "Data from Node",
    "Date: Mon Mar 01 10:00:00 CET 2021",
    "User: nobody",
    "Integration Time (sec): 1.000000E-1",
    "Scans to average: 5",
    "Electric dark correction enabled: true",
    "XAxis mode: Wavelengths",
    "Number of Pixels in Spectrum: 201",
    ">>>>>Begin Spectral Data<<<<<",
]
add(
    "Ocean Optics",
    table(OCEAN, lines(), ">>>>>End Processed Spectral Data<<<<<"),
    unit="nm",
    notes=("9 lines .*header", "1 line .*below"),
)
add("Ocean Optics, decimal commas", table(OCEAN, lines(comma=True)), unit="nm", notes=("9 lines .*header",))
for _mode, _unit in (("Raman Shifts", "cm-1"), ("Wavenumbers", "cm-1"), ("Wavelengths", "nm"), ("Pixels", "pixel")):
    _header = [line.replace("Wavelengths", _mode) for line in OCEAN]
    add(f"Ocean Optics, {_mode}", table(_header, lines()), unit=_unit, notes=("9 lines .*header",))
add(
    "Avantes",
    table(
        "Integration time [ms]: 10,000",
        "Averaging Nr. [scans]: 5",
        "",
        "Wave   ;Sample   ;Dark     ;Reference;Scope",
        "[nm]     ;[counts]  ;[counts]  ;[counts]",
        "",
        lines("{x:g};{y};{z};1,000;2,0", comma=True),
    ),
    unit="nm",
    notes=("header",),
)
add(
    "LabSpec",
    table(
        "#Acq. time (s)=\t1",
        "#Accumulations=\t3",
        "#Laser=\t532.0nm",
        "#AxisType[0]=\tIntens",
        "#AxisUnit[0]=\tCnt",
        "#AxisType[1]=\tSpectr",
        "#AxisUnit[1]=\t1/cm",
        lines(),
    ),
    unit="cm-1",
)
add(
    "LabSpec, a map",
    table("\t\t" + "\t".join(f"{a:g}" for a in X), [f"0\t{k}\t" + "\t".join(map(str, Y)) for k in range(3)]),
    refused="one spectrum per line",
)
add(
    "Renishaw", table("#Wave\t\t#Intensity", lines("{x:.6f}\t{y:.6f}", x=X[::-1], y=Y[::-1])), values=Y, descending=True
)
add(
    "JASCO",
    table(
        "TITLE\tglass",
        "DATA TYPE\tRAMAN SPECTRUM",
        "XUNITS\t1/CM",
        "YUNITS\tINTENSITY",
        "FIRSTX\t400",
        "LASTX\t500",
        "NPOINTS\t201",
        "XYDATA",
        lines(),
        "",
        "##### Extended Information",
        "[Comments]",
        "Sample name\tglass",
        "Number 5",
    ),
    unit="cm-1",
    notes=("header", "below"),
)
add(
    "JASCO with commas",
    table("TITLE,glass", "XUNITS,NANOMETERS", "NPOINTS,201", "XYDATA", lines("{x:g},{y}")),
    unit="nm",
    ending=".csv",
    notes=("header",),
)
add(
    "Andor",
    table(
        lines("{x:.4f}\t{n}"),
        "",
        "Date and Time:\t\tMon Mar 01 10:00:00 2021",
        "Exposure Time (secs):\t\t0.5",
        "Temperature (C):\t\t-70",
    ),
    values=INTEGERS,
    ending=".asc",
    notes=("3 lines .*below",),
)
add(
    "Princeton, LightField",
    table("ROI,Frame,Row,Column,Wavelength,Intensity", lines("1,1,1,{i},{x:g},{n}")),
    values=INTEGERS,
    ending=".csv",
    notes=("the axis is 'Wavelength'",),
)
add("Princeton, WinSpec", table(lines("{x:.3f}\t1\t{n}")), values=INTEGERS, notes=("constant",))
add("Bruker's data points", table(lines("{x:.6f},\t{y}")), ending=".dat")
add(
    "XPS with a counter",
    table("#\tBinding energy (eV)\tcounts", lines("{i}\t{x:g}\t{y}")),
    unit="eV",
    notes=("the axis is",),
)

# ---- JCAMP-DX, EMSA

HEAD = [
    "##TITLE=glass $$ a remark",
    "##JCAMP-DX=4.24",
    "##DATA TYPE=RAMAN SPECTRUM",
    "##XUNITS=1/CM",
    "##YUNITS=ARBITRARY UNITS",
    "##FIRSTX=400",
    "##LASTX=500",
    "##DELTAX=0.5",
    f"##NPOINTS={COUNT}",
    "##XFACTOR=1",
    "##YFACTOR=1",
]


def jcamp(data: list[str], form: str = "(X++(Y..Y))", head: list[str] = HEAD, label: str = "XYDATA") -> str:
    return table(head, f"##{label}={form}", data, "##END=")


def letters(first: str, number: int) -> str:
    """Write a whole number with a letter in place of sign and first digit."""
    digits = str(abs(number))
    rising, falling = {"@": ("@ABCDEFGHI", "@abcdefghi"), "%": ("%JKLMNOPQR", "%jklmnopqr")}[first]
    return (falling if number < 0 else rising)[int(digits[0])] + digits[1:]


def squeezed(values: Any) -> list[str]:
    return [
        f"{400 + 0.5 * k:g}" + "".join(letters("@", int(v)) for v in values[k : k + 10]) for k in range(0, COUNT, 10)
    ]


def differences(values: Any, repeat: bool = False) -> list[str]:
    found, place = [], 0
    while place < COUNT - 1:
        part = values[place : place + 12]
        steps = [letters("%", int(step)) for step in np.diff(part)]
        if repeat:
            short: list[str] = []
            for step in steps:
                if short and short[-1][0] == step:
                    short[-1][1] += 1
                else:
                    short.append([step, 1])
            steps = [
                step + (" STUVWXYZs"[int(str(times)[0])] + str(times)[1:] if times > 1 else "") for step, times in short
            ]
        found.append(f"{400 + 0.5 * place:g}" + letters("@", int(part[0])) + "".join(steps))
        place += len(part) - 1
    return [*found, f"{400 + 0.5 * place:g}{letters('@', int(values[-1]))} $$ checkpoint"]


def pac(values: Any) -> list[str]:
    return [f"{400 + 0.5 * k:g}" + "".join(f"{int(v):+d}" for v in values[k : k + 10]) for k in range(0, COUNT, 10)]


def affn(values: Any) -> list[str]:
    return [f"{400 + 0.5 * k:g} " + " ".join(f"{v}" for v in values[k : k + 10]) for k in range(0, COUNT, 10)]


SIGNED = INTEGERS - 300
JCAMP = {"unit": "cm-1", "ending": ".jdx"}
add("JCAMP, plain", jcamp(affn(Y)), **JCAMP)
add("JCAMP, PAC", jcamp(pac(SIGNED)), values=SIGNED, **JCAMP)
add("JCAMP, SQZ", jcamp(squeezed(SIGNED)), values=SIGNED, **JCAMP)
add("JCAMP, DIF", jcamp(differences(SIGNED)), values=SIGNED, **JCAMP)
add("JCAMP, DIF and DUP", jcamp(differences(SIGNED, repeat=True)), values=SIGNED, **JCAMP)
add("JCAMP, factors", jcamp(affn(INTEGERS), head=[*HEAD[:-1], "##YFACTOR=0.25"]), values=INTEGERS / 4, **JCAMP)
add("JCAMP, pairs", jcamp([f"{a:g},{b};" for a, b in zip(X, Y, strict=True)], "(XY..XY)", label="XYPOINTS"), **JCAMP)
add(
    "JCAMP, exponents",
    jcamp([f"{400 + 0.5 * k:g} " + " ".join(f"{v:.6E}" for v in Y[k : k + 5]) for k in range(0, COUNT, 5)]),
    **JCAMP,
)
add(
    "JCAMP, missing",
    jcamp([line.replace(f" {Y[103]}", " ?", 1) if k == 10 else line for k, line in enumerate(affn(Y))]),
    values=holed(Y, 103),
    **JCAMP,
)
add("JCAMP, by its content", jcamp(affn(Y)), unit="cm-1")
add(
    "JCAMP, downwards",
    jcamp(
        [f"{500 - 0.5 * k:g} " + " ".join(map(str, Y[::-1][k : k + 10])) for k in range(0, COUNT, 10)],
        head=[line.replace("FIRSTX=400", "FIRSTX=500").replace("LASTX=500", "LASTX=400") for line in HEAD],
    ),
    descending=True,
    **JCAMP,
)
add("JCAMP, a line lost", jcamp(affn(Y)[:5] + affn(Y)[6:]), refused=r"line \d+ begins at", ending=".jdx")
add("JCAMP, the end lost", jcamp(affn(Y)[:-3]), refused="NPOINTS 201 and holds|line", ending=".jdx")
add(
    "JCAMP, a check that is wrong",
    jcamp([line.replace("400", "400", 1) if k else line + "K" for k, line in enumerate(differences(SIGNED))]),
    refused="damaged.*line 14",
    ending=".jdx",
)
add("JCAMP, two spectra", table(jcamp(affn(Y)), jcamp(affn(Y))), refused="2 sets of data", ending=".jdx")
add("JCAMP, complex", jcamp(affn(Y), "(X++(R..R)), XYDATA", label="DATA TABLE"), refused="DATATABLE", ending=".jdx")
MSA = [
    "#FORMAT      : EMSA/MAS Spectral Data File",
    "#VERSION     : 1.0",
    "#TITLE       : glass",
    "#DATE        : 01-MAR-2021",
    f"#NPOINTS     : {COUNT}.",
    "#NCOLUMNS    : 5.",
    "#XUNITS      : eV",
    "#YUNITS      : counts",
    "#DATATYPE    : Y",
    "#XPERCHAN    : 0.5",
    "#OFFSET      : 400.",
]
add(
    "EMSA, values",
    table(
        MSA,
        "#SPECTRUM    : Spectral Data Starts Here",
        [", ".join(map(str, Y[k : k + 5])) + "," for k in range(0, COUNT, 5)],
        "#ENDOFDATA   :",
    ),
    unit="eV",
    ending=".msa",
)
add(
    "EMSA, pairs",
    table(
        [line.replace(": Y", ": XY") for line in MSA],
        "#SPECTRUM    : Spectral Data Starts Here",
        lines("{x:g}, {y}"),
        "#ENDOFDATA   :",
    ),
    unit="eV",
    ending=".msa",
)
add(
    "EMSA, rows lost",
    table(MSA, "#SPECTRUM    :", [", ".join(map(str, Y[k : k + 5])) for k in range(0, 100, 5)], "#ENDOFDATA   :"),
    refused="NPOINTS 201",
    ending=".msa",
)

# ---- encodings and ends of lines

text = table("wavelength (µm)\tcounts", lines())
add("UTF-8 with its mark", b"\xef\xbb\xbf" + text.encode(), unit="um")
add("UTF-16 with its mark", text.encode("utf-16"), unit="um")
add("UTF-16 little-endian without mark", text.encode("utf-16-le"), unit="um")
add("UTF-16 big-endian without mark", text.encode("utf-16-be"), unit="um")
add("UTF-32", text.encode("utf-32"), unit="um")
add("Latin-1", text.encode("latin-1"), unit="um")
add("ends of Windows", text.replace("\n", "\r\n"), unit="um")
add("ends of old Macs", text.replace("\n", "\r"), unit="um")
add("no end at the last line", text.rstrip("\n"), unit="um")
add("end of file of DOS", text + "\x1a", unit="um")
add(
    "Japanese header",
    "測定日\t2021\n波長 (nm)\t強度\n".encode("shift-jis") + table(lines()).encode(),
    unit="nm",
    notes=("1 line .*header",),
)
add("no text", b"\x00\x01\x02\x00\xff" * 100, refused="not a text")

# ---- units

for written, unit in {
    "?m": "pixel",
    "Âµm": "um",
    "Î¼m": "um",
    "nm (air)": "nm",
    "cm^{-1}": "cm-1",
    "cm⁻¹": "cm-1",
    "cm−1": "cm-1",
    "$cm^{-1}$": "cm-1",
    "1/cm": "cm-1",
    "Å": "angstrom",
    "nm, vac": "nm",
    "nm in air": "nm",
    "nm.": "nm",
    "A^-1": "angstrom-1",
    "G": "G",
    "Gauss": "G",
    "furlong": "pixel",
}.items():
    add(
        f"unit: {written}",
        table(f"x [{written}];I", lines("{x:g};{y}")),
        unit=unit,
        notes=("is not known: left out",) if unit == "pixel" else (),
    )
add("unit: [Data]", table("x [Data]\tI", lines()), notes=("'Data' of the axis is not known",))
add(
    "unit: (calibrated)", table("wavelength (calibrated)\tI", lines()), notes=("'calibrated' of the axis is not known",)
)
add("unit: two brackets", table("Energy (calibrated) (eV)\tI", lines()), unit="eV")
add("unit: after a slash", table("λ / nm\tI / counts", lines()), unit="nm")
for written, unit in {
    "Wavenumber / cm^-1": "cm-1",
    "wavenumbers/cm-1": "cm-1",
    "Å": "angstrom",
    "Wavelength nm.": "nm",
}.items():
    add(f"unit: {written} and no brackets", table(f"{written}\tI", lines()), unit=unit)

# ---- which column

add(
    "a counter before the axis",
    table("point,wavelength (nm),counts", lines("{i},{x:g},{y}")),
    unit="nm",
    ending=".csv",
    notes=("the axis is 'wavelength .nm.'",),
)
add("a counter before the axis, no heading", table(lines("{i}\t{x:g}\t{y}")), notes=("the axis is 'column 2'",))
add(
    "the axis second, data first",
    table("counts\twavelength (nm)\tdark", lines("{y}\t{x:g}\t3")),
    unit="nm",
    notes=("the axis is",),
)
add(
    "--axis-column",
    table("b,c,x (nm)", [f"{i},{b},{a:g}" for i, (a, b) in enumerate(zip(X, Y, strict=True))]),
    unit="nm",
    ending=".csv",
    options={"axis_column": "x", "columns": "c"},
)
add(
    "--axis-column that is not there",
    table("nm,I", lines("{x:g},{y}")),
    refused="no axis column 'q'",
    options={"axis_column": "q"},
)
add(
    "constant columns",
    table("nm,dark,I", lines("{x:g},0,{y}")),
    unit="nm",
    ending=".csv",
    notes=("'dark' is constant",),
)
add(
    "x1 y1 x2 y2",
    table("x1 (nm),y1,x2 (nm),y2", lines("{x:g},{y},{x:g},{z}")),
    unit="nm",
    ending=".csv",
    notes=("2 pairs",),
)
add(
    "x1 y1 x2 y2, the second",
    table("x1 (nm),y1,x2 (nm),y2", [f"{a:g},{b},{a + 7:g},{c}" for a, b, c in zip(X, Y, Z, strict=True)]),
    unit="nm",
    values=Z,
    x=X + 7,
    ending=".csv",
    options={"columns": "y2"},
)
add(
    "x1 y1 x2 y2, both over their own",
    table("x1 (nm),y1,x2 (nm),y2", [f"{a:g},{b},{a + 7:g},{c}" for a, b, c in zip(X, Y, Z, strict=True)]),
    refused="over different axes",
    options={"columns": "all"},
)
add(
    "several spectra",
    table("nm,a,b,c", lines("{x:g},{y},{z},{n}")),
    unit="nm",
    values=(Y, Z, INTEGERS),
    ending=".csv",
    options={"columns": "all"},
)
add(
    "some of several",
    table("nm,a,b,c", lines("{x:g},{y},{z},{n}")),
    unit="nm",
    values=(Y, INTEGERS),
    ending=".csv",
    options={"columns": "2,4"},
)
add("one column", table("counts", lines("{y}")), x=np.arange(COUNT), notes=("no axis",))
add("one line of values", ",".join(map(str, Y)), x=np.arange(COUNT), ending=".csv", notes=("no axis",))

whole = np.arange(400.0, 400 + COUNT)
add("an axis without a name (pandas)", table(",counts", lines("{x:g},{y}", x=whole)), x=whole, ending=".csv")
add(
    "a counter without a name (pandas)",
    table(",nm,counts", [f"{k},{a:g},{b}" for k, (a, b) in enumerate(zip(X, Y, strict=True))]),
    unit="nm",
    ending=".csv",
    notes=("no name and counts the rows: left out",),
)
add(
    "a ramp beside a counter",
    table("x,baseline,I", lines("{i},{x:g},{y}")),
    x=np.arange(1, COUNT + 1),
    values=X,
    ending=".csv",
    notes=("the column 'baseline' was taken",),
)
add(
    "a missing position in the first row",
    table("nm,I,b", [",7,8", *lines("{x:g},{y},{z}")]),
    unit="nm",
    ending=".csv",
    notes=("1 row without a position left out .line 2",),
)
add(
    "two lines, positions and values",
    table("\t".join(f"{a:g}" for a in X), "\t".join(map(str, Y))),
    notes=("2 lines of 201 numbers.*turned around",),
)
add(
    "three lines",
    table(",".join(f"{a:g}" for a in X), ",".join(map(str, Y)), ",".join(map(str, Z))),
    values=(Y, Z),
    ending=".csv",
    options={"columns": "all"},
    notes=("3 lines of 201",),
)
add(
    "lines with names",
    table("nm," + ",".join(f"{a:g}" for a in X), "I," + ",".join(map(str, Y))),
    refused="no numbers",
    ending=".csv",
)
add("times of day", table("t;I", [f"10:{i // 60:02d}:{i % 60:02d};{b}" for i, b in enumerate(Y)]), refused="no numbers")
add("dates", table("t;I", [f"2021-03-04;{b}" for b in Y]), refused="no numbers")
add("units in the cells", table("x\tI", [f"{a:g} nm\t{b}" for a, b in zip(X, Y, strict=True)]), refused="no numbers")
add(
    "a remark behind a row",
    table("nm I", replaced(lines("{x:g} {y}"), 30, "415 20 # here")),
    refused="several tables|line 32",
)
add("the last row cut off", table("nm\tI", lines()[:-1], "500"), refused="line 202")
add("the last value cut off", table("nm\tI", lines()[:-1], "500\t"), unit="nm", values=holed(Y, 200))
add("a column of data without a number", table("nm\tI", [f"{a:g}\tOVER" for a in X]), refused="no finite value")
add(
    "a heading of two lines in quotes",
    table('"nm","I', '(counts)"', lines("{x:g},{y}")),
    ending=".csv",
    notes=("header not used",),
)
add("repeated headings, as on pages", table("nm\tI", lines()[:100], "nm\tI", lines()[100:]), refused="several tables")
add(
    "Arabic digits",
    table(
        "nm\tI", [f"{a:g}\t{b}".translate({48 + k: 0x660 + k for k in range(10)}) for a, b in zip(X, Y, strict=True)]
    ),
    unit="nm",
)
add(
    "full-width digits",
    table(
        "nm\tI", [f"{a:g}\t{b}".translate({48 + k: 0xFF10 + k for k in range(10)}) for a, b in zip(X, Y, strict=True)]
    ),
    unit="nm",
)
add(
    "blanks that do not break, before numbers",
    table("nm\tI", [f"\u00a0{a:g}\t\u00a0{b}" for a, b in zip(X, Y, strict=True)]),
    unit="nm",
)
add(
    "JCAMP, positions with a factor",
    jcamp(
        [f"{4000 + 5 * k} " + " ".join(map(str, Y[k : k + 10])) for k in range(0, COUNT, 10)],
        head=[*HEAD[:-2], "##XFACTOR=0.1", "##YFACTOR=1"],
    ),
    **JCAMP,
)
add(
    "JCAMP, rounded positions",
    jcamp([f"{400 + 0.5 * k:.0f} " + " ".join(map(str, Y[k : k + 7])) for k in range(0, COUNT, 7)]),
    **JCAMP,
)
add("JCAMP, without LASTX", jcamp(affn(Y), head=[line for line in HEAD if "LASTX" not in line]), **JCAMP)
add("JCAMP, ends of Windows", jcamp(affn(Y)).replace("\n", "\r\n"), **JCAMP)
add(
    "JCAMP, a word among the values",
    jcamp([*affn(Y)[:4], "420 20 x! 20", *affn(Y)[5:]]),
    refused="line 17",
    ending=".jdx",
)
add(
    "JCAMP, pairs that are torn",
    jcamp(["400,1;", "400.5;"], "(XY..XY)", label="XYPOINTS"),
    refused="line 14",
    ending=".jdx",
)

add("one row below names", "nm,I\n1,2\n", refused="1 row with a position", ending=".csv")
add("wavelengths in A", table("Wavelength (A)\tI", lines()), unit="angstrom")
add("a current in A", table("Current (A)\tI", lines()), unit="A")
add(
    "dark and error beside the data",
    table("nm,dark,error,I", [f"{a:g},{5 + k % 3},{k % 7},{b}" for k, (a, b) in enumerate(zip(X, Y, strict=True))]),
    unit="nm",
    ending=".csv",
    notes=("'dark', 'error' are .*beside data",),
)
add("a number and a unit right above", table("532 nm", lines("{x:g} {y}")), notes=("header not used",))

# ---- axes

add("downwards", table("nm\tI", lines()[::-1]), unit="nm", descending=True, notes=("runs downwards",))
add(
    "logarithmic",
    table("Hz\tI", lines("{x:.9g}\t{y}", x=np.geomspace(1, 1e4, COUNT))),
    refused="evenly in their logarithm.*--resample",
)
add("uneven", table("nm\tI", lines("{x:.6f}\t{y}", x=X + 0.3 * np.sin(X / 9))), refused="not evenly spaced.*--resample")
add(
    "uneven, resampled",
    table("nm\tI", lines("{x:.6f}\t{y}", x=X + 0.3 * np.sin(X / 9))),
    unit="nm",
    options={"resample": True},
    values=Ellipsis,
    notes=("resampled to",),
)
add("rounded positions", table("nm\tI", lines("{x:.0f}\t{y}", x=400 + 1.3 * np.arange(COUNT))), unit="nm", x=Ellipsis)

# ---- hostile

add("a word of a million letters", "a" * 1_000_000, refused="no numbers")
add("a line of a million brackets", table("(" * 1_000_000, lines()))
add("a line of half a million digits", "1" * 500_000, refused="no numbers")
add(
    "a line of many numbers",
    " ".join(["1.5", "2.5"] * 100_000),
    values=np.tile([1.5, 2.5], 100_000),
    x=np.arange(200_000),
)
add("a million commas", "," * 1_000_000, refused="no numbers")


# ---- judging


def outcome(variant: Variant, folder: Path) -> tuple[str, str]:
    """Return "right", "refused", or what is wrong, and the sentence or notes."""
    path = folder / f"table{variant.ending}"
    path.write_bytes(variant.raw)
    try:
        found = read_spectra(path, **variant.options)
    except FileError as error:
        said = str(error).replace(str(folder) + "/", "")
        fine = variant.refused and re.search(variant.refused, said) and "\n" not in said
        return ("refused" if fine else "WRONGLY REFUSED"), said
    said = "; ".join(found[0].notes)
    if variant.refused:
        return "READ AND NOT REFUSED", said
    return _wrong(variant, found, said) or "right", said


def _wrong(variant: Variant, found: tuple[Spectrum, ...], said: str) -> str:
    wanted = variant.values if isinstance(variant.values, tuple) else (Y if variant.values is None else variant.values,)
    if len(found) != len(wanted):
        return f"{len(found)} SPECTRA"
    for one, values in zip(found, wanted, strict=True):
        near = {"rtol": 1e-15, "atol": 0.0} if variant.exact else {"rtol": 1e-6, "atol": 1e-3}
        if values is not Ellipsis and not (
            len(one) == len(values) and np.allclose(one.values, values, equal_nan=True, **near)
        ):
            return "OTHER VALUES"
        x = X if variant.x is None else variant.x
        if values is not Ellipsis and x is not Ellipsis and not np.allclose(one.axis, x, atol=1e-3):
            return "ANOTHER AXIS"
        if one.unit != variant.unit:
            return f"UNIT {one.unit}"
    if found[0].descending != variant.descending:
        return "TURNED"
    lacking = [pattern for pattern in variant.notes if not re.search(pattern, said)]
    return f"NOT SAID: {lacking[0]}" if lacking else ""


def each(report: Callable[[str], None] = print) -> Iterator[tuple[Variant, str]]:
    """Judge all variants one by one."""
    with tempfile.TemporaryDirectory() as folder:
        for variant in VARIANTS:
            found, said = outcome(variant, Path(folder))
            report(f"{found:10} | {variant.name:42} | {said[:230]}")
            yield variant, found


if __name__ == "__main__":
    import good_tables  # noqa: F401
    import table_kinds  # noqa: F401
    import table_variants

    results = [found for _, found in table_variants.each()]
    wrong = [found for found in results if found not in ("right", "refused")]
    counts = ", ".join(f"{results.count(kind)} {kind}" for kind in ("right", "refused"))
    print(f"{len(results)} variants: {counts}, {len(wrong)} wrong")
    sys.exit(bool(wrong))
