"""The steps of a dock, and when they fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QLayout, QWidget

from napari_deconvolve._napari.kit.cards import StepCard
from napari_deconvolve._napari.work.remarks import Review


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What a step is made of.

    Attributes
    ----------
    name, title : str
        In the program, and for people.
    body : QWidget or QLayout
        Its rows.
    fields : tuple of str
        Whose remarks say whether it is in order.
    """

    name: str
    title: str
    body: QWidget | QLayout
    fields: tuple[str, ...]


class Steps(QObject):  # type: ignore[misc]
    """Cards that fold by themselves as long as nobody has folded one by hand.

    All are open before a run. At its begin they fold, and opening one closes the others from then on. One that needs a
    change is never folded by itself, and opens. A person's click holds until `forget`.

    Attributes
    ----------
    automatic : bool
        Whether they fold by themselves at all.
    """

    def __init__(self, steps: Sequence[Step], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cards = {one.name: StepCard(place, one.name, one.title, one.body) for place, one in enumerate(steps, 1)}
        self._fields = {one.name: one.fields for one in steps}
        self.automatic = True
        self._touched, self._ran = False, False
        self._closed: set[str] = set()  # steps that a person has folded by a click on them
        for name, card in self.cards.items():
            card.folded.connect(partial(self._clicked, name))

    def show_review(self, found: Review, summaries: Mapping[str, tuple[str, str]]) -> None:
        """Show which steps are in order; `summaries` are those of the open and the folded card, by step.

        What is wrong stands in the header of a folded card; in that of an open one where the summary says the same.
        """
        for name, card in self.cards.items():
            remarks = [found.remark(field) for field in self._fields[name]]
            wrong = next((one.text for one in remarks if one.level == "error"), "")
            flaw = next((found.flaws[field] for field in self._fields[name] if field in found.flaws), "")
            opened, folded = summaries.get(name, ("", ""))
            if wrong or flaw:
                said = "" if wrong and opened != wrong else opened
                card.show_state("wrong", said, wrong or flaw)
                if card.is_folded and name not in self._closed:
                    card.fold(False)
            elif any(field in found.waits for field in self._fields[name]):
                card.show_state("open", opened, folded)
            else:
                card.show_state("right", opened, folded)

    def place(self, field: str) -> int:
        """Return the number of the step that has a field; 0 if none has."""
        return next((place for place, fields in enumerate(self._fields.values(), 1) if field in fields), 0)

    def begin(self) -> None:
        """Fold all, as a run begins; a person may open one."""
        if not self.automatic:
            return
        self._ran = True
        if not self._touched:
            self._fold_all(True)

    def reopen(self) -> None:
        """Open all: there is no run, and nothing was folded by hand."""
        self._ran = False
        if not self._touched:
            self._fold_all(False)

    def open_at(self, field: str) -> None:
        """Open the step that has a field."""
        for name, fields in self._fields.items():
            if field in fields:
                self.cards[name].fold(False)

    def forget(self) -> None:
        """Forget what was folded by hand."""
        self._touched = False
        self._closed.clear()
        self.reopen()

    def fit(self, height: int, needed: Callable[[], int]) -> None:
        """Fold steps in order from the first one on, where a dock is lower than all of them open.

        `needed` returns the height of all its parts as they are now. A `height` of 0 is of a dock that is not shown
        yet.
        """
        if self._touched or self._ran or height <= 0 or not self.automatic:
            return
        self._fold_all(False)
        for card in self.cards.values():
            if needed() <= height:
                return
            card.fold(card.state == "right")

    def values(self) -> dict[str, bool]:
        """Return which steps a person has folded, to be remembered; nothing where nobody has."""
        return {name: card.is_folded for name, card in self.cards.items()} if self._touched else {}

    def set_values(self, folded: Mapping[str, bool]) -> None:
        """Fold what was folded by hand."""
        self._touched = bool(folded)
        for name, yes in folded.items():
            if name in self.cards:
                self.cards[name].fold(yes)

    def _clicked(self, name: str, folded: bool) -> None:
        self._touched = True
        (self._closed.add if folded else self._closed.discard)(name)
        if self._ran and not folded:
            for other, card in self.cards.items():
                if other != name and card.state != "wrong":
                    card.fold(True)

    def _fold_all(self, yes: bool) -> None:
        for card in self.cards.values():
            card.fold(yes and card.state != "wrong")
