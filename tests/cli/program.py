"""The program as tests run it: in a process of its own, or in this one, which is quicker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from napari_deconvolve import cli

MAIN = [sys.executable, "-c", "from napari_deconvolve.cli import main; main()"]


def command(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own."""
    return subprocess.run(
        [*MAIN, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def execute(capsys: Any, *arguments: object) -> tuple[int, list[str]]:
    """Run in this process; return the exit code and the lines on stderr."""
    return execute_and_read(capsys, *arguments)[:2]


def execute_and_read(capsys: Any, *arguments: object) -> tuple[int, list[str], str]:
    """Run in this process; return the exit code, the lines on stderr, and stdout."""
    capsys.readouterr()
    code = cli.execute([str(one) for one in arguments])
    said = capsys.readouterr()
    return code, said.err.splitlines(), said.out
