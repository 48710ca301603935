"""The demo, as a person without a display starts it, and the samples in the dock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("napari")

from napari_deconvolve._napari import demo
from napari_deconvolve._napari.kit.display import display
from napari_deconvolve.errors import DeconvolutionError, FileError

COMMAND = str(Path(sys.executable).parent / "napari-deconvolve")
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
needs_xvfb = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DISPLAYS:
        monkeypatch.delenv(name, raising=False)
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux can be without a display")


# ---- a display


def test_a_display_that_is_there_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":987")
    with display() as virtual:
        assert not virtual
        assert os.environ["DISPLAY"] == ":987"


@needs_xvfb
@pytest.mark.usefixtures("no_display")
def test_without_a_display_a_virtual_one_comes_and_goes() -> None:
    with display() as virtual:
        assert virtual
        assert os.environ["QT_QPA_PLATFORM"] == "xcb"
        socket = Path("/tmp/.X11-unix") / f"X{os.environ['DISPLAY'][1:]}"
        assert socket.exists()
    assert not any(name in os.environ for name in DISPLAYS)
    assert not socket.exists()


@pytest.mark.usefixtures("no_display")
def test_without_a_display_and_without_xvfb_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileError, match="install xvfb"), display():
        pytest.fail("there is no display")


# ---- the demo


@needs_xvfb
@pytest.mark.usefixtures("no_display")
def test_the_demo_writes_a_picture_of_the_window(tmp_path: Path) -> None:
    from imageio.v3 import imread

    done = subprocess.run([COMMAND, "demo"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "demo.png") in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["demo.png"]
    picture = imread(tmp_path / "demo.png")
    assert picture.shape == (demo.WINDOW_SIZE[1], demo.WINDOW_SIZE[0], 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 200, "a window that shows something has many colours"


def test_both_docks_the_result_and_its_input_are_shown(make_napari_viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("napari.Viewer", lambda **_: make_napari_viewer())
    viewer = demo.open_viewer()
    docks = demo.add_docks(viewer)
    assert set(docks) == {"PSF", "Deconvolve"}
    demo.control(docks["Deconvolve"], "iterations").setValue(4)
    result = demo.run_to_end(viewer, docks["Deconvolve"])
    assert result.name == "simulated cell · RL 4"
    demo.side_by_side(viewer)
    shown = [layer.name for layer in viewer.layers if layer.visible]
    assert shown[:2] == ["simulated cell", "simulated cell · RL 4"], "the first row of the grid"
    assert viewer.canvas.grid.enabled


def test_a_run_that_cannot_begin_tells_the_docks_reason(make_napari_viewer) -> None:
    viewer = make_napari_viewer()
    docks = demo.add_docks(viewer, ("Deconvolve",))
    with pytest.raises(DeconvolutionError, match=r"The demo cannot run: .*image"):
        demo.press_run(docks["Deconvolve"])


def test_a_control_that_is_not_there_is_named(make_napari_viewer) -> None:
    docks = demo.add_docks(make_napari_viewer(), ("Deconvolve",))
    with pytest.raises(DeconvolutionError, match="'no such control'"):
        demo.control(docks["Deconvolve"], "no such control")


def test_waiting_ends(qtbot) -> None:
    with pytest.raises(DeconvolutionError, match=r"within 0\.1 s"):
        demo.wait_until(lambda: False, patience=0.1)


@pytest.mark.parametrize("key", ["cell", "chart", "spectra"])
def test_each_sample_can_be_run_as_it_is_opened(make_napari_viewer, key: str) -> None:
    viewer = make_napari_viewer()
    viewer.open_sample(demo.PLUGIN, key)
    dock = demo.add_docks(viewer, ("Deconvolve",))["Deconvolve"]
    demo.control(dock, "iterations").setValue(3)
    result = demo.run_to_end(viewer, dock)
    image = viewer.layers[f"simulated {key}"]
    assert result.name == f"simulated {key} · RL 3"
    assert result.data.shape == image.data.shape
    assert np.allclose(result.scale, image.scale)
    assert result.units == image.units
