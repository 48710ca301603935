"""The viewer stays usable while a run is on: gaps between the ticks of a 10 ms timer in the GUI thread.

This is the one test that looks at a clock. Its control does the same iterations in the GUI thread, and must be caught.
"""

from __future__ import annotations

import gc
import time
from itertools import islice

import numpy as np
import pytest
from conftest import Dock, add_image, add_psf
from qtpy.QtCore import Qt, QTimer

import napari_deconvolve as nd

SHAPE = (64, 256, 256)
SECONDS = 6.0  # of measuring


class Ticks:
    """Records when a precise 10 ms timer fires."""

    def __init__(self):
        self.times = []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(10)
        self._timer.timeout.connect(lambda: self.times.append(time.perf_counter()))
        self._timer.start()

    def gaps(self):
        """End, and give the gaps in ms."""
        self._timer.stop()
        return 1000 * np.diff(self.times)


@pytest.fixture
def large(viewer):
    rng = np.random.default_rng(1)
    add_image(viewer, rng.poisson(100, SHAPE).astype(np.float32))
    add_psf(viewer, nd.psf.gaussian((0.9, 0.3, 0.3), (0.3, 0.1, 0.1)))
    gc.collect()
    gc.freeze()  # what other tests left behind is not looked through while this one measures
    yield viewer
    gc.unfreeze()


def judge(measure):
    """Measure until the gaps are short, three times at most: what our code holds up is held up each time.

    A neighbour on the same machine may take the processor for a moment; it does not do so thrice at the same place.
    """
    for _ in range(3):
        gaps, what = measure()
        middle, late, worst = np.percentile(gaps, (50, 99, 100))
        found = f"{what}; gaps in ms: median {middle:.0f}, p99 {late:.0f}, max {worst:.0f}"
        print(found)
        if middle < 20 and late < 100 and worst < 250:
            return
    pytest.fail(found)


def test_responsive_while_running_with_live_preview(large, qtbot):
    dock = Dock(large, qtbot)
    dock["iterations"].setValue(1000)

    def measure():
        dock.click("run")
        dock.wait(lambda: any("RL running" in layer.name for layer in large.layers))
        session = dock.widget._runs.session
        before = session.iteration
        ticks = Ticks()
        qtbot.wait(int(1000 * SECONDS))
        gaps = ticks.gaps()
        done = session.iteration - before
        dock.click("stop")
        dock.wait_for_end()
        assert done >= 5, "the run did not run"
        return gaps, f"{done} iterations"

    judge(measure)


def test_responsive_while_looking_for_the_best_number_and_moving_the_slider(large, qtbot):
    dock = Dock(large, qtbot)
    assert dock["iterations"].text() == "Auto"

    def measure():
        dock.click("run")
        dock.wait(lambda: "trying" in dock.state())
        session = dock.widget._runs.session
        ticks = Ticks()
        stages = set()
        for number in range(int(10 * SECONDS)):
            large.dims.set_current_step(0, number % SHAPE[0])
            for _ in range(5):  # a quick machine does several stages in a tenth of a second
                stages.add((session.stage, session.iteration))
                qtbot.wait(20)
        gaps = ticks.gaps()
        if dock["stop"].isEnabled():  # else the search, and the run after it, came to their end
            dock.click("stop")
            dock.wait_for_end()
        assert len(stages) >= 5, "nothing went on"
        return gaps, f"{len(stages)} stages"

    judge(measure)


def test_responsive_control_in_the_gui_thread_is_caught(large, qtbot):
    psf = nd.psf.gaussian((0.9, 0.3, 0.3), (0.3, 0.1, 0.1))
    ticks = Ticks()
    qtbot.wait(300)
    for _ in islice(nd.iterate(large.layers["cells"].data, psf), 4):
        pass
    qtbot.wait(300)
    gaps = ticks.gaps()
    print(f"control: max {gaps.max():.0f} ms")
    assert gaps.max() > 250
