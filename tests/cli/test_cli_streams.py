"""Signals at any moment, and streams that nobody reads: the right words and exit code, and no litter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from program import MAIN, command

from napari_deconvolve.io import write_image

TOOLS = Path(__file__).resolve().parents[2] / "tools"
SIGNALLED = """
import os, sys
from napari_deconvolve import cli

class Finder:
    def find_spec(self, name, *more):
        if name == "typer":
            os.kill(os.getpid(), {number})

sys.meta_path.insert(0, Finder())
cli.main()
"""
SENTENCE = "Stopped; no output was left half-written."


@pytest.fixture
def here(tmp_path):
    write_image(tmp_path / "a.ome.tif", np.random.default_rng(0).poisson(20, (20, 24)), spacing=0.1, units="um")
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals between processes")
def test_signals_at_random_moments(tmp_path):
    done = subprocess.run(
        [sys.executable, TOOLS / "signals.py", "--times", "6", "--seed", "7"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 of 6 right" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_libraries_are_loaded_is_said(here, number):
    program = SIGNALLED.format(number=int(number))
    done = subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip(), done.stdout) == (130, SENTENCE, "")


@pytest.mark.parametrize("arguments", [("inspect", "a.ome.tif"), ("--help",)])
def test_a_full_disk_behind_stdout_is_said(here, arguments):
    if not Path("/dev/full").exists():
        pytest.skip("the system has no device that is full")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*MAIN, *arguments], cwd=here, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == "Not all was printed: No space left on device.\n"


def test_a_reader_that_has_gone_is_said(here):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*MAIN, "inspect", "a.ome.tif"], cwd=here, stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert done.returncode == 2
    assert done.stderr == "Not all was printed: what should read it has ended.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_not_matter(here, closed):
    line = f"{sys.executable} -c '{MAIN[2]}' run a.ome.tif --gaussian 0.3 --iterations 2 -o r.ome.tif {closed}"
    done = subprocess.run(line, shell=True, cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert command(here, "inspect", "r.ome.tif").returncode == 0
