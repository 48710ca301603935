"""Compare with the input: what a dock knows of curtain, side by side, profile, and the key H."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.comparison.canvas import grid_of
from napari_deconvolve._napari.comparison.contrast import SharedContrast
from napari_deconvolve._napari.comparison.curtain import Curtain
from napari_deconvolve._napari.comparison.hold import HeldKey
from napari_deconvolve._napari.comparison.pairs import Pair, inputs_of, pairs_of, present, results_of, shown, siblings
from napari_deconvolve._napari.comparison.profile import ProfileTool
from napari_deconvolve._napari.comparison.side_by_side import SideBySide
from napari_deconvolve._napari.comparison.visibility import Visibility
from napari_deconvolve._napari.work.clock import Delay
from napari_deconvolve._napari.work.per_viewer import unwrapped

State = Literal["off", "curtain", "side", "profile"]
KEY = "H"
NOTHING = "There is no result yet to compare with its input."
GONE = "Nothing is left to compare: the layers were removed."
NO_LINE_LEFT = "The profile line was removed."


class Comparison(QObject):  # type: ignore[misc]
    """Shows results against their inputs, in one way at a time, and leaves all as it was.

    No method raises: what cannot be done is said by `changed`.

    Signals
    -------
    changed(state, sentence)
        The state is another, or what was asked for cannot be done, and why; an empty sentence else.
    profiled(profile, reason)
        A new `Profile` for a `ProfilePlot`; None, and why there is none.
    """

    changed = Signal(str, str)
    profiled = Signal(object, str)

    def __init__(self, viewer: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = unwrapped(viewer)
        self._pairs: list[Pair] = []
        self._state: State = "off"
        self._same_contrast = True
        self.curtain = Curtain(viewer, self)
        self.side = SideBySide(viewer, self)
        self.profile = ProfileTool(viewer, self)
        self.key = HeldKey(viewer, KEY, self._hold, self._let_go, self)
        self._contrast, self._held = SharedContrast(), Visibility()
        self._prune = Delay(self, 0.0, self._drop_removed)
        self.curtain.waiting.connect(self._curtain_waits)
        self.side.left.connect(self._grid_off)
        self.profile.removed.connect(self._line_removed)
        self.profile.measured.connect(self.profiled)
        self._viewer.layers.events.removed.connect(self._removed)
        self._refused = False  # whether it was said why something cannot be done
        for emitter in self._views():
            emitter.connect(self._view_changed)

    @property
    def state(self) -> State:
        """How results are compared now."""
        return self._state

    @property
    def pairs(self) -> list[Pair]:
        """What is compared."""
        return list(self._pairs)

    @property
    def same_contrast(self) -> bool:
        """Whether curtain and side by side show inputs and results by common contrast limits."""
        return self._same_contrast

    @same_contrast.setter
    def same_contrast(self, yes: bool) -> None:
        """Share the contrast limits from now on, or no more."""
        self._same_contrast = yes
        self._attempt(self._share_contrast)

    def set_state(self, state: State) -> None:
        """Compare in another way; what is shown stays where that cannot be done."""
        if state != self._state:
            self._attempt(lambda: self._go(state))

    def set_pairs(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        """Compare other layers: pairs of an input and its result, one for each channel."""
        self._attempt(lambda: self._take(pairs_of(pairs)))

    def press(self) -> None:
        """Show the inputs alone, until `release`: for a button that is held."""
        self._attempt(self.key.press)

    def release(self) -> None:
        """Show all as before `press`."""
        self._attempt(self.key.release)

    def close(self) -> None:
        """Leave all as it was, and give the key back: to be called before a dock goes."""
        self.set_state("off")
        self._attempt(self.key.unbind)
        self._attempt(lambda: self._viewer.layers.events.removed.disconnect(self._removed))
        self._attempt(lambda: [emitter.disconnect(self._view_changed) for emitter in self._views()])

    def _attempt(self, call: Callable[[], object]) -> None:
        """Call a function; whatever another version of napari makes of it ends in words and in nothing compared."""
        try:
            call()
        except Exception as error:
            self._state = "off"
            for end in (self.key.release, self.curtain.stop, self.side.stop, self.profile.stop, self._contrast.restore):
                try:
                    end()
                except Exception:
                    continue
            self.changed.emit("off", f"The comparison ended: {error}")

    def _go(self, state: State) -> None:
        self.key.release()
        before = self._state
        self._leave()
        reason = self._enter(state)
        if reason:
            self._enter(before)
        self._refused = bool(reason)
        self.changed.emit(self._state, reason)

    def _views(self) -> list[Any]:
        """Return what tells of 2D and 3D, and of the grid."""
        return [self._viewer.dims.events.ndisplay, grid_of(self._viewer).events.enabled]

    def _view_changed(self, event: Any = None) -> None:
        """Take back a reason that was one of the view before."""
        refused, self._refused = self._refused, False
        if refused:
            self.changed.emit(self._state, "")

    def _enter(self, state: State) -> str:
        """Begin to compare in a way; say why this cannot be, or nothing."""
        if state == "off":
            return ""
        pairs = present(self._viewer, self._pairs)
        if not pairs:
            return NOTHING
        ways: dict[str, Callable[[list[Pair]], str]] = {
            "curtain": self.curtain.start,
            "side": self.side.start,
            "profile": self.profile.start,
        }
        reason = ways[state](pairs)
        if not reason:
            self._state = state
            self._share_contrast()
        return reason

    def _leave(self) -> None:
        self._state = "off"
        self._contrast.restore()
        self.curtain.stop()
        self.side.stop()
        self.profile.stop()

    def _share_contrast(self) -> None:
        self._contrast.restore()
        if self._same_contrast and self._state in ("curtain", "side"):
            self._contrast.apply(present(self._viewer, self._pairs))

    def _take(self, pairs: list[Pair]) -> None:
        pairs = present(self._viewer, pairs)
        if [layer for pair in pairs for layer in pair] == [layer for pair in self._pairs for layer in pair]:
            return  # layers are equal to themselves alone
        self.key.release()
        if pairs:
            self.key.bind()
        else:
            self.key.unbind()
        state = self._state
        if state == "profile" and pairs:
            self._pairs = pairs
            self.profile.set_pairs(pairs)
            return
        self._leave()
        self._pairs = pairs
        reason = (GONE if state != "off" else "") if not pairs else self._enter(state)
        if self._state != state:
            self.changed.emit(self._state, reason)

    def _hold(self) -> None:
        pairs = shown(present(self._viewer, self._pairs))
        if not pairs:
            return
        self.curtain.lift(True)
        self.side.lift(True)
        self._held.show(inputs_of(pairs))
        self._held.show([*results_of(pairs), *siblings(self._viewer, pairs)], False)

    def _let_go(self) -> None:
        self._held.restore(self._viewer, {pair.input: pair.result for pair in self._pairs})
        self.side.lift(False)
        self.curtain.lift(False)

    def _removed(self, event: Any) -> None:
        """Drop pairs a moment later: several layers may go, and napari has to hear of each first."""
        self._prune.begin()

    def _drop_removed(self) -> None:
        self._attempt(lambda: self._take(self._pairs))

    def _curtain_waits(self, reason: str) -> None:
        self.changed.emit(self._state, reason)

    def _grid_off(self) -> None:
        self.set_state("off")

    def _line_removed(self) -> None:
        self._state = "off"
        self.changed.emit("off", NO_LINE_LEFT)
