"""Answers to questions of which many are asked again: each is worked out once, beside the window."""

from __future__ import annotations

import queue
from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from contextlib import closing
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.work.clock import Poll
from napari_deconvolve._napari.work.latest import LatestTask

POLL_SECONDS = 0.1  # between two looks for answers

Work = Callable[[Sequence[Any]], Generator[Any, None, None]]


class Answers(QObject):  # type: ignore[misc]
    """Works out in a thread what is asked and not known yet; what nobody asks any more ends at its next answer.

    `work` yields the answers to a list of questions, in order. Those that come within `patience` seconds are known when
    `ask` returns.

    Attributes
    ----------
    known : dict
        All answers, by the keys of their questions.

    Signals
    -------
    changed()
        Another answer is known.
    """

    changed = Signal()

    def __init__(self, parent: QObject, work: Work, *, subject: str, patience: float = 0.0) -> None:
        super().__init__(parent)
        self.known: dict[Hashable, Any] = {}
        self._work, self._number, self._patience = work, 0, patience
        self._asked: frozenset[Hashable] = frozenset()
        self._found: queue.SimpleQueue[tuple[Hashable, Any]] = queue.SimpleQueue()
        self._task = LatestTask(self, subject=subject)
        self._task.answered.connect(lambda *_: self._take())
        self._poll = Poll(self, POLL_SECONDS, self._take)

    def ask(self, questions: Mapping[Any, Any]) -> None:
        """Ask these, by their keys, in place of all that were asked before."""
        wanted = {key: question for key, question in questions.items() if key not in self.known}
        if wanted.keys() == self._asked - self.known.keys():
            return
        self.drop()
        self._asked = frozenset(wanted)
        if wanted:
            number = self._number
            self._poll.start()
            self._task.ask(number, lambda: self._run(number, wanted), self._patience)

    def drop(self) -> None:
        """Ask nothing any more."""
        self._number += 1
        self._asked = frozenset()
        self._task.drop()

    def _run(self, number: int, wanted: Mapping[Hashable, Any]) -> None:
        with closing(self._work(list(wanted.values()))) as answers:
            for one in zip(wanted, answers, strict=True):
                self._found.put(one)
                if self._number != number:
                    return

    def _take(self) -> None:
        if not self._task.busy:
            self._poll.stop()
        before = len(self.known)
        while not self._found.empty():
            key, answer = self._found.get()
            self.known[key] = answer
        if len(self.known) > before:
            self.changed.emit()
