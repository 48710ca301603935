"""Processes of a batch share cores and memory."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.cli.batch import task as tasks
from napari_deconvolve.cli.batch.crew import Crew, Room
from napari_deconvolve.cli.batch.plan import Batch, BatchPlan, BatchRun
from napari_deconvolve.cli.batch.task import Task, carried_out
from napari_deconvolve.core import threads
from napari_deconvolve.core.transforms import fft
from napari_deconvolve.io import write_image
from napari_deconvolve.work import Control, Outcome, Progress, drive

SECONDS = 10.0


class Taker(threading.Thread):
    """Takes memory in a thread, and says when it has it."""

    def __init__(self, room: Room, who: int, need: int | None) -> None:
        super().__init__(daemon=True)
        self._room, self._who, self._need = room, who, need
        self.has = threading.Event()
        self.start()

    def run(self) -> None:
        self._room.take(self._who, self._need)
        self.has.set()


@pytest.mark.parametrize(
    ("taken", "need"), [((60, 40), 30), ((10,), 1000), ((1000,), 1)], ids=["too many", "too large", "beside one"]
)
def test_one_that_does_not_fit_beside_others_waits(taken, need):
    room = Room(100)
    for who, size in enumerate(taken):
        room.take(who, size)
    waiting = Taker(room, len(taken), need)
    assert not waiting.has.wait(0.2)
    room.give_back(len(taken) - 1)
    assert waiting.has.wait(SECONDS)


def test_one_that_wants_to_be_alone_lets_go_first():
    room = Room(100)
    room.take(0, 50)
    room.take(1, 50)
    alone, other = Taker(room, 0, None), Taker(room, 1, None)
    one_has = lambda: alone.has.is_set() or other.has.is_set()  # noqa: E731
    for _ in range(100):
        if one_has():
            break
        threading.Event().wait(0.05)
    assert alone.has.is_set() != other.has.is_set()
    room.give_back(0 if alone.has.is_set() else 1)
    assert alone.has.wait(SECONDS)
    assert other.has.wait(SECONDS)


def test_nobody_waits_after_the_end():
    room = Room(100)
    room.take(0, 100)
    waiting = Taker(room, 1, 100)
    room.end()
    assert waiting.has.wait(SECONDS)


def test_jobs_are_no_more_than_cores(monkeypatch):
    monkeypatch.setattr("napari_deconvolve.cli.batch.crew.cpu_count", lambda: 6)
    for jobs, each in ((1, 6), (2, 3), (4, 1), (6, 1)):
        assert Crew(jobs)._threads == each
    for jobs in (0, 7, -1):
        with pytest.raises(nd.ParameterError, match="give 1 to 6"):
            Crew(jobs)


@pytest.fixture
def limited():
    yield threads.limit_threads
    threads.limit_threads(1 << 16)


def test_fewer_threads_change_no_bit(limited, monkeypatch):
    for module in ("core.transforms.fft", "core.transforms.separable", "core.model_selection.held_out"):
        monkeypatch.setattr(f"napari_deconvolve.{module}.cpu_count", lambda: 4)
    monkeypatch.setattr(fft, "SERIAL_BYTES", 0)
    rng = np.random.default_rng(0)
    image = rng.poisson(nd.convolve(rng.uniform(0, 200, (40, 60, 60)), nd.psf.gaussian(3, ndim=3)) + 5)
    recipe = nd.Recipe(iterations=4)
    whole = nd.deconvolve(image, nd.psf.gaussian(3, ndim=3), recipe)
    limited(1)
    alone = nd.deconvolve(image, nd.psf.gaussian(3, ndim=3), recipe)
    np.testing.assert_array_equal(alone.estimate, whole.estimate)
    assert alone.trace == whole.trace


def test_the_limit_is_that_of_threads_at_once(limited):
    assert threads.at_once(5) == 5
    limited(2)
    assert (threads.at_once(5), threads.at_once(1)) == (2, 1)


def test_a_process_that_cannot_begin_is_said(task, monkeypatch):
    monkeypatch.setattr("napari_deconvolve.cli.batch.crew.sys.executable", "/nowhere/python")
    (row,) = Crew(1).rows([task])
    assert row.status == "failed"
    assert "Unexpected FileNotFoundError" in row.reason


def test_a_process_that_talks_nonsense_is_said(task, monkeypatch):
    monkeypatch.setattr("napari_deconvolve.cli.batch.crew.CODE", "print('hello', flush=True); input()")
    (row,) = Crew(1).rows([task])
    assert row.status == "failed"
    assert "JSONDecodeError" in row.reason


# ---- one file


@pytest.fixture
def task(tmp_path):
    write_image(tmp_path / "a.ome.tif", np.random.default_rng(0).poisson(50, (30, 30)))
    recipe = nd.Recipe(iterations=2).to_dict()
    return Task(str(tmp_path / "a.ome.tif"), str(tmp_path / "b.ome.tif"), recipe, {"gaussian": "3"})


def test_one_that_does_not_fit_is_tried_again_alone(task, monkeypatch):
    whole, tried = tasks.set_up, []

    def set_up(*given):
        tried.append(given)
        if len(tried) == 1:
            raise nd.ResourceError("It does not fit.")
        return whole(*given)

    monkeypatch.setattr(tasks, "set_up", set_up)
    asked: list[int | None] = []
    row = carried_out(task, asked.append)
    assert row.status == "done"
    assert asked == [None]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (nd.ResourceError("It needs 3 GB."), "It needs 3 GB."),
        (MemoryError(), "does not fit into memory"),
        (ZeroDivisionError("division"), "Unexpected ZeroDivisionError division"),
    ],
)
def test_errors_become_a_sentence(task, monkeypatch, error, words):
    def set_up(*_):
        raise error

    monkeypatch.setattr(tasks, "set_up", set_up)
    row = carried_out(task, lambda need: None)
    assert row.status == "failed"
    assert words in row.reason
    assert row.seconds >= 0


def test_it_says_how_much_memory_it_needs(task):
    asked: list[int | None] = []
    row = carried_out(task, asked.append)
    assert row.status == "done"
    assert asked[0] > 30 * 30 * 4
    assert len(row.pictures) == 2
    assert row.shape == (30, 30)


# ---- looked at, watched, paused


def test_a_file_is_looked_at_without_being_run(task, tmp_path):
    row = carried_out(replace(task, look=True), lambda need: pytest.fail("nothing is run"))
    assert (row.status, row.shape, row.reason) == ("fits", (30, 30), "")
    assert row.seconds > 0
    assert not (tmp_path / "b.ome.tif").exists()
    assert any("--gaussian 3 is taken in pixels" in one for one in row.warnings)  # the file has no voxel size


def test_a_file_that_cannot_be_run_is_refused_as_a_run_refuses_it(task, tmp_path):
    nd.psf.save(nd.psf.gaussian((3, 3, 3), ndim=3), tmp_path / "psf.ome.tif")
    wrong = replace(task, options={"psf": (str(tmp_path / "psf.ome.tif"),)})
    looked, run = carried_out(replace(wrong, look=True), lambda need: None), carried_out(wrong, lambda need: None)
    assert (looked.status, looked.reason) == (run.status, run.reason)
    assert "The PSF has 3 axes and the image 2" in looked.reason


@pytest.fixture
def long(task):
    """A run that would take hours."""
    return replace(task, recipe=nd.Recipe(iterations=100_000_000, acceleration=None).to_dict())


def begun(crew: Crew, task: Task) -> None:
    crew.begin([task])
    for _ in range(600):
        step = crew.running.get(task.output)
        if step is not None and step.done > 0:
            return
        time.sleep(0.1)
    pytest.fail("it has not begun")


def test_a_run_says_how_far_it_is_and_waits_when_it_is_paused(long):
    crew = Crew(1)
    try:
        begun(crew, long)
        crew.pause(True)
        time.sleep(1.0)  # what was said before it heard of it
        before = crew.running[long.output].done
        time.sleep(1.0)
        assert crew.running[long.output].done == before
        crew.pause(False)
        for _ in range(100):
            if crew.running[long.output].done > before:
                break
            time.sleep(0.1)
        assert crew.running[long.output].done > before
    finally:
        crew.end()
    assert crew.next() is None or not os.path.exists(long.output)


def test_files_that_were_not_begun_are_let_be(long, task):
    crew = Crew(1)
    try:
        begun(crew, long)
        crew._tasks.extend([task, task])
        assert crew.begin_no_more() == 2
        assert crew.begin_no_more() == 0
    finally:
        crew.end()


def test_a_stopped_batch_lets_the_present_file_end(tmp_path):
    for name in "abc":
        write_image(tmp_path / f"{name}.ome.tif", np.random.default_rng(0).poisson(50, (30, 30)))
    files = tuple(str(tmp_path / f"{name}.ome.tif") for name in "abc")
    run = BatchRun(BatchPlan(files, str(tmp_path / "out"), nd.Recipe(iterations=2), {"gaussian": "3"}))
    control, outcome = Control(), Outcome[Batch]()

    def tell(progress: Progress) -> None:
        if run.standing.running and not control.stopped:  # asked twice, it would end at once
            control.stop()

    for _ in drive(run.work(control.cancelled), outcome, control, tell):
        pass
    rows = outcome.result().rows
    assert [row.status for row in rows] == ["done"]
    assert run.headline == "1 of 3 files done, 2 not run"
    assert run.standing.counts == "1 done"
    assert 0.3 < run.standing.share(files, {}) < 0.4
    assert "2 not run" in (tmp_path / "out" / "batch.html").read_text(encoding="utf-8")
