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


@pytest.mark.parametrize("count", [0, -3, 2.5, True, "x", None])
def test_only_whole_numbers_of_iterations_are_added(count):
    run = nd.start(counts(24, 30), PSF, PLAIN)
    nd.finish(run.work())
    with pytest.raises(nd.ParameterError, match="number of iterations is"):
        nd.finish(run.more(count))
    assert nd.finish(run.more(2)).iterations == 9


def test_a_run_to_be_continued_keeps_snapshots_and_a_checkpoint():
    image = counts(3, 40)
    run = nd.start(image, LINE, PLAIN, keep_every=3, resumable=True)
    nd.finish(run.work())
    both = nd.finish(run.more(6))
    longer = nd.deconvolve(image, LINE, PLAIN.replace(iterations=13), keep_every=3, resumable=True)
    assert [one.iteration for one in both.snapshots] == [3, 6, 9, 12]
    for one, other in zip(both.snapshots, longer.snapshots, strict=True):
        np.testing.assert_array_equal(one.estimate, other.estimate)
    np.testing.assert_array_equal(both.checkpoint.items, longer.checkpoint.items)
    with pytest.raises(nd.ParameterError, match="interval of snapshots is 0"):
        nd.start(image, LINE, PLAIN, keep_every=0)


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


# ---- what must not be: steps broken off, two at a time, questions before there is an answer


def broken_in_its_step(run, live, error):
    """Drive a run whose live iteration fails in its third step; return the last whole state, and the outcome."""
    states, outcome = [], nd.Outcome()
    for _ in nd.drive(run.work(), outcome, tell=lambda _: states.append(run.state())):
        if run.iteration == 2:

            def fail():
                raise error

            run._lives[live].iteration.step = fail
    return states[-1], outcome


@pytest.mark.parametrize("error", [MemoryError(), nd.Cancelled("stopped")])
def test_a_run_does_not_go_on_from_a_step_that_was_broken_off(error):
    run = nd.start(counts(3, 20, 22), PSF, PLAIN)
    state, outcome = broken_in_its_step(run, 1, error)  # the first item has done its step, the others have not
    assert outcome.error is error
    assert not run.continuable
    with pytest.raises(nd.ParameterError, match="no run to continue"):
        nd.finish(run.more(3))
    with pytest.raises(nd.ParameterError, match="no step has ended"):
        run.state()
    result = run.result_at(state)
    assert result.iterations == 2
    np.testing.assert_array_equal(result.estimate, state.estimate)
    assert nd.finish(run.work()).iterations == 7  # begun again, it is whole again
    assert run.continuable


def test_a_run_does_one_thing_at_a_time():
    image = counts(24, 30)
    run = nd.start(image, PSF, PLAIN)
    work = run.work()
    next(work)
    for other in (run.work(), run.more(2), run.states()):
        with pytest.raises(nd.ParameterError, match="going already"):
            next(other)
    result = nd.finish(work)
    np.testing.assert_array_equal(result.estimate, nd.deconvolve(image, PSF, PLAIN).estimate)
    assert nd.finish(run.more(1)).iterations == 8


def test_questions_before_and_after_a_run_are_answered_in_words():
    run = nd.start(counts(24, 30), PSF, PLAIN)
    for ask in (run.state, lambda: run.result_at(nd.Iterate(1, counts(24, 30), 0.0))):
        with pytest.raises(nd.ParameterError, match="There is no"):
            ask()
    nd.finish(run.work())
    state = run.state()
    run.close()
    for ask in (run.state, lambda: run.result_at(state)):
        with pytest.raises(nd.ParameterError, match="There is no"):
            ask()


def test_progress_of_more_iterations_begins_anew_below_its_end():
    run = nd.start(counts(3, 20, 22), PSF, PLAIN)
    nd.finish(run.work())
    steps, _ = followed(run.more(4))
    assert [(step.done, step.total) for step in steps] == [(3 * done, 33) for done in (8, 9, 10, 11)]


def test_channels_of_several_domains_have_a_result_but_no_checkpoint():
    psfs = [nd.psf.gaussian(2.0, ndim=2), nd.psf.gaussian(5.0, ndim=2)]
    result = nd.deconvolve(counts(2, 24, 30), psfs, PLAIN, resumable=True)
    assert result.iterations == 7
    assert result.checkpoint is None
    assert nd.deconvolve(counts(2, 24, 30), psfs, PLAIN.replace(boundary="reflect"), resumable=True).checkpoint


# ---- the recipe of a run that ended elsewhere


def stopped_at(run, iteration):
    control, outcome = nd.Control(), nd.Outcome()
    for _ in nd.drive(run.work(), outcome, control):
        if run.iteration == iteration:
            control.stop()
    return outcome.result()


def test_a_recipe_that_cannot_repeat_its_result_says_so():
    truth, recipe = np.zeros((24, 30)), nd.Recipe(stop="discrepancy", gain=1, background=5)
    truth[6:12, 5:20], truth[18, 22] = 1, 20
    image = np.stack([nd.simulate(truth, PSF, photons=light, background=5, seed=1).counts for light in (20, 2000)])
    whole = nd.deconvolve(image, PSF, recipe)
    assert not [word for word in whole.words if "does not repeat" in word]
    run = nd.start(image, PSF, recipe)
    nd.finish(run.work())
    ends = [len(trace) for trace in run.record._traces.values()]
    assert ends[0] != ends[1]
    more = nd.finish(run.more(2))
    assert [word for word in more.words if "does not repeat" in word]
    even = stopped_at(nd.start(image, PSF, recipe), 1)
    assert not [word for word in even.words if "does not repeat" in word]
    np.testing.assert_array_equal(even.estimate, nd.deconvolve(image, PSF, even.recipe).estimate)


def test_settings_that_each_channel_chose_are_not_repeated_by_one_number():
    truth = np.zeros((48, 48))
    truth[8:30, 10:14], truth[36, 30:44] = 1, 3
    image = np.stack([nd.simulate(truth, PSF, photons=light, background=5, seed=1).counts for light in (30, 3000)])
    run = nd.start(image, [PSF, PSF], nd.Recipe(prior="tv", strength="auto", background=5))
    stopped = stopped_at(run, 2)
    assert len(stopped.choices) == 2
    assert [word for word in stopped.words if "does not repeat" in word]


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
