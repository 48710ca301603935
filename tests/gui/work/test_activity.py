"""The notification at the end of a run says what it has to, and nothing of how napari hands it on."""

from __future__ import annotations

from napari._qt.dialogs.qt_notification import NapariQtNotification
from napari.utils.notifications import notification_manager

from napari_deconvolve._napari.work.activity import notify


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
