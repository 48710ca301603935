"""The first thing that the program does: see to it that a signal ends it in words, while libraries are still loaded."""

from __future__ import annotations

import os
import signal

from napari_deconvolve.cli.exits import INTERRUPTED, STOPPED


def main() -> None:
    """Execute the command line of this process, and exit with its code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stopped)
    from napari_deconvolve.cli.program import main as program

    program()


def _stopped(number: int, frame: object) -> None:
    """End at once: nothing was begun yet, and an exception could be caught by whatever is being imported."""
    os.write(2, f"{STOPPED}\n".encode())
    os._exit(INTERRUPTED)
