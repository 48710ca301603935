"""A run in the activity dock, and the notification at its end."""

from __future__ import annotations

import time

from napari._qt.dialogs.qt_notification import NapariQtNotification
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QObject

from napari_deconvolve._napari.work.activity import Activity, notify
from napari_deconvolve._napari.work.clock import Poll


def test_a_notification_shows_its_words_and_buttons_alone(qtbot):
    pressed: list[str] = []
    before = len(notification_manager.records)
    notify("Deconvolved cells: 38 iterations, 41 s.", [("Show result", lambda: pressed.append("shown"))])
    (record,) = notification_manager.records[before:]
    shown = NapariQtNotification.from_notification(record)
    qtbot.addWidget(shown)
    assert shown.message.text() == "Deconvolved cells: 38 iterations, 41 s."
    assert shown.source_label.text() == ""
    record.actions[0][1]()
    assert pressed == ["shown"]


def test_a_bar_that_is_drawn_slower_than_it_is_called_calls_nothing_in_itself(viewer, qtbot):
    owner, activity, depths = QObject(), Activity(), [0]
    inside = 0

    def advance():
        nonlocal inside
        inside += 1
        depths.append(inside)
        if len(depths) < 40:
            time.sleep(0.02)  # the next call is due before this one is done
            activity.show(len(depths), 40, "Batch")
        inside -= 1

    poll = Poll(owner, 0.01, advance)
    poll.start()
    qtbot.waitUntil(lambda: len(depths) >= 40)
    poll.stop()
    activity.end()
    assert max(depths) <= 2
