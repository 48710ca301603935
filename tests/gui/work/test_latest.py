"""Computations beside the window: the newest counts, late answers are dropped, threads are bounded."""

from __future__ import annotations

import threading

import pytest

import napari_deconvolve as nd
from napari_deconvolve._napari.work.latest import LatestTask


@pytest.fixture
def heard():
    return []


@pytest.fixture
def task(qtbot, heard):
    made = LatestTask()
    made.answered.connect(lambda tag, result: heard.append((tag, result)))
    yield made
    made.drop()


def test_the_newest_request_is_answered(qtbot, task, heard):
    gate = threading.Event()
    task.ask("slow", lambda: gate.wait(20) and "late")
    task.ask("quick", lambda: "new")
    assert task.busy
    gate.set()
    qtbot.waitUntil(lambda: not task.busy, timeout=20_000)
    assert heard == [("quick", "new")]


def test_a_dropped_request_is_never_answered(qtbot, task, heard):
    gate = threading.Event()
    task.ask("dropped", lambda: gate.wait(20) and "late")
    task.drop()
    assert not task.busy
    gate.set()
    qtbot.wait(100)
    assert heard == []


def test_patience_answers_at_once(task, heard):
    task.ask("quick", lambda: 7, patience=20)
    assert heard == [("quick", 7)]
    assert not task.busy


def test_patience_ends(qtbot, task, heard):
    gate = threading.Event()
    task.ask("slow", lambda: gate.wait(20), patience=0.02)
    assert task.busy
    assert heard == []
    gate.set()
    qtbot.waitUntil(lambda: heard == [("slow", True)], timeout=20_000)


@pytest.mark.parametrize(("late", "together"), [(0, 1), (1, 2)])
def test_threads_are_bounded(qtbot, late, together):
    task, gate, running, most = LatestTask(late=late), threading.Event(), [], []

    def job():
        running.append(1)
        most.append(len(running))
        gate.wait(20)
        running.pop()

    for number in range(6):
        task.ask(number, job)
        qtbot.wait(30)
    assert max(most) == together
    gate.set()
    qtbot.waitUntil(lambda: not task.busy, timeout=20_000)


def test_a_request_from_an_answer_is_answered_too(qtbot, task, heard):
    task.answered.connect(lambda tag, _: task.ask("second", lambda: 2) if tag == "first" else None)
    task.ask("first", lambda: 1)
    qtbot.waitUntil(lambda: len(heard) == 2, timeout=20_000)
    assert heard == [("first", 1), ("second", 2)]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (nd.PSFError("This is no PSF; choose another."), "This is no PSF; choose another."),
        (MemoryError(), "not enough memory"),
        (ZeroDivisionError("oh"), "failed unexpectedly (ZeroDivisionError: oh)"),
    ],
)
def test_what_ends_a_job_is_said_in_a_sentence(qtbot, task, heard, error, words):
    def broken():
        raise error

    task.ask("broken", broken)
    qtbot.waitUntil(lambda: bool(heard), timeout=20_000)
    assert isinstance(heard[0][1], nd.DeconvolutionError)
    assert words in str(heard[0][1])


def test_nothing_is_heard_after_the_owner_is_gone(qtbot, heard):
    from qtpy.QtCore import QObject

    owner, gate = QObject(), threading.Event()
    task = LatestTask(owner)
    task.answered.connect(lambda tag, result: heard.append(tag))
    task.ask("slow", lambda: gate.wait(20))
    owner.deleteLater()
    qtbot.wait(50)
    gate.set()
    qtbot.wait(100)
    assert heard == []
