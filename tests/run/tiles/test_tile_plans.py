"""Plans: every sample is written once, tiles fit into the room, halos are whole, and too little room is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tile_scenes import blobs, job_of, settled

import napari_deconvolve as nd
from napari_deconvolve.run.tiles.halo import halo_of, widths_for
from napari_deconvolve.run.tiles.needs import AxisCut, Needs
from napari_deconvolve.run.tiles.plan import Plan, plan_for, plan_of

PSF = nd.psf.gaussian((4.0, 3.0, 3.0), shape=(17, 13, 13))


def needs_of(shape: tuple[int, ...], recipe: nd.Recipe) -> tuple[Needs, tuple[int, ...]]:
    job = job_of(np.broadcast_to(np.uint16(0), shape), PSF, recipe)
    return Needs(job, recipe), halo_of(job, 0, recipe)


@settings(max_examples=60)
@given(st.integers(1, 3000), st.integers(1, 700), st.integers(0, 60), st.integers(0, 40), st.booleans())
def test_an_axis_is_covered_once_and_seen_with_its_halo(
    length: int, own: int, halo: int, reach: int, padded: bool
) -> None:
    cut = AxisCut(length, min(own, length), halo, reach, padded)
    covered = np.zeros(length, int)
    for inner, outer, box in zip(cut.inner, cut.outer, cut.boxes, strict=True):
        covered[inner] += 1
        assert 0 <= outer.start <= max(0, inner.start - halo)
        assert min(length, inner.stop + halo) <= outer.stop <= length
        ends = padded or outer.start == 0 or outer.stop == length
        assert box >= outer.stop - outer.start + 2 * reach * ends
    assert (covered == 1).all()


@pytest.mark.parametrize("room", [4e8, 1.4e9, 1.2e10])
def test_tiles_fit_into_the_room(room: float) -> None:
    needs, halo = needs_of((96, 4000, 4000), settled(iterations=30))
    plan = plan_for(needs, halo, 1, int(room))
    assert plan.bytes <= room
    assert all(own >= min(wide, whole) for own, wide, whole in zip(plan.lengths, halo, plan.frame, strict=True))
    assert plan.extra < 0.6


def test_more_room_takes_less_work() -> None:
    needs, halo = needs_of((96, 4000, 4000), settled(iterations=30))
    works = [plan_for(needs, halo, 1, int(room)).extra for room in (1e8, 3e8, 1e9, 1e12)]
    assert works == sorted(works, reverse=True)
    assert works[0] > works[-1]
    assert works[-1] <= 0  # as one tile, or as several without padding between them


def test_a_tile_smaller_than_its_halo_is_refused_with_the_memory_that_would_do() -> None:
    needs, halo = needs_of((96, 4000, 4000), settled(iterations=30))
    with pytest.raises(nd.ResourceError, match="more memory") as error:
        plan_for(needs, halo, 1, 1000)
    assert "halo" in str(error.value)
    assert "acceleration" in str(error.value)
    with pytest.raises(nd.ParameterError, match="at least the halo"):
        plan_of(needs, (96, 4, 4), halo, 1)
    with pytest.raises(nd.ParameterError, match="one per axis"):
        plan_of(needs, (96, 400), halo, 1)


def test_neighbours_meet() -> None:
    needs, halo = needs_of((20, 200, 300), settled())
    plan = plan_of(needs, (20, 64, 96), halo, 2)
    assert len(plan) == 2 * 4 * 4
    for number in range(len(plan)):
        for axis in range(3):
            other = plan.neighbour(number, axis)
            if other is None:
                assert plan.tile(number).inner[axis].stop == plan.frame[axis]
            else:
                assert plan.tile(other).inner[axis].start == plan.tile(number).inner[axis].stop
                assert plan.tile(other).item == plan.tile(number).item
    assert Plan.from_dict(plan.to_dict()) == plan


def test_more_iterations_and_priors_need_a_wider_halo() -> None:
    widths = [widths_for(settled(iterations=count)) for count in (10, 60, 200)]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]
    assert widths_for(settled(prior="tv")) > widths_for(settled())
    assert widths_for(settled(iterations=60, acceleration=None)) < widths_for(settled(iterations=60))


def test_the_halo_follows_the_psf() -> None:
    job = job_of(blobs((16, 60, 60), PSF), PSF, settled())
    along = halo_of(job, 0, job.recipe)
    assert along[0] > along[1] == along[2] >= 9
    wider = job_of(blobs((16, 60, 60), PSF), PSF, settled(target_fwhm=3.0))
    assert halo_of(wider, 0, wider.recipe)[1] > along[1]
