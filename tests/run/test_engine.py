"""The one engine: pausing, stopping, continuing and abandoning are its own, so that Python has them too."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from following import followed

import napari_deconvolve as nd

PSF = nd.psf.gaussian(3.0, ndim=2)
LINE = nd.psf.gaussian(3.0, ndim=1)
PLAIN = nd.Recipe(iterations=7, background=5.0)


def counts(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).poisson(40.0, shape).astype(np.float32)


CASES = {
    "image": (counts(24, 30), PSF, PLAIN),
    "plain": (counts(24, 30), PSF, PLAIN.replace(acceleration=None)),
    "prior": (counts(24, 30), PSF, PLAIN.replace(prior="tv", strength=0.01)),
    "sieve": (counts(24, 30), PSF, PLAIN.replace(target_fwhm=2.0)),
    "series": (counts(3, 20, 22), PSF, PLAIN),
    "lines, in a batch": (counts(5, 40), LINE, PLAIN),
    "consensus": (counts(24, 30), PSF, nd.Recipe(method="rl-gc", iterations=7, background=5.0)),
}


@pytest.mark.parametrize("name", CASES)
def test_continued_runs_are_longer_runs_bit_by_bit(name):
    image, psf, recipe = CASES[name]
    run = nd.start(image, psf, recipe)
    first, both = nd.finish(run.work()), nd.finish(run.more(6))
    longer = nd.deconvolve(image, psf, recipe.replace(iterations=13))
    np.testing.assert_array_equal(first.estimate, nd.deconvolve(image, psf, recipe).estimate)
    np.testing.assert_array_equal(both.estimate, longer.estimate)
    assert both.trace == longer.trace
    assert both.recipe == longer.recipe
    assert both.words == longer.words
    run.close()
    with pytest.raises(nd.ParameterError, match="no run to continue"):
        nd.finish(run.more(1))


def test_a_filter_cannot_be_continued():
    run = nd.start(counts(24, 30), PSF, nd.Recipe(method="wiener"))
    assert nd.finish(run.work()).iterations == 1
    with pytest.raises(nd.ParameterError, match="no run to continue"):
        nd.finish(run.more(1))


def test_a_run_that_is_stopped_returns_what_it_has_and_goes_on_from_there():
    image, control, outcome = counts(24, 30), nd.Control(), nd.Outcome()
    run = nd.start(image, PSF, PLAIN.replace(iterations=100))
    for _ in nd.drive(run.work(), outcome, control):
        if run.iteration == 4:
            control.stop()
    stopped = outcome.result()
    assert outcome.stopped
    assert stopped.iterations == stopped.recipe.iterations == 4
    np.testing.assert_array_equal(stopped.estimate, nd.deconvolve(image, PSF, PLAIN.replace(iterations=4)).estimate)
    both = nd.finish(run.more(3))
    np.testing.assert_array_equal(both.estimate, nd.deconvolve(image, PSF, PLAIN).estimate)


def test_a_second_stop_ends_within_a_step_and_the_last_state_is_still_a_result():
    image, control, outcome = counts(24, 30), nd.Control(), nd.Outcome()
    run = nd.start(image, PSF, PLAIN.replace(iterations=100), cancelled=control.cancelled)
    steps = nd.drive(run.work(), outcome, control)
    next(steps)
    next(steps)
    state = run.state()
    run._lives[0].step()  # what a thread would be in
    control.stop()
    control.stop()
    assert list(steps) == []
    assert outcome.value is None or outcome.value.iterations >= 2
    result = run.result_at(state)
    assert result.iterations == result.recipe.iterations == 2
    np.testing.assert_array_equal(result.estimate, state.estimate)


def test_an_abandoned_run_raises_no_error_in_the_loop_and_has_no_result():
    control, outcome = nd.Control(), nd.Outcome()
    run = nd.start(np.tile(counts(24, 30), (4, 4)), PSF, PLAIN.replace(iterations=1000), cancelled=control.cancelled)
    for _ in nd.drive(run.work(), outcome, control):
        control.abandon()
    assert control.abandoned
    assert run.iteration < 1000


def test_a_pause_lasts_until_somebody_resumes():
    image, control, outcome = counts(24, 30), nd.Control(), nd.Outcome()
    run, seen = nd.start(image, PSF, PLAIN), []
    timer = threading.Timer(0.15, control.resume)
    for _ in nd.drive(run.work(), outcome, control):
        if run.iteration == 3 and not seen:
            control.pause()
            timer.start()
        if control.paused:
            seen.append(run.iteration)
    assert set(seen) == {3}
    assert len(seen) > 1
    np.testing.assert_array_equal(outcome.result().estimate, nd.deconvolve(image, PSF, PLAIN).estimate)


def test_stopping_while_settings_are_searched_leaves_no_result():
    control, outcome = nd.Control(), nd.Outcome()
    run = nd.start(counts(24, 30), PSF)
    for _ in nd.drive(run.work(), outcome, control):
        control.stop()
    with pytest.raises(nd.Cancelled):
        outcome.result()


def test_errors_are_kept_and_told_in_words():
    outcome = nd.Outcome()

    def broken():
        yield nd.Progress(0, 1)
        raise ZeroDivisionError("oh")

    list(nd.drive(broken(), outcome))
    assert "failed unexpectedly (ZeroDivisionError: oh)" in outcome.sentence("run")
    with pytest.raises(ZeroDivisionError):
        outcome.result()


def test_progress_rises_to_its_end_and_tells_the_stages():
    steps, result = followed(nd.start(counts(24, 30), PSF).work())
    assert [step.stage for step in steps if step.stage]
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == result.iterations


def test_all_warnings_reach_python():
    image = counts(24, 30)
    found = nd.deconvolve(image, PSF, nd.Recipe(stop="discrepancy", gain=0.2))
    assert any("misfit" in word for word in found.words)
    assert found.words == nd.finish(nd.start(image, PSF, nd.Recipe(stop="discrepancy", gain=0.2)).work()).words
