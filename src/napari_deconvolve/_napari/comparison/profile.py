"""Profiles of inputs and results along the same line, kept up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.comparison import profile_line
from napari_deconvolve._napari.comparison.pairs import Pair, layers_of, present
from napari_deconvolve._napari.comparison.sampling import displayed_in, length_in, sample
from napari_deconvolve._napari.layers.source import our_metadata
from napari_deconvolve._napari.layers.world import to_data
from napari_deconvolve._napari.work.clock import Delay
from napari_deconvolve._napari.work.per_viewer import unwrapped
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image.axes import letter
from napari_deconvolve.units import canonical

REST = 0.05  # seconds: at most 20 times a second
LEAST = 3  # pixels that a line needs
MOST = 20_000  # points along a line
ONLY_2D = "The profile works in 2D; use Side by side."
NO_LINE = f"Draw a line in the layer “{profile_line.NAME}”."
BESIDE = "The line lies beside the image; move it over the image."
EVENTS = ("set_data", "data", "scale", "translate", "rotate", "shear", "affine", "units")


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A layer's values along the line, NaN beside the layer; and how the layer was made, as its metadata say."""

    name: str
    values: NDArray[np.float64]
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def relative(self) -> NDArray[np.float64]:
        """The values over their own maximum: shapes are compared, not heights."""
        top = float(np.nanmax(self.values, initial=0.0))
        return self.values / top if top > 0 else self.values


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Curves of each pair at the same places.

    Attributes
    ----------
    distance : array, shape (points,)
        From the beginning of the line, in `unit`.
    places : array, shape (points, axes)
        In the coordinates of the first input's layer along `axes`, each in its unit of `units`.
    curves : pairs of input and result
    """

    distance: NDArray[np.float64]
    unit: str
    places: NDArray[np.float64]
    axes: tuple[str, ...]
    units: tuple[str, ...]
    curves: tuple[tuple[Curve, Curve], ...]


def measure(viewer: Any, pairs: Sequence[Pair], ends: NDArray[np.float64]) -> Profile:
    """Return the profile of pairs along a line in the world, at the slice that is shown.

    Points are as many as the finest samples that the line crosses. Raise `ParameterError` where the line is too short,
    or lies beside all layers.
    """
    length = max(length_in(viewer, layer, ends) for layer in layers_of(pairs))
    if round(length) < LEAST:
        pixels = round(length)
        raise ParameterError(f"The line is too short: {pixels} {'pixel' if pixels == 1 else 'pixels'}.")
    steps = np.linspace(0.0, 1.0, min(int(np.ceil(length)) + 1, MOST))
    points = ends[0] + steps[:, None] * (ends[1] - ends[0])
    curves = tuple(
        (
            Curve(pair.input.name, sample(viewer, pair.input, points)),
            Curve(pair.result.name, sample(viewer, pair.result, points), our_metadata(pair.result)),
        )
        for pair in pairs
    )
    if not any(np.isfinite(curve.values).any() for both in curves for curve in both):
        raise ParameterError(BESIDE)
    return _placed(viewer, pairs[0].input, points, curves)


def _placed(viewer: Any, layer: Any, points: NDArray[np.float64], curves: tuple[tuple[Curve, Curve], ...]) -> Profile:
    """Return a profile with distances in a layer's unit; in its pixels where its axes have several units."""
    axes = displayed_in(viewer, layer)
    inside = np.array([to_data(viewer, layer, point) for point in points])
    own = np.array([layer.data_to_world(place) for place in inside])[:, axes]
    units = tuple(canonical(str(layer.units[axis])) for axis in axes)
    same = len(set(units)) == 1
    measured = own if same else inside[:, axes]
    distance = np.linalg.norm(measured - measured[0], axis=1)
    labels = [str(layer.axis_labels[axis]) for axis in axes]
    names = tuple(label if letter(label) else f"axis {axis}" for axis, label in zip(axes, labels, strict=True))
    return Profile(distance, units[0] if same else "pixel", own, names, units, curves)


