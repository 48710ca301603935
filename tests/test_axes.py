"""Axes keep their names from a file or layer to the operator and back: a PSF's z acts along Z, wherever that lies."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.image import SampledArray
from napari_deconvolve.io import read_image, write_image
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Checkpoint
from napari_deconvolve.psf.description import rebuild

PSF = nd.psf.gaussian((0.9, 0.3, 0.4), (0.3, 0.1, 0.1))  # as wide along no axis as along another
STEPS = {"Z": 0.3, "Y": 0.1, "X": 0.1}
ORDERS = ("ZYX", "YXZ", "XYZ", "ZXY")
RECIPE = nd.Recipe(iterations=4)
RUN = ("--iterations", 4)


@pytest.fixture(scope="module")
def stack():
    """Counts along Z, Y and X."""
    truth = np.zeros((8, 20, 24))
    truth[3, 8:12, 6:18] = 400
    truth[5, 4, 20] = 3000
    return np.random.default_rng(3).poisson(nd.convolve(truth, PSF) + 20).astype(np.float32)


@pytest.fixture(scope="module")
def expected(stack):
    return nd.deconvolve(stack, PSF, RECIPE).estimate


def turned(array, order, axes="ZYX"):
    """Return an array along Z, Y and X with its axes in another order."""
    return np.transpose(array, [axes.index(letter) for letter in order])


def carried(stack, order, **more):
    return SampledArray(turned(stack, order), order, [STEPS[letter] for letter in order], ("um",) * 3, **more)


def close(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6 * float(np.max(wanted)))


# ---- Python


@pytest.mark.parametrize("order", ORDERS)
def test_a_psf_acts_along_its_own_axes_wherever_they_lie(stack, expected, order):
    result = nd.deconvolve(carried(stack, order), PSF, RECIPE)
    assert result.estimate.shape == turned(stack, order).shape
    close(result.estimate, turned(expected, order))


def test_an_axis_of_another_name_is_looped_over(stack, expected):
    both = np.stack([stack, 2 * stack[::-1]], axis=1)
    found = nd.deconvolve(SampledArray(both, "ZAYX"), PSF, RECIPE).estimate
    assert found.shape == both.shape
    close(found[:, 0], expected)
    close(found[:, 1], nd.deconvolve(2 * stack[::-1], PSF, RECIPE).estimate)


def test_arrays_without_names_are_blurred_along_the_last_axes_as_ever(stack, expected):
    four = np.stack([stack, stack])
    for image in (four, SampledArray(four), SampledArray(four, ("0", "-3", "axis 2", ""))):
        close(nd.deconvolve(image, PSF, RECIPE).estimate[1], expected)


@pytest.mark.parametrize("order", ["YXZ", "ZXY"])
def test_all_functions_follow_the_names(stack, order):
    image, flat = carried(stack, order), nd.psf.gaussian((0.3, 0.5), (0.1, 0.1))
    for call in (
        lambda image, psf: nd.richardson_lucy(image, psf, 3),
        lambda image, psf: nd.wiener(image, psf, 1e-3),
        lambda image, psf: nd.convolve(image, psf),
        lambda image, psf: nd.simulate(image, psf, poisson=False).counts,
        lambda image, psf: next(nd.iterate(image, psf)).estimate,
        lambda image, psf: nd.sweep(image, psf, (2,), score=False).estimates[0],
    ):
        for psf in (PSF, flat):
            close(call(image, psf), turned(call(stack, psf), order))


def test_spacing_is_matched_by_name_too(stack):
    fine = nd.psf.gaussian((0.9, 0.3, 0.4), (0.1, 0.05, 0.05))
    wanted = nd.deconvolve(stack, fine, RECIPE, spacing=(0.3, 0.1, 0.1)).estimate
    for order in ORDERS:
        close(nd.deconvolve(carried(stack, order), fine, RECIPE).estimate, turned(wanted, order))
    nm = SampledArray(turned(stack, "YXZ"), "YXZ", (100, 100, 0.3), ("nm", "nm", "um"))
    close(nd.deconvolve(nm, fine, RECIPE).estimate, turned(wanted, "YXZ"))


def test_axes_that_are_given_go_before_names(stack, expected):
    wrong = SampledArray(turned(stack, "YXZ"), "ZYX")
    close(nd.deconvolve(wrong, PSF, RECIPE, axes=(2, 0, 1)).estimate, turned(expected, "YXZ"))


def test_channels_are_found_by_their_name(stack):
    psfs = [PSF, nd.psf.gaussian((1.2, 0.4, 0.4), (0.3, 0.1, 0.1))]
    image = np.stack([np.stack([stack, stack[::-1]])] * 2)  # as many time points as channels
    found = nd.deconvolve(SampledArray(image, "TCZYX"), psfs, RECIPE).estimate
    close(found[1, 1], nd.deconvolve(stack[::-1], psfs[1], RECIPE).estimate)
    close(found[1, 0], nd.deconvolve(stack, psfs[0], RECIPE).estimate)


@pytest.mark.parametrize(("axes", "words"), [("TYX", "time"), ("YXC", "channels"), ("AYX", "“A”")])
def test_what_cannot_be_matched_is_refused_in_words(stack, axes, words):
    for call in (nd.deconvolve, nd.convolve, nd.wiener, nd.simulate):
        with pytest.raises(nd.PSFError, match=f"would blur along axis . of the image, {words}; take a 2D PSF"):
            call(SampledArray(stack, axes), PSF)


# ---- files and the command line


def written(path, stack, order, foreign=True):
    """Write a TIFF file with axes in some order, as another program does or as this one."""
    data = turned(stack, order) if len(order) == 3 else stack
    if not foreign:
        write_image(path, data, axes=order, spacing=[STEPS.get(one, 1.0) for one in order], units="um")
        return
    tifffile.imwrite(path, data, metadata={"axes": order}, photometric="minisblack", planarconfig=None)


def execute(*arguments):
    return cli.execute([str(one) for one in arguments])


@pytest.mark.parametrize("foreign", [True, False])
@pytest.mark.parametrize("order", ["ZYX", "YXZ", "XYZ"])
def test_files_keep_their_axes_through_python_and_the_command_line(tmp_path, stack, expected, order, foreign):
    path, psf, out = (tmp_path / name for name in ("a.tif", "psf.ome.tif", "out.ome.tif"))
    written(path, stack, order, foreign)
    image = read_image(path)
    assert image.axes == order
    close(nd.deconvolve(image.image, PSF, RECIPE).estimate, turned(expected, order))
    nd.psf.save(PSF, psf)
    more = ("--spacing", "0.3,0.1,0.1") if foreign else ()  # along Z, Y, X, in whatever order the file has them
    assert execute("run", path, "--psf", psf, *RUN, *more, "-o", out) == cli.DONE
    back = read_image(out)
    assert (back.axes, back.data.shape) == (order, turned(stack, order).shape)
    assert back.spacing == tuple(STEPS[letter] for letter in order)
    close(back.data, turned(expected, order))
    assert execute("blur", path, "--psf", psf, *more, "-o", out) == cli.DONE
    close(read_image(out).data, turned(nd.convolve(stack, PSF), order))


def test_zayx_files_keep_their_fourth_axis(tmp_path, stack, expected):
    both = np.stack([stack, stack[::-1]], axis=1)
    path, psf, out = (tmp_path / name for name in ("a.tif", "psf.ome.tif", "out.ome.tif"))
    written(path, both, "ZAYX")
    nd.psf.save(PSF, psf)
    assert read_image(path).axes == "ZAYX"
    assert execute("run", path, "--psf", psf, *RUN, "--spacing", "0.3,0.1,0.1", "-o", out) == cli.DONE
    back = read_image(out)
    assert back.axes == "ZAYX"
    close(back.data[:, 0], expected)
    with tifffile.TiffFile(out) as file:
        assert file.is_ome


@pytest.mark.parametrize("axes", ["TYX", "CYX", "AYX"])
def test_files_without_depth_are_refused_for_a_stacks_psf(tmp_path, stack, axes, capsys):
    path, psf = tmp_path / "a.ome.tif", tmp_path / "psf.ome.tif"
    write_image(path, stack, axes=axes, spacing=(1, 0.1, 0.1), units=("pixel", "um", "um"))
    nd.psf.save(PSF, psf)
    assert execute("run", path, "--psf", psf, *RUN, "-o", tmp_path / "out.ome.tif") == cli.BAD_INPUT
    said = capsys.readouterr().err
    assert "would blur along axis 0 of the image" in said
    assert "take a 2D PSF" in said


def test_a_psfs_file_may_have_any_order_too(tmp_path):
    for order in ORDERS:
        write_image(
            tmp_path / "p.ome.tif",
            turned(PSF.data, order),
            axes=order,
            spacing=[STEPS[one] for one in order],
            units="um",
        )
        loaded = nd.psf.load(tmp_path / "p.ome.tif")
        assert loaded.spacing == pytest.approx(PSF.spacing)
        assert loaded.fwhm == pytest.approx(PSF.fwhm, rel=1e-2)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("QYX", "ZYX"), ("IYX", "ZYX"), ("QQYX", "TZYX"), ("TQYX", "TZYX"), ("QCYX", "ZCYX"), ("YXQ", "YXZ"), ("A", "A")],
)
def test_axes_that_a_file_does_not_name_get_the_usual_letters(given, expected):
    from napari_deconvolve.formats.stored import standard_axes

    assert standard_axes(given, len(given)) == expected


# ---- arrays with axes as mask, start and PSF


def test_masks_and_first_estimates_may_have_axes(stack):
    mask, first = stack > 21, np.maximum(stack, 1)
    image = SampledArray(stack, "ZYX")
    wanted = nd.deconvolve(stack, PSF, RECIPE, mask=mask, start=first).estimate
    for axes in ("ZYX", ""):
        how = {"mask": SampledArray(mask, axes), "start": SampledArray(first, axes)}
        np.testing.assert_array_equal(nd.deconvolve(image, PSF, RECIPE, **how).estimate, wanted)


@pytest.mark.parametrize("order", ORDERS)
def test_a_psf_may_be_an_array_with_axes(stack, expected, order):
    steps = [STEPS[letter] for letter in order]
    psf = SampledArray(turned(PSF.data, order), order, steps, "um")
    close(nd.deconvolve(stack, psf, RECIPE).estimate, expected)
    coarse = SampledArray(stack, "ZYX", (0.3, 0.1, 0.1), "um")
    close(nd.deconvolve(coarse, psf, RECIPE).estimate, expected)


@pytest.mark.parametrize(("names", "axes"), [("Z", (0,)), ("ZY", (0, 1)), ("YX", (1, 2)), ("X", (2,))])
def test_a_psf_with_named_axes_acts_along_those(stack, names, axes):
    kernel = nd.psf.gaussian((3.0, 2.0)[: len(names)], ndim=len(names)).data
    image = SampledArray(stack, "ZYX")
    close(
        nd.deconvolve(image, SampledArray(kernel, names), RECIPE).estimate,
        nd.deconvolve(stack, kernel, RECIPE, axes=axes).estimate,
    )
    with pytest.raises(nd.PSFError, match="has an axis"):
        nd.deconvolve(SampledArray(stack, "TCE"), SampledArray(kernel, names), RECIPE)


def test_a_list_of_arrays_is_no_psf(stack):
    with pytest.raises(nd.PSFError, match="list of arrays"):
        nd.deconvolve(stack[:2], [np.ones((9, 9)), np.ones((7, 7))])
    close(
        nd.deconvolve(stack, [[1, 2, 1], [2, 4, 2], [1, 2, 1]], RECIPE).estimate,
        nd.deconvolve(stack, np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]), RECIPE).estimate,
    )


def test_the_image_with_its_axes_is_no_psf(stack):
    image = SampledArray(stack, "ZYX")
    with pytest.raises(nd.PSFError, match="image itself"):
        nd.deconvolve(image, image)


@pytest.mark.parametrize("wrap", [np.asarray, SampledArray], ids=["array", "axes without a spacing"])
def test_a_psf_without_a_spacing_is_sampled_as_the_image(stack, expected, wrap):
    """It would be stretched to ten times its size if it were taken to be sampled at 1 um."""
    image = SampledArray(stack, "ZYX", (0.3, 0.1, 0.1), "um")
    result = nd.deconvolve(image, wrap(PSF.data), RECIPE)
    close(result.estimate, expected)
    assert result.psf.spacing == (0.3, 0.1, 0.1)
    close(nd.deconvolve(image, rebuild(result.recipe.psf), RECIPE).estimate, expected)


def test_a_psf_of_one_axis_acts_in_space_before_it_would_act_in_time(stack):
    line, steps = stack[:, 0, :8].T, (None, 0.3)
    psf = nd.psf.gaussian(0.9, 0.3, ndim=1)
    wanted = nd.deconvolve(line, psf, RECIPE, axes=(1,)).estimate
    close(nd.deconvolve(SampledArray(line.T, "ZT", steps[::-1], "um"), psf, RECIPE).estimate.T, wanted)
    close(nd.deconvolve(SampledArray(line, "TZ", steps, "um"), psf, RECIPE).estimate, wanted)
    with pytest.raises(nd.PSFError, match="time"):
        nd.deconvolve(SampledArray(line, "CT"), psf)


# ---- lazy images


class Stub:
    """A lazy array of 1 TiB that counts what is read of it, and has nothing to give."""

    def __init__(self, shape=(1 << 8, 1 << 10, 1 << 20), dtype=np.float32):
        self.shape, self.dtype, self.reads = shape, np.dtype(dtype), 0
        self.ndim = len(shape)

    def __getitem__(self, index):
        self.reads += 1
        raise AssertionError("nobody may read this")

    def __array__(self, dtype=None, copy=None):
        return self[...]


def test_prepare_reads_nothing_of_a_lazy_image():
    stub = Stub()
    assert int(np.prod(stub.shape)) * 4 == 1 << 40
    for image in (stub, SampledArray(stub, "YXZ", (0.1, 0.1, 0.3), "um")):
        job = prepare(image, PSF)
        assert (job.items.shape, job.items.dtype, job.items.lazy) == (stub.shape, np.float32, True)
    assert prepare(SampledArray(stub, "TYX"), nd.psf.gaussian((3, 3)), axes=(1, 2)).items.outer == (256,)
    assert stub.reads == 0


FLAT = nd.psf.gaussian((3, 3))
STRATA = nd.psf.Strata([PSF, PSF], (0.0, 1.5))
REFUSALS = {
    "memory": ({}, nd.ResourceError, "of memory"),
    "axes": ({"axes": (0, 1)}, nd.ParameterError, "axes are"),
    "names": ({"image": SampledArray(Stub(), "TYX")}, nd.PSFError, "time"),
    "spacing": ({"spacing": (1, 2, 3, 4)}, nd.ParameterError, "spacing has 4"),
    "mask": ({"mask": np.ones(3, bool)}, nd.ParameterError, "mask has shape"),
    "start": ({"start": np.ones((1, 2))}, nd.ParameterError, "start has shape"),
    "type": ({"image": Stub(dtype=complex)}, nd.ParameterError, "complex"),
    "no axes": ({"image": Stub((2,) * 6)}, nd.ParameterError, "6 axes"),
    "itself": ({"psf": "image"}, nd.PSFError, "image itself"),
    "channels": ({"psf": [PSF, PSF]}, nd.PSFError, "2 PSFs"),
    "strata of a filter": ({"psf": STRATA, "recipe": nd.Recipe(method="wiener")}, nd.ParameterError, "2 strata"),
    "strata of a blind run": ({"psf": STRATA, "recipe": nd.Recipe(method="blind")}, nd.ParameterError, "2 strata"),
    "checkpoint": (
        {"image": Stub((16, 16)), "psf": FLAT, "start": Checkpoint(np.ones((1, 9, 9)))},
        nd.ParameterError,
        r"shape \(9, 9\)",
    ),
    "checkpoint of fewer": ({"start": Checkpoint(np.ones((2, 9, 9, 9)))}, nd.ParameterError, "had 2 parts"),
    "names of a mask": (
        {"image": SampledArray(Stub((8, 8)), "YX"), "psf": FLAT, "mask": SampledArray(np.ones((8, 8)), "XY")},
        nd.ParameterError,
        "the same order",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_come_before_reading(case):
    how, kind, words = REFUSALS[case]
    image = how.get("image", Stub())
    psf = image if how.get("psf") == "image" else how.get("psf", PSF)
    rest = {"recipe": RECIPE, **{name: value for name, value in how.items() if name not in ("image", "psf")}}
    with pytest.raises(kind, match=words):
        nd.deconvolve(image, psf, **rest)
    assert SampledArray.of(image).data.reads == 0


@pytest.mark.parametrize("make", [nd.convolve, nd.simulate])
def test_a_blurred_image_that_would_not_fit_is_refused_before_reading(make):
    stub = Stub()
    with pytest.raises(nd.ResourceError, match="of memory"):
        make(stub, PSF)
    assert stub.reads == 0


def test_a_lazy_image_counts_as_memory_that_is_still_needed(monkeypatch):
    from napari_deconvolve.run import cost

    image, psf = np.ones((64, 64), np.float64), nd.psf.gaussian((3, 3))
    needed = cost.job_cost(prepare(image, psf, RECIPE)).bytes
    monkeypatch.setattr(cost, "free_bytes", lambda: (needed + image.nbytes // 2) / cost.USABLE_MEMORY)
    nd.deconvolve(image, psf, RECIPE)
    with pytest.raises(nd.ResourceError):
        nd.deconvolve(Counted(image), psf, RECIPE)


class Counted(Stub):
    """A lazy array over one in memory."""

    def __init__(self, array):
        super().__init__(array.shape, array.dtype)
        self.array, self.largest = array, 0

    def __getitem__(self, index):
        part = self.array[index]
        self.reads, self.largest = self.reads + 1, max(self.largest, part.size)
        return part


def test_a_lazy_image_is_read_item_by_item_and_gives_the_same(stack, expected):
    four = np.stack([stack, stack[::-1]])
    lazy = Counted(four)
    np.testing.assert_array_equal(nd.deconvolve(lazy, PSF, RECIPE).estimate, nd.deconvolve(four, PSF, RECIPE).estimate)
    assert lazy.largest == stack.size
    turned_lazy = Counted(np.moveaxis(four, 0, 2))
    image = SampledArray(turned_lazy, ("z", "y", "run", "x"))
    close(nd.deconvolve(image, PSF, RECIPE).estimate[:, :, 0], expected)
    assert turned_lazy.largest == stack.size


@pytest.mark.parametrize("dtype", [">u2", ">f4", "uint16"])
def test_memmaps_are_read_when_they_are_needed(tmp_path, stack, dtype):
    np.save(tmp_path / "a.npy", stack.astype(dtype))
    image = np.load(tmp_path / "a.npy", mmap_mode="r")
    job = prepare(image, PSF)
    assert job.items.lazy
    wanted = nd.deconvolve(stack.astype(dtype), PSF, RECIPE).estimate
    np.testing.assert_array_equal(nd.deconvolve(image, PSF, RECIPE).estimate, wanted)


@pytest.mark.parametrize("ndim", [2, 3])
def test_a_lazy_image_without_a_valid_pixel_is_refused_when_it_is_read(ndim):
    lazy = Counted(np.full((3, 16, 16)[-ndim:], np.nan, np.float32))
    psf = nd.psf.gaussian((3, 3))
    prepare(lazy, psf)
    assert lazy.reads == 0
    with pytest.raises(nd.ParameterError, match="No sample of the image"):
        nd.deconvolve(lazy, psf, nd.Recipe(iterations=2))
