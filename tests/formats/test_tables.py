"""Tables of text and numbers as people keep them: what is read, refused, and read again after writing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve.io import Spectrum, column_names, read_spectrum, write_spectrum

X = np.round(np.arange(-20, 21) * 0.05, 10)
Y = np.exp(-((X / 0.2) ** 2)) * 100


def rows(pattern: str, *, comma: bool = False, turned: bool = False) -> str:
    lines = [pattern.format(i=i, x=x, y=y, z=1000 - y) for i, (x, y) in enumerate(zip(X, Y, strict=True), 1)]
    text = "\n".join(lines[::-1] if turned else lines) + "\n"
    return text.replace(".", ",") if comma else text


STYLES = {
    "commas": ("E (meV),counts\n" + rows("{x:.2f},{y:.9f}"), "meV", "E", "counts"),
    "semicolons": ("Energy/eV;I [cps]\n" + rows("{x:.2f};{y:.9f}"), "eV", "Energy", "I"),
    "decimal commas": ("wavelength [nm];I\n" + rows("{x:.2f};{y:.9f}", comma=True), "nm", "wavelength", "I"),
    "tabs": ("t (s)\tU (mV)\n" + rows("{x:.2f}\t{y:.9f}"), "s", "t", "U"),
    "blanks": ("# scan 12\n# E_eV counts\n" + rows("  {x:.2f}   {y:.9e}"), "eV", "E", "counts"),
    "blanks and decimal commas": ("Hz a\n" + rows("{x:.2f}  {y:.9f}", comma=True), "Hz", "", "a"),
    "percent signs": ("% made by a program\n%\n" + rows("{x:.2f} {y:.9f}"), "pixel", "", "line"),
    "a sentence above": ("Raman of glass\nshift 1/cm,counts\n" + rows("{x:.2f},{y:.9f}"), "cm-1", "shift", "counts"),
    "quotes": ('"Raman shift (cm^-1)","counts"\n' + rows('"{x:.2f}","{y:.9f}"'), "cm-1", "Raman shift", "counts"),
    "no heading": (rows("{x:.2f},{y:.9f}"), "pixel", "", "line"),
    "Fortran": ("E(eV) N\n" + rows("{x:.2f} {y:.9E}").replace("E+", "D+").replace("E-", "D-"), "eV", "E", "N"),
    "downwards": ("wavenumber (cm-1),A\n" + rows("{x:.2f},{y:.9f}", turned=True), "cm-1", "wavenumber", "A"),
}


@pytest.mark.parametrize("style", STYLES)
def test_styles(tmp_path, style):
    text, unit, quantity, name = STYLES[style]
    (tmp_path / "line.txt").write_text(text, encoding="utf-8")
    spectrum = read_spectrum(tmp_path / "line.txt")
    np.testing.assert_allclose(spectrum.values, Y, atol=1e-7)
    np.testing.assert_allclose(spectrum.axis, X, atol=1e-9)
    assert (spectrum.unit, spectrum.quantity, spectrum.name) == (unit, quantity, name)
    assert spectrum.descending == (style == "downwards")
    assert "41 rows of 2 columns" in spectrum.notes[0]


def test_what_was_understood_is_said(tmp_path):
    (tmp_path / "a.csv").write_text("E (meV);I (cps);fit\n" + rows("{x:.2f};{y:.6f};{z:.3f}", comma=True, turned=True))
    spectrum = read_spectrum(tmp_path / "a.csv")
    assert spectrum.notes == (
        "41 rows of 3 columns, columns parted by semicolons, decimal commas",
        "the column 'I (cps)' was taken, not 'fit'",
        "the axis runs downwards: turned around",
        "axis E from -1 to 1 meV in steps of 0.05",
    )
    assert (spectrum.label, spectrum.heading, spectrum.value_unit) == ("E (meV)", "I (cps)", "cps")


@pytest.mark.parametrize(("column", "name"), [(3, "fit"), ("3", "fit"), ("fit", "fit"), ("FIT (cps)", "fit"), (2, "I")])
def test_a_column_is_chosen_by_number_or_name(tmp_path, column, name):
    (tmp_path / "a.csv").write_text("E (meV),I (cps),fit (cps)\n" + rows("{x:.2f},{y:.6f},{z:.6f}"))
    spectrum = read_spectrum(tmp_path / "a.csv", column=column)
    np.testing.assert_allclose(spectrum.values, Y if name == "I" else 1000 - Y, atol=1e-5)
    assert spectrum.name == name
    assert column_names(tmp_path / "a.csv") == ("I (cps)", "fit (cps)")


def test_the_first_column_as_data_has_no_axis(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n" + rows("{y:.6f},{z:.6f}"))
    with pytest.raises(nd.FileError, match="choose the first column"):
        read_spectrum(tmp_path / "a.csv")
    spectrum = read_spectrum(tmp_path / "a.csv", column="a")
    assert (spectrum.spacing, spectrum.unit, spectrum.name, spectrum.start) == (1.0, "pixel", "a", 0.0)
    np.testing.assert_allclose(spectrum.values, Y, atol=1e-5)


def test_one_column_and_decimal_commas_without_any_other(tmp_path):
    (tmp_path / "a.txt").write_text("counts\n" + "\n".join(f"{y:.4f}".replace(".", ",") for y in Y))
    spectrum = read_spectrum(tmp_path / "a.txt")
    np.testing.assert_allclose(spectrum.values, Y, atol=1e-4)
    assert "no axis" in " ".join(spectrum.notes)


def test_a_matrix_with_numbers_over_its_columns(tmp_path):
    """Wavelengths down, places across: a map as a spreadsheet."""
    (tmp_path / "map.csv").write_text(",0.5,1\n" + rows("{x:.2f},{y:.6f},{z:.6f}"))
    assert column_names(tmp_path / "map.csv") == ("0.5", "1")
    np.testing.assert_allclose(read_spectrum(tmp_path / "map.csv", column="1").values, 1000 - Y, atol=1e-5)


@pytest.mark.parametrize("gap", ["", "nan", "NA", "--"])
def test_missing_values_are_masked(tmp_path, gap):
    lines = rows("{x:.2f},{y:.6f},{z:.6f}").splitlines()
    lines[7] = ",".join([lines[7].split(",")[0], gap, "5"])
    (tmp_path / "a.csv").write_text("E (eV),counts,b\n" + "\n".join(lines))
    spectrum = read_spectrum(tmp_path / "a.csv")
    assert np.isnan(spectrum.values[7])
    assert np.isfinite(np.delete(spectrum.values, 7)).all()
    assert "1 of 41 values are missing" in spectrum.notes[-1]
    psf = nd.psf.gaussian(0.2, 0.05, ndim=1, unit="eV")
    assert np.isfinite(nd.richardson_lucy(spectrum.values, psf, 5)).all()


def test_uneven_axes_are_refused_or_resampled(tmp_path):
    x = np.cumsum(np.linspace(0.04, 0.06, 41))
    text = "\n".join(f"{a:.6f} {2 * a + 1:.6f}" for a in x)
    (tmp_path / "a.txt").write_text("E(eV) I\n" + text)
    with pytest.raises(nd.FileError, match=r"a\.txt.*not evenly spaced.*0\.0405? to 0\.06"):
        read_spectrum(tmp_path / "a.txt")
    spectrum = read_spectrum(tmp_path / "a.txt", resample=True)
    np.testing.assert_allclose(spectrum.values, 2 * spectrum.axis + 1, atol=1e-5)
    assert spectrum.axis[-1] <= x[-1] + 1e-6
    assert any("resampled to" in note for note in spectrum.notes)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "a.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize("ends", [",", "\t", ";"])
def test_an_empty_cell_at_the_end_of_a_line_is_a_missing_value(tmp_path, ends):
    path = written(tmp_path, f"E (meV){ends}counts\n0{ends}1\n1{ends}\n2{ends}3\n")
    np.testing.assert_array_equal(read_spectrum(path).values, [1, np.nan, 3])


@pytest.mark.parametrize("text", ["E (eV),I,\n0,1,\n1,2,\n", "E (eV),I\n0,1,\n1,2,\n", "E (eV),I,\n0,1\n1,2,\n"])
def test_a_separator_behind_the_last_column_opens_no_other(tmp_path, text):
    spectrum = read_spectrum(written(tmp_path, text))
    assert (spectrum.unit, spectrum.name, spectrum.values.tolist()) == ("eV", "I", [1, 2])


def test_quoted_cells_may_hold_separators(tmp_path):
    spectrum = read_spectrum(written(tmp_path, 'E (eV),"counts, raw"\n"0,1","1,52"\n"0,2","1,61"\n'))
    assert spectrum.name == "counts, raw"
    assert spectrum.values.tolist() == [1.52, 1.61]
    write_spectrum(tmp_path / "b.csv", spectrum)
    again = read_spectrum(tmp_path / "b.csv")
    assert (again.name, again.unit, again.spacing) == ("counts, raw", "eV", pytest.approx(0.1))


@pytest.mark.parametrize(
    "text",
    ["0.1\t1,023\n0.2\t1,024\n", 'x,y\n1,"1,023"\n2,"2,022"\n', "x;y\n1,5;2.023\n2,5;2.022\n"],
)
def test_separators_of_thousands_that_may_be_decimals_are_refused(tmp_path, text):
    with pytest.raises(nd.FileError, match=r"points and commas in its numbers \(line [12].*none between thousands"):
        read_spectrum(written(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    ['x,y\n0.1,"1,023.5"\n0.2,"2,000.1"\n', "0,1;1.023,5\n0,2;2.000,1\n", "0.1\t1'023.5\n0.2\t2'000.1\n"],
)
def test_separators_of_thousands_beside_decimals_are_taken_away(tmp_path, text):
    spectrum = read_spectrum(written(tmp_path, text))
    assert spectrum.values.tolist() == [1023.5, 2000.1]
    assert "between thousands" in spectrum.notes[0]


def test_a_date_above_the_numbers_is_no_number(tmp_path):
    assert read_spectrum(written(tmp_path, "12.03.2021\nE;I\n0,1;2\n0,2;3\n")).values.tolist() == [2, 3]


@pytest.mark.parametrize(
    "heading",
    ["E (meV)  counts", "# E (meV) counts", '"E (meV)" "counts"', "E_(meV) counts", "Energy (meV) Raman intensity"],
)
def test_a_unit_after_a_blank_is_of_the_column_before_it(tmp_path, heading):
    assert read_spectrum(written(tmp_path, f"{heading}\n0 1\n1 2\n")).unit == "meV"


@pytest.mark.parametrize("gone", [[100], [60], [50, 51, 52, 120, 150]])
@pytest.mark.parametrize("step", [1.0, 0.1, 2.5])
def test_positions_that_are_missing_stay_empty(tmp_path, gone, step):
    """Neighbours of the gap do not become neighbours, and the axis is not stretched."""
    rows = np.delete(np.arange(200), gone)
    spectrum = read_spectrum(written(tmp_path, "".join(f"{step * row:.6g},{row}\n" for row in rows)))
    assert len(spectrum) == 200
    assert spectrum.spacing == pytest.approx(step, rel=1e-6)
    assert np.flatnonzero(np.isnan(spectrum.values)).tolist() == gone
    assert any("leaves out" in note for note in spectrum.notes)


def test_a_row_without_a_position_leaves_its_place_empty(tmp_path):
    lines = [f"{0.1 * row:.1f},{row}" for row in range(50)]
    lines[20] = "nan,20"
    spectrum = read_spectrum(written(tmp_path, "\n".join(lines)))
    assert spectrum.start == 0
    assert spectrum.spacing == pytest.approx(0.1)
    assert np.flatnonzero(np.isnan(spectrum.values)).tolist() == [20]


@pytest.mark.parametrize("step", [1.05, 1.3, 0.7])
def test_jumps_by_rounding_are_no_gaps(tmp_path, step):
    text = "".join(f"{step * row:.{0 if step > 1 else 1}f},{row}\n" for row in range(200))
    spectrum = read_spectrum(written(tmp_path, text))
    assert len(spectrum) == 200
    assert spectrum.spacing == pytest.approx(step, abs=1 / 199)


@pytest.mark.parametrize("digits", [1, 2, 6])
def test_rounded_positions_are_even(tmp_path, digits):
    """Steps of 0.15 written with one digit go 0.1, 0.3, 0.4, 0.6."""
    x = np.arange(60) * 0.153
    (tmp_path / "a.txt").write_text("\n".join(f"{a:.{digits}f}\t{i}" for i, a in enumerate(x)))
    spectrum = read_spectrum(tmp_path / "a.txt")
    assert spectrum.spacing == pytest.approx(0.153, abs=10.0**-digits / 59)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("E,I\n1,2\n2,3\n1.5,4\n", "go up and down"),
        ("E,I\n1,2\n1,3\n2,4\n", "go up and down or repeat"),
        ("E,I\n1,2\n2,x\n", "line 3"),
        ("E,I\n1,2\n2\n", "line 3"),
        ("only words", "no numbers"),
        ("E,I\n1,nan\n2,nan\n", "no finite value"),
        ("", "empty"),
    ],
)
def test_what_is_no_spectrum_is_refused_in_one_sentence(tmp_path, text, words):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(nd.FileError, match=words) as caught:
        read_spectrum(tmp_path / "a.csv")
    assert "a.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_column_that_is_not_there(tmp_path):
    (tmp_path / "a.csv").write_text("E,I\n1,2\n2,3\n")
    for column in (0, 3, "J"):
        with pytest.raises(nd.FileError, match="from 1 to 2 or a name: E, I"):
            read_spectrum(tmp_path / "a.csv", column=column)


@pytest.mark.parametrize("shape", ["line", "columns", "rows"])
def test_npy(tmp_path, shape):
    data = {"line": Y, "columns": np.stack([X, Y], 1), "rows": np.stack([X, Y])}[shape]
    np.save(tmp_path / "a.npy", data)
    spectrum = read_spectrum(tmp_path / "a.npy")
    np.testing.assert_array_equal(spectrum.values, Y)
    assert (spectrum.start, spectrum.spacing) == ((0, 1) if shape == "line" else pytest.approx((-1, 0.05)))


def test_npy_of_an_image_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((4, 5)))
    with pytest.raises(nd.FileError, match=r"a\.npy has shape \(4, 5\)"):
        read_spectrum(tmp_path / "a.npy")


# ---- any style, there and back

UNITS = ["eV", "meV", "nm", "um", "cm-1", "Hz", "THz", "s", "fs", "mV", "deg"]
NUMBER = st.floats(-1e6, 1e6).map(lambda value: float(f"{value:.6g}"))


@given(
    values=st.lists(NUMBER, min_size=3, max_size=30),
    start=st.integers(-500, 500),
    step=st.integers(1, 400),
    unit=st.sampled_from(UNITS),
    separator=st.sampled_from([",", ";", "\t", " "]),
    comma=st.booleans(),
    turned=st.booleans(),
    heading=st.sampled_from(["{} ({})", "{}/{}", "{} [{}]"]),
)
def test_separators_decimal_commas_and_units_return(
    tmp_path_factory, values, start, step, unit, separator, comma, turned, heading
):
    """Steps of a hundredth; a comma cannot be both; blanks may stand in no heading."""
    path = tmp_path_factory.mktemp("any") / "a.txt"
    axis = np.round((start + step * np.arange(len(values))) / 100, 2)
    lines = [f"{x:.2f}{separator}{y!r}" for x, y in zip(axis, values, strict=True)]
    text = "\n".join(lines[::-1] if turned else lines)
    if comma and separator != ",":
        text = text.replace(".", ",")
    first = heading.format("E", unit).replace(" ", "" if separator == " " else " ")
    path.write_text(f"{first}{separator}I\n{text}\n", encoding="utf-8")
    spectrum = read_spectrum(path)
    np.testing.assert_array_equal(spectrum.values, values)
    np.testing.assert_allclose(spectrum.axis, axis, atol=1e-9)
    assert (spectrum.unit, spectrum.quantity, spectrum.descending) == (unit, "E", turned)


@given(
    values=st.lists(NUMBER, min_size=2, max_size=20),
    start=NUMBER,
    spacing=st.floats(1e-3, 1e3).map(lambda value: float(f"{value:.4g}")),
    unit=st.sampled_from(UNITS),
    turned=st.booleans(),
    suffix=st.sampled_from([".csv", ".txt"]),
)
def test_what_is_written_is_read_again(tmp_path_factory, values, start, spacing, unit, turned, suffix):
    path = tmp_path_factory.mktemp("again") / f"a{suffix}"
    before = Spectrum(np.array(values), spacing, unit, start, "counts", "E", "cps", turned)
    write_spectrum(path, before)
    after = read_spectrum(path)
    np.testing.assert_array_equal(after.values, before.values)
    np.testing.assert_allclose(after.axis, before.axis, rtol=1e-9, atol=1e-9 * spacing)
    assert (after.unit, after.name, after.quantity, after.value_unit, after.descending) == (
        unit, "counts", "E", "cps", turned,
    )  # fmt: skip


def test_written_columns(tmp_path):
    data = Spectrum(np.array([1.0, 4.0, 2.0]), 0.5, "meV", 10, "counts", "E", descending=True)
    result, blurred = np.float32([1, 5, 1]), np.float32([1.5, 3.5, 2])
    recipe = nd.Recipe(iterations=3)
    write_spectrum(tmp_path / "a.csv", data, result, blurred, recipe=recipe)
    first, *lines = (tmp_path / "a.csv").read_text().splitlines()
    assert lines == [
        "E (meV),counts,result,re-blurred,residual",
        "11.0,2.0,1.0,2.0,0.0",
        "10.5,4.0,5.0,3.5,0.5",
        "10.0,1.0,1.0,1.5,-0.5",
    ]
    assert nd.Recipe.from_dict(json.loads(first.removeprefix("# recipe: "))) == recipe
    np.testing.assert_array_equal(read_spectrum(tmp_path / "a.csv", column="residual").values, [-0.5, 0.5, 0])
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_what_cannot_be_written(tmp_path):
    data = Spectrum(np.ones(3))
    with pytest.raises(nd.FileError, match="no ending"):
        write_spectrum(tmp_path / "a.tif", data)
    with pytest.raises(nd.FileError, match="no folder"):
        write_spectrum(tmp_path / "b" / "a.csv", data)
    with pytest.raises(nd.ParameterError, match="4"):
        write_spectrum(tmp_path / "a.csv", data, np.ones(4))
    assert list(tmp_path.iterdir()) == []