class ProfileTool(QObject):  # type: ignore[misc]
    """Measures along the line whenever line, slice or data change, at most 20 times a second.

    Signals
    -------
    measured(profile, reason)
        A new profile; None, and why there is none.
    removed()
        The layer of the line is gone, and the tool has stopped.
    """

    measured = Signal(object, str)
    removed = Signal()

    def __init__(self, viewer: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = unwrapped(viewer)
        self._pairs: list[Pair] = []
        self._followed: list[Any] = []  # layers, the line's included
        self._line: Any | None = None
        self._delay = Delay(self, REST, self._measure)
        self.profile: Profile | None = None
        self.reason = ""

    @property
    def line(self) -> Any | None:
        """The Shapes layer, while the tool is at work."""
        return self._line

    def start(self, pairs: Sequence[Pair]) -> str:
        """Show the line, or make one, and measure; say why this cannot be, or nothing."""
        viewer = self._viewer
        if viewer.dims.ndisplay != 2:
            return ONLY_2D
        if self._line is not None:
            return ""
        self._pairs = present(viewer, pairs)
        line = profile_line.find(viewer)
        if line is None:
            line = profile_line.add(viewer, self._pairs[-1].result)
        elif not len(line.data):
            return NO_LINE
        self._line = line
        line.visible = True
        viewer.layers.selection.active = line
        profile_line.grab(line)
        profile_line.follow_slice(viewer, line)
        self._follow([*layers_of(self._pairs), line])
        viewer.dims.events.connect(self._moved)
        viewer.layers.events.removed.connect(self._removed)
        self._measure()
        return ""

    def stop(self) -> None:
        """Measure no more, and hide the line: it is there again the next time."""
        line, self._line = self._line, None
        if line is None:
            return
        viewer = self._viewer
        viewer.dims.events.disconnect(self._moved)
        viewer.layers.events.removed.disconnect(self._removed)
        self._delay.stop()
        self._unfollow()
        self.profile, self.reason = None, ""
        if line in viewer.layers:
            line.mode = "pan_zoom"
            line.visible = False
            if viewer.layers.selection.active is line and self._pairs and self._pairs[-1].result in viewer.layers:
                viewer.layers.selection.active = self._pairs[-1].result

    def set_pairs(self, pairs: Sequence[Pair]) -> None:
        """Measure other pairs along the same line."""
        self._pairs = present(self._viewer, pairs)
        if self._line is not None:
            self._unfollow()
            self._follow([*layers_of(self._pairs), self._line])
            self._delay.begin()

    def _follow(self, layers: list[Any]) -> None:
        self._followed = layers
        for layer in layers:
            for name in EVENTS:
                getattr(layer.events, name).connect(self._changed)

    def _unfollow(self) -> None:
        for layer in self._followed:
            for name in EVENTS:
                getattr(layer.events, name).disconnect(self._changed)
        self._followed = []

    def _changed(self, event: Any = None) -> None:
        self._delay.begin()

    def _moved(self, event: Any = None) -> None:
        """Take the line along to another slice."""
        if self._line is not None and self._viewer.dims.ndisplay == 2:
            profile_line.follow_slice(self._viewer, self._line)
        self._delay.begin()

    def _removed(self, event: Any) -> None:
        if unwrapped(event.value) is self._line:
            self.stop()
            self.removed.emit()

    def _measure(self) -> None:
        if self._line is None:
            return
        try:
            self.profile, self.reason = self._measured(self._line), ""
        except ParameterError as error:
            self.profile, self.reason = None, str(error)
        self.measured.emit(self.profile, self.reason)

    def _measured(self, line: Any) -> Profile:
        if self._viewer.dims.ndisplay != 2:
            raise ParameterError(ONLY_2D)
        pairs = present(self._viewer, self._pairs)
        ends = profile_line.ends_of(self._viewer, line)
        if ends is None or not pairs:
            raise ParameterError(NO_LINE)
        return measure(self._viewer, pairs, ends)
