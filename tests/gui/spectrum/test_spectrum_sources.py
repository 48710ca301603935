"""Spectra from files and layers, and kernels for them, as the dock "Spectrum" takes them: without a window."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Points, Shapes

import napari_deconvolve as nd
from napari_deconvolve._napari.docks.spectrum import kernel as kernels
from napari_deconvolve._napari.docks.spectrum.checks import Choices, cube_plan, review, same
from napari_deconvolve._napari.docks.spectrum.data import (
    AXIS,
    FILE,
    LINE,
    DataChoice,
    Files,
    axis_names,
    default_axis,
    line_ends,
    place_in,
    point_world,
    read_places,
    take,
)
from napari_deconvolve._napari.docks.spectrum.kernel import KernelChoice
from napari_deconvolve._napari.layers.psf_layers import psf_layer_data
from napari_deconvolve.errors import DeconvolutionError, ParameterError, PSFError
from napari_deconvolve.io import Spectrum

LORENTZ = KernelChoice(kernel="Lorentzian", fwhm=2.0)


@pytest.fixture
def spectrum():
    return Spectrum(np.arange(60.0), 0.5, "meV", -3.0, "signal", "E")


def image(shape, units, **more):
    return Image(np.random.default_rng(0).random(shape, np.float32), units=units, **more)


# ---- files


def test_a_file_is_read_again_only_when_it_has_changed(tmp_path):
    path, files = tmp_path / "a.csv", Files()
    path.write_text("E (meV),I,J\n" + "\n".join(f"{n},{n * n},{-n}" for n in range(5)))
    first = files.spectrum(str(path))
    assert files.spectrum(str(path)) is first
    assert files.columns(str(path)) == ("I", "J")
    assert files.spectrum(str(path), "J").values.tolist() == [0, -1, -2, -3, -4]
    path.write_text("E (meV),I\n" + "\n".join(f"{n},{n + 100}" for n in range(6)))
    assert files.spectrum(str(path)).values.tolist() == list(range(100, 106))
    assert not files.uneven(str(path))


def test_columns_are_offered_by_their_numbers_and_the_default_first(tmp_path):
    """A counter, a constant, the axis, and data: the axis is none of them, and what is no data comes last."""
    path, files = tmp_path / "a.csv", Files()
    rows = (f"{n},0,{400 + n / 2:g},{n * n},{-n * n}" for n in range(1, 9))
    path.write_text("point,dark,wave (nm),I,J\n" + "\n".join(rows))
    assert files.columns(str(path)) == ("I", "J", "point", "dark")
    assert files.numbers(str(path)) == (4, 5, 1, 2)
    for number, first in ((0, 1), (4, 1), (5, -1)):
        found = files.spectrum(str(path), number)
        assert (found.values[0], found.unit, found.start) == (first, "nm", 400.5)


@pytest.mark.parametrize(
    ("text", "words"),
    [("E,I\n1,2\n2,x\n", "no numbers in line"), ("1,2\n2,3\n", "at least 3"), ("", "is empty"), (None, "no file")],
)
def test_what_cannot_be_read_is_said(tmp_path, text, words):
    path = tmp_path / "odd.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(DeconvolutionError, match=words):
        take(DataChoice(path=str(path)), Files())


def test_only_positions_that_are_uneven_can_be_healed(tmp_path):
    uneven, broken = tmp_path / "uneven.csv", tmp_path / "broken.csv"
    uneven.write_text("x,I\n0,1\n1.25,2\n3.5,3\n4.75,4\n")
    broken.write_text("x,I\n0,1\n1,2\n0.5,3\n")
    files = Files()
    assert files.uneven(str(uneven))
    assert not files.uneven(str(broken))
    assert len(take(DataChoice(path=str(uneven), resample=True), files)) == 4


# ---- layers


@pytest.mark.parametrize(
    ("shape", "units", "axis"),
    [
        ((20, 3, 4), ("electron_volt", "um", "um"), 0),
        ((3, 4, 20), ("um", "um", "s"), 2),
        ((5, 6, 7), ("um", "um", "um"), 0),
        ((5, 6), ("um", "um"), 1),
        ((1, 60), ("electron_volt", "electron_volt"), 1),
        ((60, 1), ("pixel", "pixel"), 0),
    ],
)
def test_the_axis_of_spectra_is_guessed(shape, units, axis):
    assert default_axis(image(shape, units)) == axis


def test_axes_are_named_with_their_unit():
    layer = image((20, 3), ("electron_volt", "um"), axis_labels=("E", "y"))
    assert axis_names(layer) == ["E (eV)", "y (µm)"]
    assert axis_names(image((4, 5), ("pixel", "pixel"))) == ["axis 0", "axis 1"]


def test_samples_along_an_axis_know_where_they_are():
    layer = image((20, 3, 4), ("electron_volt", "um", "um"), scale=(0.5, 1, 1), translate=(7, 0, 0), name="map")
    found = take(DataChoice(source=AXIS, layer=layer, axis=0, at="2, 0"), Files())
    assert np.array_equal(found.values, layer.data[:, 2, 0])
    assert (found.spacing, found.start, found.unit, found.name) == (0.5, 7.0, "eV", "map")


def test_a_unit_that_napari_cannot_name_is_kept_beside():
    layer = image((20, 3), ("pixel", "um"), metadata={"napari_deconvolve": {"units": ["cm-1", "um"]}})
    assert take(DataChoice(source=AXIS, layer=layer, axis=0, at=""), Files()).unit == "cm-1"


def test_colours_and_no_layer_are_refused():
    with pytest.raises(ParameterError, match="RGB"):
        take(DataChoice(source=AXIS, layer=Image(np.zeros((4, 5, 3), np.uint8), rgb=True)), Files())
    with pytest.raises(ParameterError, match="No image layer"):
        take(DataChoice(source=AXIS), Files())


def test_places_are_read_or_refused():
    assert read_places("", (5, 8)) == [2, 4]
    assert read_places(" 1; 7 ", (5, 8)) == [1, 7]
    for text, words in (("1", "2 whole numbers"), ("1, 8", "0 to 7"), ("-1, 2", "0 to 4"), ("1.5, 2", "0 to 4")):
        with pytest.raises(ParameterError, match=words):
            read_places(text, (5, 8))


def test_points_in_the_world_become_places():
    layer = image((20, 3, 4), ("um",) * 3, scale=(1, 2, 2))
    assert place_in(layer, (500.0, 3.1, 6.9), 0) == "2, 3"
    assert place_in(layer, (0.0, 3.1, 7.1), 0) is None
    points = Points([[0, 1.0, 2.0], [0, 3.0, 4.0]])
    assert list(point_world(points, 3)) == [0, 3, 4]
    points.selected_data = {0}
    assert list(point_world(points, 3)) == [0, 1, 2]
    assert list(point_world(Points([[5.0, 6.0]]), 3)) == [0, 5, 6]
    assert point_world(Points(ndim=2), 3) is None


def test_the_selected_line_else_the_last_is_taken():
    layer = image((30, 40), ("um", "um"), scale=(0.5, 0.5))
    shapes = Shapes(ndim=2)
    shapes.add_rectangles(np.array([[0, 0], [5, 5]]))
    with pytest.raises(ParameterError, match="no line"):
        line_ends(shapes, layer)
    shapes.add_lines(np.array([[1, 2], [3, 4]]))
    shapes.add_lines(np.array([[5, 6], [7, 8]]))
    assert line_ends(shapes, layer) == ((10, 12), (14, 16))
    shapes.selected_data = {1}
    assert line_ends(shapes, layer) == ((2, 4), (6, 8))


# ---- kernels


def test_widths_are_in_the_unit_of_the_axis(spectrum):
    for kind, make in (("Gaussian", nd.psf.gaussian), ("Lorentzian", nd.psf.lorentzian)):
        psf = kernels.make(KernelChoice(kernel=kind, fwhm=3.0), spectrum, Files())
        assert np.array_equal(psf.data, make(3.0, 0.5, ndim=1).data)
        assert psf.unit == "meV"
        assert psf.fwhm[0] == pytest.approx(3.0, rel=0.02)


def test_a_kernel_without_positions_has_the_datas_steps(spectrum, tmp_path):
    np.savetxt(tmp_path / "k.txt", 3 * np.exp(-(np.arange(-9.5, 10) ** 2) / 20))
    psf = kernels.make(KernelChoice(kernel="file", path=str(tmp_path / "k.txt")), spectrum, Files())
    assert psf.spacing == (0.5,)
    said = kernels.words(psf)
    assert "data's step of 0.5 meV" in said
    assert "divided by its sum" in said
    assert psf.data.argmax() == psf.shape[0] // 2


def test_a_kernel_in_another_unit_and_step_is_brought_to_the_datas(spectrum, tmp_path):
    place = np.arange(-40, 41) * 0.25
    table = np.c_[place / 1000, 2.0 ** (-((place / 2) ** 2))]
    np.savetxt(tmp_path / "k.csv", table, delimiter=",", header="E (eV),k")
    psf = kernels.make(KernelChoice(kernel="file", path=str(tmp_path / "k.csv")), spectrum, Files())
    assert psf.unit == "meV"
    assert psf.spacing == (0.5,)
    assert psf.fwhm[0] == pytest.approx(4.0, rel=0.02)
    assert any("resampled" in note for note in psf.notes)


def test_a_kernel_over_something_else_is_refused(spectrum, tmp_path):
    place = np.arange(-4, 5)
    np.savetxt(tmp_path / "k.csv", np.c_[place, 2.0 ** -(place**2)], delimiter=",", header="x (nm),k")
    with pytest.raises(PSFError, match="nm and the data's in meV"):
        kernels.make(KernelChoice(kernel="file", path=str(tmp_path / "k.csv")), spectrum, Files())


def test_the_zero_of_a_kernels_axis_is_its_centre(spectrum, tmp_path):
    place = np.arange(-10, 31) * 0.5
    np.savetxt(
        tmp_path / "decay.csv", np.c_[place, (place >= 0) * np.exp(-place / 3)], delimiter=",", header="E (meV),k"
    )
    choice = KernelChoice(kernel="file", path=str(tmp_path / "decay.csv"), center="zero")
    psf = kernels.make(choice, spectrum, Files())
    middle = psf.shape[0] // 2
    assert psf.data[:middle].max() == 0
    assert psf.data.argmax() == middle
    np.savetxt(tmp_path / "later.csv", np.c_[place + 100, np.exp(-(place**2))], delimiter=",", header="E (meV),k")
    with pytest.raises(PSFError, match="holds no 0"):
        kernels.make(KernelChoice(kernel="file", path=str(tmp_path / "later.csv"), center="zero"), spectrum, Files())


def test_layers_hold_kernels_of_one_axis(spectrum):
    line, plane = nd.psf.gaussian(2.0, 0.5, ndim=1, unit="pixel"), nd.psf.gaussian(2.0, 0.5, ndim=2)
    layers = []
    for psf in (line, plane):
        data, keywords, _ = psf_layer_data(psf, "kernel")
        layers.append(Image(data, **keywords))
    made = kernels.make(KernelChoice(kernel="layer", layer=layers[0]), spectrum, Files())
    assert np.allclose(made.data, line.data)
    with pytest.raises(PSFError, match="2 axes"):
        kernels.make(KernelChoice(kernel="layer", layer=layers[1]), spectrum, Files())
    with pytest.raises(PSFError, match="no layer"):
        kernels.make(KernelChoice(kernel="layer"), spectrum, Files())


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (KernelChoice(fwhm=0.1), "hardly anything"),
        (KernelChoice(fwhm=20.0), "is its unit right"),
        (KernelChoice(fwhm=3.0), ""),
    ],
)
def test_kernels_of_odd_widths_are_told(spectrum, choice, words):
    found = kernels.warnings_of(kernels.make(choice, spectrum, Files()), spectrum)
    assert words in found
    assert bool(found) == bool(words)


@pytest.mark.parametrize("formula", ["", "exp(", "exp(-y^2)", "-x^2"])
def test_formulas_that_cannot_be_used_are_refused(spectrum, formula):
    with pytest.raises(PSFError):
        kernels.make(KernelChoice(kernel="formula", formula=formula), spectrum, Files())


# ---- what comes of the choices


def choices(data, kernel=LORENTZ, **recipe):
    return Choices(data, kernel, nd.Recipe(**recipe))


def test_a_plan_comes_of_data_and_kernel(tmp_path):
    path = tmp_path / "a.csv"
    np.savetxt(path, np.c_[np.arange(200.0), np.ones(200)], delimiter=",", header="t (s),counts")
    found = review(choices(DataChoice(path=str(path))), Files(), None)
    assert found.reason == ""
    assert found.plan is not None
    assert found.plan.psf.unit == "s"
    assert found.plan.source.name == "counts"
    assert "plus time to find the best number" in found.remark("cost").text
    again = review(choices(DataChoice(path=str(path))), Files(), None, found.spectrum)
    assert again.spectrum is found.spectrum
    without = review(choices(DataChoice(path=str(path)), KernelChoice(kernel="formula")), Files(), None)
    assert without.plan is None
    assert without.spectrum is not None
    assert "no formula" in without.reason


def test_equal_data_are_the_same_data(spectrum):
    assert same(spectrum.replaced(values=np.array(spectrum.values)), spectrum) is spectrum
    for changes in ({"spacing": 0.6}, {"unit": "eV"}, {"values": spectrum.values + 1}, {"name": "other"}):
        other = spectrum.replaced(**changes)
        assert same(other, spectrum) is other


def test_few_samples_and_widths_for_other_axes_are_told(tmp_path):
    path = tmp_path / "a.csv"
    np.savetxt(path, np.c_[np.arange(20.0), np.ones(20)], delimiter=",")
    found = review(choices(DataChoice(path=str(path)), target_fwhm=(1.0, 2.0)), Files(), None)
    assert "one axis" in found.remark("target_fwhm").text
    assert found.plan is None
    assert "20 samples" in found.remark("iterations").text


def test_a_cube_needs_a_layer_of_several_spectra():
    cube = image((20, 3, 4), ("electron_volt", "um", "um"), name="cube")
    asked = choices(DataChoice(source=AXIS, layer=cube, axis=0))
    plan = cube_plan(asked, review(asked, Files(), None))
    assert not isinstance(plan, str)
    assert plan.axis == 0
    assert plan.source.shape == (20, 3, 4)
    row = image((1, 30), ("pixel", "pixel"))
    for data, words in (
        (DataChoice(source=FILE), "one spectrum"),
        (DataChoice(source=LINE, layer=cube), "along a line"),
        (DataChoice(source=AXIS, layer=row, axis=1), "one spectrum only"),
    ):
        said = cube_plan(choices(data), review(asked, Files(), None))
        assert isinstance(said, str)
        assert words in said


def test_runs_of_other_choices_do_not_continue_each_other():
    layer = image((4, 5), ("um", "um"))
    base = DataChoice(source=AXIS, layer=layer, axis=1, at="1")
    first = choices(base, iterations=5).signature()
    assert choices(base, iterations=9).signature() == first
    assert choices(base, iterations=5, boundary="reflect").signature() != first
    assert choices(DataChoice(source=AXIS, layer=layer, axis=1, at="2"), iterations=5).signature() != first
    assert choices(base, KernelChoice(fwhm=2.0), iterations=5).signature() != first
