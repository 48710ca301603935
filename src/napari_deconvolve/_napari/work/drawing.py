"""Drawing no more often than the window can bear."""

from __future__ import annotations

import time
from collections.abc import Callable

from napari_deconvolve._napari.work.clock import clock
from napari_deconvolve._napari.work.mailbox import Throttle


def draw_if_ready(throttle: Throttle, draw: Callable[[], None]) -> bool:
    """Draw if the throttle allows it, and return whether that was so; the painting that follows counts too."""
    begin = time.perf_counter()
    if not throttle.ready(begin):
        return False
    draw()
    throttle.spent(begin, time.perf_counter())
    clock().set(throttle, 0.0, lambda: throttle.spent(begin, time.perf_counter()))  # the clock calls after painting
    return True
