"""Spectra in whatever style programs write them, spectra out of images, and what is written again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import Spectrum, column_names, read_image, read_spectrum, write_spectrum
from napari_deconvolve.io.cuts import along_axis, along_line
from napari_deconvolve.units import canonical, factor, kind

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
    ['x,y\n0.1,"1,023.5"\n0.2,"2,000.1"\n', "0.1\t1,023\n0.2\t1,024\n", "0,1;1.023,5\n", 'x,y\n1,"1,023"\n2,"2,022"\n'],
)
def test_separators_of_thousands_are_refused(tmp_path, text):
    with pytest.raises(nd.FileError, match=r"points and commas in its numbers \(line [12].*none between thousands"):
        read_spectrum(written(tmp_path, text))


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


# ---- the value, and units


def test_a_spectrum_is_frozen_and_knows_its_axis():
    values = np.arange(4.0)
    spectrum = Spectrum(values, 0.5, "electron_volt", 2)
    values[0] = 7
    assert spectrum.values[0] == 0
    assert not spectrum.values.flags.writeable
    assert (len(spectrum), spectrum.unit, spectrum.label) == (4, "eV", "position (eV)")
    np.testing.assert_array_equal(spectrum.in_unit("meV").axis, [2000, 2500, 3000, 3500])
    with pytest.raises(nd.ParameterError, match="nm"):
        spectrum.in_unit("nm")
    for bad in ({"values": np.ones((2, 2))}, {"values": np.ones(3), "spacing": 0.0}, {"values": np.array(["a"])}):
        with pytest.raises(nd.ParameterError):
            Spectrum(**bad)


@pytest.mark.parametrize(
    ("written", "short", "what"),
    [
        ("cm^-1", "cm-1", "wave number"), ("1 / centimeter", "cm-1", "wave number"), ("cm⁻¹", "cm-1", "wave number"),
        ("electron_volt", "eV", "energy"), ("millielectron_volt", "meV", "energy"), ("EV", "eV", "energy"),
        ("terahertz", "THz", "frequency"), ("Seconds", "s", "time"), ("°", "deg", "angle"), ("µs", "us", "time"),
        ("Micrometers", "um", "length"), ("mev", "mev", ""), ("furlong", "furlong", ""),
    ],
)  # fmt: skip
def test_spellings_of_units(written, short, what):
    assert (canonical(written), kind(written)) == (short, what)
    assert canonical(canonical(written)) == canonical(written)


def test_units_of_one_kind_can_be_converted():
    assert factor("meV", "eV") == pytest.approx(1e-3)
    assert factor("nm-1", "cm-1") == pytest.approx(1e7)
    assert factor("min", "s") == 60
    for pair in (("eV", "nm"), ("pixel", "eV"), ("furlong", "m")):
        with pytest.raises(nd.ParameterError, match="cannot be converted"):
            factor(*pair)


def test_kernels_in_the_unit_of_the_axis():
    """A kernel in eV on data in meV is resampled to their step."""
    psf = nd.psf.gaussian(0.1, 0.005, ndim=1, unit="eV")
    data = Spectrum(np.exp(-(((np.arange(200) - 100) / 20.0) ** 2)) * 100, 10.0, "meV")
    step = data.spacing * factor(data.unit, psf.unit)
    found = nd.deconvolve(data.values, psf, nd.Recipe(iterations=5), spacing=step)
    want = nd.deconvolve(data.values, nd.psf.gaussian(100, 10, ndim=1, unit="meV"), nd.Recipe(iterations=5))
    np.testing.assert_allclose(found.estimate, want.estimate, rtol=0.03, atol=0.1)


def test_a_formula_along_one_axis():
    psf = nd.psf.from_formula("B=0.04,0.25/B/cosh(x/(2*B))^2", 301, 0.01, unit="meV")
    assert psf.ndim == 1
    assert psf.fwhm[0] == pytest.approx(3.5255 * 0.04, rel=0.01)  # of sech^2(x/2B): 4 arcosh(sqrt 2) B


# ---- spectra out of images

CUBE = np.arange(4 * 5 * 6, dtype=np.uint16).reshape(4, 5, 6)


@pytest.mark.parametrize(("axis", "at"), [(0, (0, 2, 3)), (1, (1, 0, 3)), (-1, (1, 2, 0))])
def test_along_an_axis(axis, at):
    found = along_axis(CUBE, axis, at, spacing=(0.5, 2, 3), units=("eV", "um", "um"), origin=(10, 0, 0), name="p")
    index = [*at]
    index[axis] = slice(None)
    np.testing.assert_array_equal(found.values, CUBE[tuple(index)])
    assert found.values.dtype == np.uint16
    assert (found.spacing, found.unit) == ((0.5, "eV") if axis == 0 else (2, "um") if axis == 1 else (3, "um"))
    assert (found.start, found.name) == (10 if axis == 0 else 0, "p")


def test_along_an_axis_reads_no_more_than_the_line():
    class Lazy:
        shape, ndim = CUBE.shape, 3

        def __getitem__(self, index):
            return CUBE[index]

    np.testing.assert_array_equal(along_axis(Lazy(), 0, (0, 1, 1)).values, CUBE[:, 1, 1])


def test_along_a_line():
    row, column = np.mgrid[:30, :40].astype(float)
    plane = 3 * row + 2 * column
    found = along_line(plane, (5, 2), (5, 22))
    np.testing.assert_allclose(found.values, 15 + 2 * np.arange(2, 23))
    assert (found.spacing, found.unit) == (1.0, "pixel")
    slanted = along_line(plane, (0, 0), (12, 16), spacing=(0.1, 0.1), units=("um", "um"))
    assert slanted.spacing == pytest.approx(0.1)
    np.testing.assert_allclose(slanted.values, (3 * 0.6 + 2 * 0.8) * np.arange(21))
    uneven = along_line(plane, (0, 0), (10, 0), spacing=(300, 0.1), units=("nm", "um"))
    assert (len(uneven), uneven.unit) == (31, "um")
    np.testing.assert_allclose(uneven.values, 3 * np.linspace(0, 10, 31))
    np.testing.assert_allclose(along_line(np.stack([plane, plane + 7]), (5, 2), (5, 22), at=(1,)).values[0], 26)


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("end", [(5, 32), (17, 18), (35, 2)])
def test_a_line_of_whole_length_on_square_pixels_is_scikit_images(end, width):
    skimage = pytest.importorskip("skimage.measure")
    plane = np.random.default_rng(0).random((40, 40))
    expected = skimage.profile_line(plane, (5, 2), end, linewidth=width, order=1, mode="constant", cval=np.nan)
    np.testing.assert_allclose(along_line(plane, (5, 2), end, width=width).values, expected, rtol=1e-9)


def test_a_line_may_be_wide_and_may_leave_the_image():
    plane = np.tile(np.arange(20.0)[:, np.newaxis], (1, 20)) ** 2
    wide = along_line(plane, (10, 2), (10, 12), width=3)
    np.testing.assert_allclose(wide.values, (81 + 100 + 121) / 3)
    out = along_line(plane, (10, 15), (10, 25))
    assert np.isfinite(out.values[:5]).all()
    assert np.isnan(out.values[5:]).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: along_axis(CUBE, 3, (0, 0, 0)), "axis is 3"),
        (lambda: along_axis(CUBE, 0, (0, 5, 0)), "along axis 1 is 5"),
        (lambda: along_axis(CUBE, 0, (0,)), "one per axis, 3"),
        (lambda: along_line(CUBE[0], (1, 1), (1, 1.2)), "draw a longer one"),
        (lambda: along_line(CUBE[0, 0], (1,), (2,)), "two axes"),
    ],
)
def test_cuts_that_are_not_there(call, words):
    with pytest.raises(nd.ParameterError, match=words):
        call()


# ---- the forum's spectrum


def test_the_forums_spectrum(shared_data: Path):
    """Even kernel of sum 49.95, as it was written there, and nothing changed by the user."""
    held = np.load(shared_data / "spectrum_1d" / "reference_1d.npz")
    kernel = held["kernel_even"]
    assert (len(kernel), kernel.sum()) == (1000, pytest.approx(49.95, abs=0.01))
    for psf in (kernel, nd.psf.from_array(kernel, background=0)):  # its zero lag between samples: moved onto one
        found = nd.richardson_lucy(held["raw"], psf, 200)
        assert found.max() == pytest.approx(2.427, abs=0.02)
    half = len(found) // 2
    peaks = held["x"][[np.argmax(found[:half]), half + np.argmax(found[half:])]]
    np.testing.assert_allclose(peaks, [-1.031, 1.031], atol=0.003)


# ---- the command line


@pytest.fixture
def measured(tmp_path, monkeypatch) -> Spectrum:
    """Two lines in meV, as a table whose axis runs downwards."""
    monkeypatch.chdir(tmp_path)
    truth = np.zeros(200)
    truth[[80, 95]] = 3000
    psf = nd.psf.gaussian(2.0, 0.2, ndim=1, unit="meV")
    counts = np.random.default_rng(0).poisson(nd.convolve(truth, psf) + 10).astype(float)
    spectrum = Spectrum(counts, 0.2, "meV", -20, "counts", "E", "", True)
    write_spectrum("data.csv", spectrum)
    write_spectrum("kernel.csv", Spectrum(psf.data, 0.2e-3, "eV", -3e-3, "K", "E"))
    return spectrum


def test_the_command_line_takes_tables(measured, capsys):
    how = ["--iterations", "20", "--acceleration", "none", "--background", "10"]
    assert cli.execute(["run", "data.csv", "--gaussian", "2", "-o", "a.csv", *how]) == 0
    psf = nd.psf.gaussian(2.0, 0.2, ndim=1, unit="meV")
    want = nd.richardson_lucy(measured.values, psf, 20, background=10)
    result, blurred = (read_spectrum("a.csv", column=name) for name in ("result", "re-blurred"))
    np.testing.assert_allclose(result.values, want, rtol=1e-4, atol=1e-3)
    assert (result.unit, result.descending, column_names("a.csv")[0]) == ("meV", True, "counts")
    inside = nd.convolve(want, psf) + 10
    np.testing.assert_allclose(blurred.values[20:-20], inside[20:-20], rtol=1e-3, atol=0.05)
    for name, kernel in (("b", ["--psf", "kernel.csv"]), ("c", ["--formula", "exp(-4*ln(2)*(x/2)^2)"])):
        assert cli.execute(["run", "data.csv", *kernel, "-o", f"{name}.csv", *how]) == 0
        found = read_spectrum(f"{name}.csv", column="result").values
        assert np.linalg.norm(found - want) < 0.03 * np.linalg.norm(want)
    assert cli.execute(["run", "data.csv", "--recipe", "a.csv", "-o", "d.csv"]) == 0
    np.testing.assert_array_equal(read_spectrum("d.csv", column="result").values, result.values)
    assert cli.execute(["run", "data.csv", "--gaussian", "2", "-o", "e.ome.tif", *how]) == 0
    assert read_image("e.ome.tif").units == ("meV",)
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["data.csv", "--formula", "exp(-y^2)", "-o", "a.csv"], "--formula"),
        (["data.csv", "--formula", "1/x", "--gaussian", "2", "-o", "a.csv"], "both given"),
        (["data.csv", "--column", "J", "--gaussian", "2", "-o", "a.csv"], "no column 'J'"),
        (["plane.npy", "--gaussian", "2", "-o", "a.csv"], "a.csv is a table"),
        (["plane.npy", "--formula", "exp(-x^2)", "-o", "a.tif"], "for spectra"),
        (["plane.npy", "--column", "2", "--gaussian", "2", "-o", "a.tif"], "--column 2"),
        (["data.csv", "--recipe", "data.csv", "-o", "a.csv"], "holds no recipe"),
    ],
)
def test_what_the_command_line_refuses(measured, capsys, arguments, words):
    np.save("plane.npy", np.ones((5, 6)))
    assert cli.execute(["run", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert not Path("a.csv").exists()


WAY = ("--gaussian", "2", "--iterations", "5", "--acceleration", "none", "--background", "10")


def result_of(capsys, *arguments):
    assert cli.execute([str(one) for one in arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr()


def test_the_command_line_says_how_a_table_was_understood(measured, capsys):
    note, summary = result_of(capsys, "run", "data.csv", *WAY, "-o", "a.csv").err.splitlines()
    assert note.startswith("Note: data.csv: 200 rows of 2 columns")
    assert "the axis runs downwards" in note
    assert summary.startswith("a.csv: 5 iterations")


def test_uneven_positions_can_be_resampled_by_every_command(measured, capsys):
    place = np.arange(200) * 0.2 + 0.08 * np.sin(np.arange(200) / 3)
    np.savetxt("uneven.txt", np.c_[place, measured.values], header="E (meV)\tcounts", comments="")
    for command, output in (("run", "r.csv"), ("blur", "b.csv"), ("sweep", "s.csv")):
        arguments = [command, "uneven.txt", "--gaussian", "2", "--iterations", "5"][: 4 if command == "blur" else 6]
        assert cli.execute([*arguments, "-o", output]) == 2
        assert "resample it to equal steps" in capsys.readouterr().err
        assert "resampled to" in result_of(capsys, *arguments, "--resample", "-o", output).err
    wanted = read_spectrum("uneven.txt", resample=True)
    np.testing.assert_allclose(read_spectrum("r.csv").axis, wanted.axis)
    np.testing.assert_allclose(read_spectrum("r.csv").values, wanted.values)
    assert "uneven positions: resampled" in result_of(capsys, "inspect", "uneven.txt").out


def test_a_spectrum_is_blurred_into_a_table_and_inspected(measured, capsys):
    said = result_of(
        capsys, "blur", "data.csv", "--gaussian", "2", "--photons", "500", "--seed", "1", "-o", "b.csv"
    ).err
    assert "500 photons" in said
    blurred = read_spectrum("b.csv")
    wanted = nd.simulate(measured.values, fwhm=2.0, spacing=0.2, photons=500, seed=1).counts
    np.testing.assert_array_equal(blurred.values, wanted)
    assert (blurred.unit, blurred.descending, blurred.start) == ("meV", True, -20)
    result_of(capsys, "run", "b.csv", *WAY, "-o", "r.csv")
    told = result_of(capsys, "inspect", "r.csv").out
    for words in ("200", "X 0.2 meV", "runs downwards", "rl, 5 iterations"):
        assert words in told
    result_of(capsys, "sweep", "b.csv", "--gaussian", "2", "--truth", "data.csv", "-o", "t.csv")
    assert cli.execute(["blur", "plane.npy", "--gaussian", "2", "-o", "p.csv"]) == 2


@pytest.mark.parametrize("rows", [True, False])
def test_an_array_of_positions_and_data_is_a_spectrum_where_nothing_else_can_be_meant(measured, capsys, rows):
    pair = np.stack([measured.axis, measured.values])
    np.save("pair.npy", pair if rows else pair.T)
    note = result_of(capsys, "run", "pair.npy", *WAY, "-o", "a.csv").err.splitlines()[0]
    assert f"two {'rows' if rows else 'columns'} of 200 numbers" in note
    found = read_spectrum("a.csv")
    np.testing.assert_allclose(found.axis, measured.axis, atol=1e-9)
    result_of(capsys, "run", "data.csv", *WAY, "-o", "b.csv")
    np.testing.assert_allclose(
        read_spectrum("a.csv", column="result").values, read_spectrum("b.csv", column="result").values, rtol=1e-2
    )


def test_widths_and_kernels_of_positions_without_a_unit_are_in_theirs(measured, capsys):
    np.savetxt("bare.csv", np.c_[measured.axis, measured.values], delimiter=",")
    place = np.arange(-60, 61) * 0.1
    np.savetxt("fine.csv", np.c_[place, np.exp(-4 * np.log(2) * (place / 2) ** 2)], delimiter=",")
    write_spectrum("kernel.csv", read_spectrum("kernel.csv").in_unit("meV"))
    result_of(capsys, "run", "data.csv", *WAY, "-o", "a.csv")
    wanted = read_spectrum("a.csv", column="result").values
    formula = "exp(-4*ln(2)*(x/2)^2)"
    for kernel in (("--gaussian", 2), ("--formula", formula), ("--psf", "fine.csv"), ("--psf", "kernel.csv")):
        result_of(capsys, "run", "bare.csv", *kernel, *WAY[2:], "-o", "b.csv")
        found = read_spectrum("b.csv", column="result").values
        assert np.linalg.norm(found - wanted) < 0.03 * np.linalg.norm(wanted), kernel


def test_two_rows_of_anything_else_are_an_image_unless_somebody_says_so(measured, capsys):
    uneven = np.arange(200.0) ** 1.1
    for name, first in (("counts", measured.values), ("uneven", uneven), ("flat", np.zeros(200))):
        np.save(f"{name}.npy", np.stack([first, measured.values]))
        assert cli.execute(["run", f"{name}.npy", "--gaussian", "2", "-o", "a.csv"]) == 2
        assert "the image has 2 axes" in capsys.readouterr().err
    assert "resampled" in result_of(capsys, "run", "uneven.npy", *WAY, "--resample", "-o", "a.csv").err
    np.save("plane.npy", np.ones((5, 6)))
    assert cli.execute(["run", "plane.npy", *WAY, "--resample", "-o", "b.csv"]) == 2
    assert "--resample is for spectra" in capsys.readouterr().err
