"""Sessions and what they are made of, driven without a thread or a window."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve._napari.kit import status, words
from napari_deconvolve._napari.kit.plots import logarithmic_ticks, short
from napari_deconvolve._napari.layers import region
from napari_deconvolve._napari.layers.source import Source
from napari_deconvolve._napari.work.history import History
from napari_deconvolve._napari.work.mailbox import Mailbox, Throttle
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve._napari.work.session import Session
from napari_deconvolve.image import SampledArray

PSF = nd.psf.gaussian(3, ndim=2)


@pytest.fixture
def image():
    return np.random.default_rng(2).poisson(50, (24, 30)).astype(np.float32)


def plan_of(image, iterations=30, bounds=None, **more):
    source = Source("cells", SampledArray(image, spacing=(1.0,) * image.ndim), {})
    axes = range(image.ndim - PSF.ndim, image.ndim)
    crop = region.crop(bounds or region.whole(image.shape), image.shape, region.reach(PSF), axes)
    return Plan(source, crop, PSF, nd.Recipe(iterations=iterations), **more)


def driven(session, count):
    session.begin(count, lambda: False)
    for _ in session.drive():
        pass
    return session


def test_thirty_and_thirty_more_are_sixty(image):
    session = driven(Session(1, plan_of(image, 8)), 8)
    driven(session, 7)
    expected = nd.deconvolve(image, PSF, nd.Recipe(iterations=15))
    np.testing.assert_array_equal(session.latest.estimate, expected.estimate)
    assert tuple(session.deviances) == expected.trace
    assert session.recipe.background == expected.recipe.background


def test_stop_ends_at_the_next_state_and_can_go_on(image):
    session = Session(1, plan_of(image))
    session.begin(100, lambda: False)
    for _ in session.drive():
        if session.iteration == 3:
            session.stop()
    assert session.iteration == 3
    assert session.continuable
    assert driven(session, 2).iteration == 5


def test_second_stop_ends_within_an_iteration(image):
    session = Session(1, plan_of(image))
    session.begin(100, lambda: False)
    states = session.drive()
    next(states)
    next(states)
    session.stop()
    session.stop()
    assert session.hurried
    assert list(states) == []
    assert session.iteration == 2
    assert not session.error


def test_abort_of_the_worker_is_polled_by_the_core(image):
    session = Session(1, plan_of(image))
    session.begin(100, lambda: session.iteration >= 2)
    assert len(list(session.drive())) == 2
    assert not session.continuable
    assert not session.error


def test_stop_before_the_first_iteration(image):
    session = Session(1, plan_of(image))
    session.begin(100, lambda: False)
    session.stop()
    assert list(session.drive()) == []
    assert session.latest is None
    assert not session.error


def test_errors_become_words(image):
    start = Source("start", SampledArray(-image, spacing=(1.0, 1.0)), {})
    session = driven(Session(1, plan_of(image, 5, start=start)), 5)
    assert "nowhere negative" in session.error
    assert not session.continuable


def test_too_little_memory_becomes_words(image, monkeypatch):
    monkeypatch.setattr("napari_deconvolve.run.cost.free_bytes", lambda: 10)
    session = driven(Session(1, plan_of(image, 5)), 5)
    assert "memory" in session.error


def test_free_lets_go_but_keeps_what_was_found(image):
    session = driven(Session(1, plan_of(image, 3)), 3)
    session.free()
    assert not session.continuable
    assert session.latest.iteration == 3


def test_region_takes_the_background_of_the_whole(image):
    image[:, :10] = 3
    part = driven(Session(1, plan_of(image, 1, bounds=((0, 24), (20, 30)))), 1)
    whole = driven(Session(2, plan_of(image, 1)), 1)
    assert part.backgrounds == whole.backgrounds
    assert part.latest.estimate.shape == (24, 10 + region.reach(PSF)[1])


def test_history_is_filled_and_grows(image):
    session = driven(Session(1, plan_of(image, 5, keep_every=2)), 5)
    first = session.history.data
    assert first.shape == (2, 24, 30)
    driven(session, 3)
    assert session.history.data.shape == (4, 24, 30)
    np.testing.assert_array_equal(session.history.data[:2], first)
    expected = nd.deconvolve(image, PSF, nd.Recipe(iterations=8)).estimate
    np.testing.assert_array_equal(session.history.data[3], expected)


def test_history_reserves_only_what_is_missing():
    history = History(3, (2,))
    history.reserve(10)
    data = history.data
    history.reserve(9)
    assert history.data is data
    assert data.shape == (3, 2)
    assert len(history.filled()) == 0


def test_mailbox_keeps_the_newest_only():
    box = Mailbox()
    assert box.take() is None
    box.put(1)
    box.put(2)
    assert box.take() == 2
    assert box.take() is None


def test_throttle_leaves_most_of_the_time_to_others():
    throttle = Throttle(0.1, share=0.25, longest=2)
    assert throttle.ready(0)
    throttle.spent(10.0, 10.01)
    assert not throttle.ready(10.09)
    assert throttle.ready(10.11)
    throttle.spent(20.0, 20.2)
    assert not throttle.ready(20.79)
    assert throttle.ready(20.81)
    throttle.spent(30.0, 33.0)
    assert throttle.ready(35.01)


def test_state_in_words(image):
    session = Session(1, plan_of(image, 4))
    session.begin(4, lambda: False)
    assert status.running(session).startswith("Preparing")
    states = session.drive()
    next(states)
    assert status.running(session).startswith("Iteration 1 of 4, less than 1 s left")
    session.pause()
    assert status.running(session).startswith("Paused after iteration 1 of 4")
    session.resume()
    for _ in states:
        pass
    assert status.done(session).startswith("Done: 4 iterations, background ")
    assert "→" in status.done(session)


@pytest.mark.parametrize(
    ("value", "text"), [(3_813_000, "3,810,000"), (104.24, "104"), (0.001234, "0.00123"), (0, "0"), (3e-9, "3e-09")]
)
def test_numbers_for_people(value, text):
    assert words.number(value) == text


def test_ticks_are_few_and_inside():
    assert logarithmic_ticks(1e5, 4e6, 4) == [1e5, 3e5, 1e6, 3e6]
    for low, high in ((1e-3, 1e9), (1.0, 1.2), (4.0, 600.0)):
        ticks = logarithmic_ticks(low, high, 5)
        assert 2 <= len(ticks) <= 5
        assert all(low <= tick <= high for tick in ticks)
    assert [short(value) for value in (3e6, 1.5e5, 20.0, 0.02)] == ["3M", "150k", "20", "0.02"]
