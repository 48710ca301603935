"""Cards: steps fold by rule until a person folds one, warnings stand in one place, the foot shows the next step."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from napari_deconvolve._napari.kit.button_menu import ButtonMenu
from napari_deconvolve._napari.kit.footer import Footer
from napari_deconvolve._napari.kit.notice import Notice, Warned
from napari_deconvolve._napari.kit.sheet import PART
from napari_deconvolve._napari.kit.steps import Step, Steps
from napari_deconvolve._napari.work.remarks import Remark, Review

NAMES = ("image", "psf", "method")
FINE = Review(())


@pytest.fixture
def steps(qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    made = Steps([Step(name, name.title(), QLabel(name), (name,)) for name in NAMES], holder)
    layout = QVBoxLayout(holder)
    for card in made.cards.values():
        layout.addWidget(card)
    made.show_review(FINE, {name: (f"open {name}", f"folded {name}") for name in NAMES})
    holder.show()
    yield made
    holder.close()


def folded(steps):
    return [name for name, card in steps.cards.items() if card.is_folded]


def click(qtbot, steps, name):
    qtbot.mouseClick(steps.cards[name].header, Qt.MouseButton.LeftButton)


def test_all_are_open_before_a_run_and_fold_at_its_begin(steps):
    assert folded(steps) == []
    steps.begin()
    assert folded(steps) == list(NAMES)
    steps.forget()
    assert folded(steps) == []


def test_opening_one_closes_the_others_after_a_run(qtbot, steps):
    steps.begin()
    click(qtbot, steps, "psf")
    assert folded(steps) == ["image", "method"]
    click(qtbot, steps, "method")
    assert folded(steps) == ["image", "psf"]


def test_what_a_person_folded_holds_until_it_is_forgotten(qtbot, steps):
    click(qtbot, steps, "image")
    assert folded(steps) == ["image"]
    steps.begin()
    assert folded(steps) == ["image"]
    assert steps.values() == {"image": True, "psf": False, "method": False}
    steps.forget()
    assert steps.values() == {}
    steps.begin()
    assert folded(steps) == list(NAMES)


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_the_keyboard_folds_too(qtbot, steps, key):
    header = steps.cards["psf"].header
    header.setFocus()
    qtbot.keyClick(header, key)
    assert folded(steps) == ["psf"]
    qtbot.keyClick(header, key)
    assert folded(steps) == []


def test_the_header_says_what_is_wrong_and_what_it_comes_to(steps):
    card = steps.cards["image"]
    assert card.header.badge.text() == "✓"
    assert card.header.summary.text() == "open image"
    card.fold(True)
    assert card.header.summary.text() == "folded image"
    wrong = Review((Remark("image", "Enter the pixel size in um.", "error"),))
    steps.show_review(wrong, {})
    assert card.header.badge.text() == "!"
    assert not card.is_folded, "a step that has to be changed is open"
    card.fold(True)
    assert "pixel size" in card.header.accessibleName()
    assert "needs a change" in card.header.accessibleName()


def test_a_step_that_has_to_be_changed_is_never_folded_by_itself(qtbot, steps):
    wrong = Review((Remark("psf", "No.", "error"),))
    steps.begin()
    click(qtbot, steps, "image")
    steps.show_review(wrong, {})
    assert folded(steps) == ["method"]
    click(qtbot, steps, "method")
    assert folded(steps) == ["image"]
    steps.begin()
    click(qtbot, steps, "psf")
    steps.show_review(wrong, {})
    assert "psf" in folded(steps), "a person has folded it"


def test_steps_in_order_fold_first_where_a_dock_is_low(steps):
    wrong = Review((Remark("image", "No.", "error"),))
    steps.show_review(wrong, {})
    needed = lambda: sum(card.sizeHint().height() for card in steps.cards.values())  # noqa: E731
    steps.fit(needed() - 1, needed)
    assert folded(steps) == ["psf"], "the first that is in order"


def test_one_warning_is_seen_and_ignored_ones_stay_away(qtbot):
    notice, pressed = Notice("notice"), []
    qtbot.addWidget(notice)
    assert notice.isHidden()
    notice.show_all([Warned("The PSF is wrong.", "Check", lambda: pressed.append(1)), Warned("It is dim.")])
    assert not notice.isHidden()
    assert notice.line.text() == "The PSF is wrong. (1 more)"
    qtbot.mouseClick(notice.remedy, Qt.MouseButton.LeftButton)
    assert pressed == [1]
    qtbot.mouseClick(notice.ignore, Qt.MouseButton.LeftButton)
    assert notice.line.text() == "It is dim."
    assert notice.remedy.isHidden()
    qtbot.mouseClick(notice.ignore, Qt.MouseButton.LeftButton)
    assert notice.isHidden()
    notice.show_all([Warned("The PSF is wrong."), Warned("It is dim.")])
    assert notice.isHidden(), "the same ones are known"
    notice.show_all([])
    notice.show_all([Warned("It is dim.")])
    assert not notice.isHidden(), "they were gone meanwhile"


def test_the_next_step_is_the_only_primary_button(qtbot):
    footer = Footer("Done.", "state")
    qtbot.addWidget(footer)
    run, stop, save = (QPushButton(name) for name in ("Run", "Stop", "Save…"))
    menu = ButtonMenu("⋯", "actions", "More", "More.")
    footer.set_buttons(before=(run, menu), running=(stop,), after=(save, menu))
    footer.show()
    for stage, seen, primary in (
        ("before", {run, menu}, run),
        ("running", {stop}, None),
        ("after", {save, menu}, save),
    ):
        footer.show_stage(stage)
        assert {one for one in (run, stop, save, menu) if not one.isHidden()} == seen
        assert [one for one in (run, stop, save) if one.property(PART) == "primary"] == ([primary] if primary else [])


def test_the_keyboard_goes_to_the_next_button_when_its_own_disappears(qtbot):
    footer = Footer("Done.", "state")
    qtbot.addWidget(footer)
    run, stop = QPushButton("Run"), QPushButton("Stop")
    footer.set_buttons(before=(run,), running=(stop,))
    with qtbot.waitExposed(footer):
        footer.show()
    footer.activateWindow()
    run.setFocus()
    qtbot.waitUntil(run.hasFocus, timeout=5000)
    footer.show_stage("running")
    assert stop.hasFocus()


def test_a_press_in_a_list_closes_it(qtbot):
    menu, pressed = ButtonMenu("⋯", "actions", "More", "More."), []
    qtbot.addWidget(menu)
    button = QPushButton("Residual")
    button.clicked.connect(lambda: pressed.append(1))
    menu.add(button)
    menu.show()
    menu.menu().popup(menu.mapToGlobal(menu.rect().bottomLeft()))
    qtbot.waitUntil(menu.menu().isVisible, timeout=5000)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not menu.menu().isVisible(), timeout=5000)
    assert pressed == [1]
