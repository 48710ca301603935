"""The one timer of all docks."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QObject

import napari_deconvolve
from napari_deconvolve._napari.work.clock import Clock, Delay, Poll

SOURCE = Path(napari_deconvolve.__file__).parent


def test_a_delay_calls_once_after_a_rest(qtbot):
    owner, heard = QObject(), []
    delay = Delay(owner, 0.05, lambda: heard.append(1))
    delay.restart()
    assert delay.pending
    qtbot.waitUntil(lambda: heard == [1], timeout=5000)
    assert not delay.pending
    qtbot.wait(100)
    assert heard == [1]


def test_restarting_puts_a_delay_off_and_beginning_does_not(qtbot):
    owner, heard = QObject(), []
    late, soon = Delay(owner, 0.1, lambda: heard.append("late")), Delay(owner, 0.1, lambda: heard.append("soon"))
    for _ in range(8):
        late.restart()
        soon.begin()
        qtbot.wait(30)
    assert "soon" in heard
    assert "late" not in heard
    late.stop()
    qtbot.wait(150)
    assert "late" not in heard


def test_a_poll_calls_again_and_again_until_it_is_stopped(qtbot):
    owner, heard = QObject(), []
    poll = Poll(owner, 0.01, lambda: heard.append(1))
    poll.start()
    poll.start()
    qtbot.waitUntil(lambda: len(heard) >= 3, timeout=5000)
    poll.stop()
    count = len(heard)
    qtbot.wait(50)
    assert len(heard) == count


def test_calls_go_on_while_one_waits(qtbot):
    """A call may open a dialogue, which waits in a loop of events."""
    clock, heard = Clock(), []

    def waits():
        heard.append("begin")
        qtbot.waitUntil(lambda: "other" in heard, timeout=5000)
        heard.append("end")

    clock.set("waits", 0.0, waits)
    clock.set("other", 0.02, lambda: heard.append("other"))
    qtbot.waitUntil(lambda: "end" in heard, timeout=5000)
    assert heard == ["begin", "other", "end"]


def test_a_call_ends_with_its_owner(qtbot):
    owner, heard = QObject(), []
    Delay(owner, 0.05, lambda: heard.append(1)).restart()
    owner.deleteLater()
    qtbot.wait(150)
    assert heard == []


def test_an_owner_is_not_kept_alive(qtbot):
    import gc
    import weakref

    class Owner(QObject):
        def __init__(self):
            super().__init__()
            self.delay = Delay(self, 0.05, self.call)

        def call(self):
            pass

    owner = Owner()
    known = weakref.ref(owner)
    del owner
    gc.collect()
    assert known() is None


def test_no_dock_has_a_timer_of_its_own():
    users = {path.name for path in (SOURCE / "_napari").rglob("*.py") if "QTimer" in path.read_text(encoding="utf-8")}
    assert users == {"clock.py", "demo.py"}
