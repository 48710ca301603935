"""Temporary files that a killed process left are removed by the next one; those in use stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from napari_deconvolve.formats import parts
from napari_deconvolve.formats.atomic import replacing

WRITER = textwrap.dedent(
    """
    import sys, time
    from napari_deconvolve.formats.atomic import replacing
    with replacing(sys.argv[1]) as temporary:
        temporary.write_text("half")
        print("writing", flush=True)
        time.sleep(60)
    """
)


@pytest.fixture
def writer(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "a.txt")], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"writing\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def aged(folder: Path) -> list[Path]:
    """Make all temporary files older, as if time had gone by; return them."""
    found = [one for one in folder.iterdir() if parts.NAME.fullmatch(one.name)]
    for one in found:
        os.utime(one, (time.time() - 60, time.time() - 60))
    return found


def test_those_in_use_stay_and_those_of_a_killed_process_go(tmp_path, writer):
    (part,) = aged(tmp_path)
    parts.clear(tmp_path)
    assert part.exists()
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    parts.clear(tmp_path)
    assert not part.exists()


def test_the_next_write_clears_its_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "_cleared", set())
    (tmp_path / ".0123456789abcdef.part").write_text("left")
    (tmp_path / ".fedcba9876543210.part" / "inside").mkdir(parents=True)
    (tmp_path / "mine.part").write_text("of another program")
    assert len(aged(tmp_path)) == 2
    with replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.txt", "mine.part"]


def test_new_ones_stay_for_a_moment(tmp_path):
    (tmp_path / ".0123456789abcdef.part").write_text("just made")
    parts.clear(tmp_path)
    assert (tmp_path / ".0123456789abcdef.part").exists()


def test_without_locks_only_age_tells(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "LOCKS", False)
    old, new = tmp_path / ".0123456789abcdef.part", tmp_path / ".fedcba9876543210.part"
    for one, age in ((old, 2 * parts.SURELY_LEFT), (new, 3600)):
        one.write_text("left")
        os.utime(one, (time.time() - age,) * 2)
    parts.clear(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_folder_that_cannot_be_read_is_no_error(tmp_path):
    parts.clear(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []
