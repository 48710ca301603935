"""The curtain: results on the right of a line on the canvas, their inputs on its left.

Nodes are cut by vispy's `Clipper`, in pixels of the canvas; no layer and no data change. What was cut is compared with
what is drawn before each frame, as napari draws a layer by another node when its data or the view change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.compat import isalive
from qtpy.QtCore import QObject, Signal
from vispy.visuals.filters import Clipper

from napari_deconvolve._napari.comparison.canvas import Canvas, canvas_of, grid_of
from napari_deconvolve._napari.comparison.line import CurtainLine
from napari_deconvolve._napari.comparison.lowest import Lowest
from napari_deconvolve._napari.comparison.pairs import Pair, inputs_of, present, results_of, shown, siblings
from napari_deconvolve._napari.comparison.visibility import Visibility
from napari_deconvolve._napari.work.per_viewer import of_viewer, unwrapped

FAR = 1e6  # pixels: beyond any canvas
ONLY_2D = "The curtain works in 2D; use Side by side."
NO_GRID = "The curtain works without the grid; turn the grid off."
NO_CANVAS = "This version of napari does not let the curtain cut its pictures; use Side by side."


class Curtain(QObject):  # type: ignore[misc]
    """Shows results right and inputs left of a line that is dragged.

    It waits while the view is in 3D or in a grid, and draws again afterwards.

    Signals
    -------
    waiting(reason)
        It cannot be drawn just now, and why; an empty reason when it is drawn again.
    """

    waiting = Signal(str)

    def __init__(self, viewer: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = unwrapped(viewer)
        self._pairs: list[Pair] = []
        self._position = 0.5
        self._canvas: Canvas | None = None  # while it is drawn
        self._line: CurtainLine | None = None
        self._cut: dict[Any, Clipper] = {}  # by node
        self._lowest = of_viewer(self._viewer, Lowest)
        self._visibility = Visibility()
        self._started = self._lifted = False

    @property
    def position(self) -> float:
        """Where the line is: 0 at the left of the canvas, 1 at its right."""
        return self._position

    @position.setter
    def position(self, fraction: float) -> None:
        """Move the line, within the canvas."""
        self._position = min(1.0, max(0.0, float(fraction)))
        self._place()

    @property
    def drawn(self) -> bool:
        """Whether the line is there to be seen."""
        return self._canvas is not None

    def why_not(self) -> str:
        """Say why there can be no curtain now; nothing when there can."""
        if self._viewer.dims.ndisplay != 2:
            return ONLY_2D
        if grid_of(self._viewer).enabled:
            return NO_GRID
        canvas = canvas_of(self._viewer)
        layers = [layer for pair in present(self._viewer, self._pairs) for layer in pair]
        return "" if canvas is not None and all(canvas.draws(layer) for layer in layers) else NO_CANVAS

    def start(self, pairs: Sequence[Pair]) -> str:
        """Draw the curtain of these pairs; say why it cannot be drawn, or nothing."""
        self._pairs = list(pairs)
        reason = self.why_not()
        if not self._started and not reason:
            self._started = True
            self._viewer.dims.events.ndisplay.connect(self._review)
            grid_of(self._viewer).events.enabled.connect(self._review)
            self._draw()
        return reason

    def stop(self) -> None:
        """Leave all as it was."""
        if self._started:
            self._started = False
            self._viewer.dims.events.ndisplay.disconnect(self._review)
            grid_of(self._viewer).events.enabled.disconnect(self._review)
            self._undraw()

    def lift(self, yes: bool) -> None:
        """Cut nothing for a moment: whoever holds H sees the whole input."""
        self._lifted = yes and self.drawn
        if self._line is not None and isalive(self._line):
            self._line.reveal(not self._lifted)
        self._place()

    def _review(self, event: Any = None) -> None:
        """Wait, or draw again."""
        reason = self.why_not()
        if bool(reason) == (self._canvas is None):
            return
        if reason:
            self._undraw()
        else:
            self._draw()
        self.waiting.emit(reason)

    def _draw(self) -> None:
        self._canvas = canvas_of(self._viewer)
        assert self._canvas is not None, "there was a canvas when `why_not` was asked"
        pairs = shown(present(self._viewer, self._pairs))
        self._visibility.show([*inputs_of(pairs), *results_of(pairs)])
        self._visibility.show(siblings(self._viewer, self._pairs), False)
        self._line = CurtainLine(self._canvas.native)
        self._line.wanted.connect(self._move)
        self._line.middle_wanted.connect(self._center)
        self._canvas.follow(self._before_drawing, self._resized)
        self._line.reveal(True)
        self._place()

    def _undraw(self) -> None:
        canvas, self._canvas = self._canvas, None
        line, self._line = self._line, None
        self._lifted = False
        if line is not None and isalive(line):
            line.remove()
        if canvas is not None and canvas.alive:
            canvas.unfollow(self._before_drawing, self._resized)
            self._uncut(list(self._cut))
            self._visibility.restore(self._viewer, {pair.input: pair.result for pair in self._pairs})
            self._lowest.divide()
            canvas.redraw()
        self._cut = {}

    def _move(self, x: float) -> None:
        if self._canvas is not None:
            self.position = x / max(1, self._canvas.size[0])

    def _center(self) -> None:
        self.position = 0.5

    def _resized(self, event: Any) -> None:
        self._place()

    def _place(self) -> None:
        if self._canvas is None or self._line is None or not isalive(self._line):
            return
        width, height = self._canvas.size
        self._line.place(self._position * width, width, height)
        self._before_drawing(None)
        self._canvas.redraw()

    def _before_drawing(self, event: Any) -> None:
        """Cut what is drawn now: nodes come and go with data, types of data and views."""
        canvas = self._canvas
        if canvas is None:
            return
        wanted: dict[Any, bool] = {}
        for pair in [] if self._lifted else present(self._viewer, self._pairs):
            wanted.update(dict.fromkeys(canvas.nodes(pair.input), True))
            wanted.update(dict.fromkeys(canvas.nodes(pair.result), False))
        self._uncut([node for node in self._cut if node not in wanted])
        x = self._position * canvas.size[0]
        for node, left in wanted.items():
            self._clip(node, (-FAR, -FAR, FAR + x, 2 * FAR) if left else (x, -FAR, FAR, 2 * FAR))
        pairs = [] if self._lifted else present(self._viewer, self._pairs)
        self._lowest.divide(inputs_of(pairs), results_of(pairs))

    def _clip(self, node: Any, bounds: tuple[float, float, float, float]) -> None:
        transform = node.get_transform("framebuffer", "canvas")
        clipper = self._cut.get(node)
        if clipper is None:
            self._cut[node] = clipper = Clipper(bounds, transform=transform)
            node.attach(clipper)
            return
        clipper.transform = transform
        rect = clipper.bounds
        if (rect.left, rect.width) != (bounds[0], bounds[2]):
            clipper.bounds = bounds

    def _uncut(self, nodes: Sequence[Any]) -> None:
        for node in nodes:
            node.detach(self._cut.pop(node))
