"""What docks with runs share: they remember their settings, hear of the chosen layers, and run and stop."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from napari_deconvolve._napari.comparison.lowest import Lowest
from napari_deconvolve._napari.kit.dock import ScrollingDock
from napari_deconvolve._napari.kit.kept import keep, kept
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.kit.sheet import sheet
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.work.clock import Delay
from napari_deconvolve._napari.work.per_viewer import of_viewer, unwrapped
from napari_deconvolve.errors import DeconvolutionError

# After which a layer holds something else, or at another place.
LAYER_EVENTS = ("scale", "units", "data", "axis_labels")

Event = tuple[Any, Callable[..., None]]  # an emitter of a layer, and who hears of it


class RunDock(ScrollingDock):
    """A form, a panel, and runs that outlive the dock. Subclasses end their set-up by `begin`."""

    TITLE: ClassVar[str] = ""  # under which settings are kept; none are without
    BUSY: ClassVar[str] = "A run is in progress; stop it, or wait for its end, before you start another."

    form: Any
    panel: Any
    _runs: Any
    _review: Any

    def __init__(self, viewer: Any, runs: Callable[[Any], Any], form: Any, panel: Any) -> None:
        super().__init__()
        self._viewer = unwrapped(viewer)
        self._runs = of_viewer(self._viewer, runs)
        self.form, self.panel = form, panel
        panel.why_not = form.why_not
        of_viewer(self._viewer, Lowest).keep()
        self._soon = Delay(self, 0.0, self._look)
        self._again = Delay(self, 0.0, self.reset_choices)
        self._fitting = Delay(self, 0.0, self._fit)  # once sentences have the height that their width asks for
        self._heard: list[Event] = []
        self._all_layers: list[Any] = []
        self._followed: list[Event] = []

    def begin(self) -> None:
        """Take what was remembered, and listen."""
        self._restore()
        self.form.changed.connect(self._changed)
        self.form.more.button.toggled.connect(self._remember)
        for card in self.form.steps.cards.values():
            card.folded.connect(self._remember)
        self.panel.run.clicked.connect(lambda _checked=False: self.press_run())
        self.panel.stop.clicked.connect(lambda _checked=False: self.press_stop())
        self.panel.reset.clicked.connect(lambda _checked=False: self._reset())
        self.panel.keep_settings.clicked.connect(lambda _checked=False: self._try(self._keep_settings))
        self._runs.changed.connect(self._show_run)
        self._connect()
        self.follow_theme(self._viewer)
        self.reset_choices()
        self._show_run()

    def reset_choices(self, event: Any = None) -> None:
        """Follow the viewer's layers; napari calls this when they come, go, move or change their names."""
        if not self.gone:
            self._watch_visible()
            self.form.offer(self._layers(), self._viewer.layers.selection.active)

    def _watch_visible(self) -> None:
        """Hear of layers that are hidden or shown: none that is hidden stays chosen by itself."""
        for layer in self._all_layers:
            layer.events.visible.disconnect(self._visible_changed)
        self._all_layers = list(self._viewer.layers) if not self.gone else []
        for layer in self._all_layers:
            layer.events.visible.connect(self._visible_changed)

    def _visible_changed(self, event: Any = None) -> None:
        if not all(box.settled for box in self._boxes().values() if box.choosy):
            self._again.restart()

    def leave(self) -> None:
        """Leave viewer, layers and runs alone."""
        super().leave()
        self._runs.changed.disconnect(self._show_run)
        self._watch_visible()
        self._hear()
        for emitter, slot in self._followed:
            emitter.disconnect(slot)
        self._followed = []

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self.setStyleSheet(sheet(colors))
        self.form.restyle(colors)
        self.panel.restyle(colors)

    @property
    def running(self) -> bool:
        """Whether there is something to stop."""
        return bool(self._runs.busy)

    def press_run(self) -> None:
        """Begin a run."""
        if self.running:
            self._runs.say(self.BUSY, "warning")
            return
        self._look()
        plan = self._review.plan
        if plan is not None:
            for box in self._boxes().values():
                box.settle()  # whoever runs it has seen what is chosen
            self.form.steps.begin()
            self._try(lambda: self._start(plan))

    def resizeEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Fold steps where the dock is too low for all of them."""
        super().resizeEvent(event)
        self._fitting.restart()

    def press_stop(self) -> None:
        """End what is going on."""
        self._runs.stop()

    def _fit(self) -> None:
        """Fold steps where the dock is too low for what they hold now."""
        if self.isVisible():
            self.form.steps.fit(self.room, self.needed)

    # ---- what each dock says for itself

    def _layers(self) -> list[Any]:
        """Return the layers that the form may offer."""
        return list(self._viewer.layers)

    def _boxes(self) -> dict[str, LayerBox]:
        """Return the boxes of layers whose choice is remembered, by name."""
        raise NotImplementedError

    def _connect(self) -> None:
        """Listen to what this dock has beside form, run, stop and reset."""

    def _look(self, event: Any = None) -> None:
        """Look what the choices amount to."""
        raise NotImplementedError

    def _start(self, plan: Any) -> None:
        """Begin a run of a plan."""
        raise NotImplementedError

    def _show_run(self) -> None:
        """Show where the runs stand."""
        raise NotImplementedError

    def _events(self) -> Iterator[Event]:
        """Say which events of layers count for what is chosen."""
        raise NotImplementedError

    def _more_values(self) -> dict[str, Any]:
        """Return what is remembered beside the form and its layers."""
        return {}

    def _restore_more(self, values: dict[str, Any]) -> None:
        """Take it again."""

    # ---- remembering and hearing

    def _restore(self) -> None:
        values = self._runs.values or self._kept()
        self.reset_choices()
        boxes = self._boxes()
        for name, remembered in values.get("layers", {}).items():
            layer = remembered()
            if layer is not None:
                boxes[name].choose(layer)
        self.form.set_values(values.get("form", {}))
        self.form.more.unfold(values.get("unfolded", False))
        if self._runs.session is not None:
            self.form.steps.begin()  # the dock was closed meanwhile
        self.form.steps.set_values(values.get("folded", {}))
        self._restore_more(values)

    def _kept(self) -> dict[str, Any]:
        """Return the settings that were kept in another session, if they can still be shown."""
        found = kept(self.TITLE) if self.TITLE else {}
        try:
            self.form.set_values(found)
        except (DeconvolutionError, TypeError, ValueError, KeyError, AttributeError):
            self.form.set_defaults()
            self._runs.say("The settings that were kept cannot be read; the defaults are taken.", "warning")
            return {}
        return {"form": found}

    def _keep_settings(self) -> None:
        path = keep(self.TITLE, self.form.values())
        self._runs.say(f"Kept for the next session, in {path}.")

    def _remember(self, *_: Any) -> None:
        self._runs.values = {
            "form": self.form.values(),
            "unfolded": self.form.more.button.isChecked(),
            "folded": self.form.steps.values(),
            "layers": {name: weakref.ref(box.value) for name, box in self._boxes().items() if box.settled},
            **self._more_values(),
        }

    def _changed(self) -> None:
        self._hear(*self._events())
        self._remember()
        if self._runs.busy:  # its layers come and go: the look has a turn of the event loop to itself
            self._soon.restart()
        else:
            self._look()

    def _hear(self, *events: Event) -> None:
        """Listen to these events of layers, and no more to those before."""
        for emitter, slot in self._heard:
            emitter.disconnect(slot)
        self._heard = list(events)
        for emitter, slot in self._heard:
            emitter.connect(slot)

    def follow(self, emitter: Any, slot: Callable[..., None]) -> None:
        """Listen to the viewer until the dock is closed."""
        emitter.connect(slot)
        self._followed.append((emitter, slot))

    # ---- doing

    def _reset(self) -> None:
        if self.TITLE and kept(self.TITLE):
            self._try(lambda: keep(self.TITLE, None))
        self.form.set_defaults()
        self.form.steps.forget()
        self._changed()

    def _try(self, action: Callable[[], Any]) -> None:
        try:
            action()
        except DeconvolutionError as error:
            self._runs.say(str(error), "error")
