"""A display to draw on: the one that is there, or a virtual one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from napari_deconvolve.errors import FileError

SCREEN = "1920x1200x24"


def has_display() -> bool:
    """Return whether windows can be shown to somebody."""
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


@contextmanager
def display() -> Iterator[bool]:
    """Make sure that there is a display while the block runs; the value says whether it is a virtual one.

    Raise `FileError` when there is none and Xvfb, which would make one, is not installed or does not start.
    """
    if has_display():
        yield False
        return
    server, number = _start()
    # Qt's own stand-in for a display cannot show layers: it has no OpenGL.
    wanted = {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield True
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        server.terminate()
        server.wait()


def _start() -> tuple[subprocess.Popen[bytes], int]:
    """Start Xvfb; it chooses a free number and writes it to a pipe when it is ready."""
    program = shutil.which("Xvfb")
    if program is None:
        raise FileError("There is no display, and Xvfb, which would stand in for one, is not installed; install xvfb.")
    reading, writing = os.pipe()
    try:
        server = subprocess.Popen(
            [program, "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"],
            pass_fds=(writing,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    finally:
        os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        number = pipe.readline().strip()  # ends with the server, should that fail
    if not number:
        server.wait()
        raise FileError("There is no display, and Xvfb did not start; run it by hand to see why.")
    return server, int(number)
