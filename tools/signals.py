"""Send signals at random moments to commands that write: an output is old or new and whole, and the words are right.

    python tools/signals.py [--times 100] [--seed 0]

Each time one of the commands `run`, `sweep`, `blur`, `psf` and `batch` is begun over an older output, and gets SIGINT,
SIGTERM or SIGKILL after a random share of the time that it takes. Counted are the times in which the output is neither
the old one nor the new one, a temporary file stays that the next write does not remove, or an exit code or sentence is
wrong. The first 0.15 s belong to the interpreter, which no program can answer for.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_deconvolve.formats import parts
from napari_deconvolve.io import write_image

MAIN = (sys.executable, "-c", "from napari_deconvolve.cli import main; main()")
SENTENCE = "Stopped; no output was left half-written."
INTERPRETER = 0.15  # seconds
COMMANDS = {
    "run": ("run a.tif --gaussian 0.3 --iterations 60 -o {}", "out.ome.tif"),
    "sweep": ("sweep a.tif --gaussian 0.3 --iterations 10,20 -o {}", "out.csv"),
    "blur": ("blur a.tif --gaussian 0.3 -o {}", "out.ome.tif"),
    "psf": ("psf microscope --modality widefield --na 1.2 --emission 0.5 --spacing 0.2,0.1,0.1 -o {}", "out.ome.tif"),
    "batch": ("batch a.tif b.tif --gaussian 0.3 --iterations 60 -o {} --restart", "folder"),
}
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


@dataclass(frozen=True)
class Trial:
    """One command, stopped or ended.

    Attributes
    ----------
    command, signal : str
    share : float
        Of the time that it takes, after which it got the signal.
    problem : str
        What was wrong; empty when all was right.
    """

    command: str
    signal: str
    share: float
    problem: str


def prepare(folder: Path) -> None:
    """Write two images into a folder."""
    draw = np.random.default_rng(0)
    for name in ("a.tif", "b.tif"):
        write_image(folder / name, draw.poisson(30, (6, 96, 96)).astype(np.uint16), spacing=0.1, units="um")


def duration(folder: Path, command: str) -> float:
    """Return how long a command takes when nothing stops it."""
    begin = time.monotonic()
    subprocess.run(_arguments(command), cwd=folder, check=True, capture_output=True)
    return time.monotonic() - begin


def trial(folder: Path, command: str, number: signal.Signals, share: float, seconds: float) -> Trial:
    """Run a command over its older output, send a signal on the way, and look at what is left."""
    old = _contents(folder / COMMANDS[command][1])
    process = subprocess.Popen(
        _arguments(command), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(INTERPRETER + share * seconds)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    problem = _wrong_words(process.returncode, said, number) or _wrong_files(folder, command, old, process.returncode)
    return Trial(command, number.name, share, problem)


def _arguments(command: str) -> list[str]:
    text, output = COMMANDS[command]
    return [*MAIN, *text.format(output).split()]


def _wrong_words(code: int, said: str, number: signal.Signals) -> str:
    if "Traceback" in said or "Unexpected" in said:
        return f"words: {said.strip().splitlines()[-1]}"
    ended = code == 0 or (code == 130 and SENTENCE in said)
    killed = number == signal.SIGKILL and code == -number
    return "" if ended or killed else f"exit code {code}: {said.strip()[-100:]}"


def _wrong_files(folder: Path, command: str, old: dict[str, bytes], code: int) -> str:
    new = _contents(folder / COMMANDS[command][1])
    if code == 0:
        return "" if new else "no output"
    for name, content in new.items():
        if content != old.get(name) and name.endswith(".csv") and not content.endswith(b"\n"):
            return f"{name} is cut off"
        if content != old.get(name) and name.endswith(".tif"):
            whole = subprocess.run([*MAIN, "inspect", name], cwd=folder, capture_output=True, check=False)
            if whole.returncode:
                return f"{name} is damaged"
    left = [one for one in folder.rglob("*") if parts.NAME.fullmatch(one.name)]
    if left and code == 130:
        return f"left behind: {left[0].name}"
    time.sleep(parts.JUST_MADE if left else 0)
    for place in {one.parent for one in left}:
        parts.clear(place)
    return "left for ever" if any(one.exists() for one in left) else ""


def _contents(output: Path) -> dict[str, bytes]:
    files = [one for one in output.rglob("*") if one.is_file()] if output.is_dir() else [output]
    return {str(one.relative_to(output.parent)): one.read_bytes() for one in files if one.exists()}


def main() -> None:
    """Print a table of all trials that went wrong, and their number."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    draw, wrong, done = random.Random(given.seed), 0, Counter[str]()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        prepare(folder)
        seconds = {command: duration(folder, command) for command in COMMANDS}
        for turn in range(given.times):
            command, number = list(COMMANDS)[turn % len(COMMANDS)], draw.choice(SIGNALS)
            one = trial(folder, command, number, draw.random(), seconds[command])
            done[f"{one.command} {one.signal}"] += 1
            if one.problem:
                wrong += 1
                print(f"{one.command:8}{one.signal:9}{one.share:6.2f}  {one.problem}", flush=True)
    print("; ".join(f"{name} {count}" for name, count in sorted(done.items())))
    print(f"{given.times - wrong} of {given.times} right; seed {given.seed}")
    sys.exit(min(1, wrong))


if __name__ == "__main__":
    main()
