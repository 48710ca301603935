"""Measure how far the tests are to be trusted: the branches that they reach, and the changed programs that they notice.

    python tools/confidence.py [--mutants 600] [--seed 0] [--tests tests/core tests/psf ...] [--workers 2] [--again]

First all tests but those of windows run under coverage.py, child processes too, which notes which test reaches which
line; the share of branches is printed for each package. Then changes are drawn from all that cosmic-ray can make of
`core` and `psf`: another operator, comparison, number or constant, no iteration, a decorator or an exception less. For
each, without a change on the disk (`confidence_changes.py`), the tests that reach its lines run, the quickest first,
until one fails. What they do not notice is listed, to be read. What was found is kept: with --again an interrupted run
goes on, and with --also files of tests that were written since are tried on what was not noticed. cosmic-ray itself
would run one command for all changes, in files that it overwrites; mutmut copies the package to where tests of its
files do not find it.

The exit code is 1 where a package lies under --least, or fewer than --killed of the changes are noticed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from confidence_changes import ROOT, SOURCE, Change, begin, draw, in_function, run_pytest

PLACE = ROOT / "build" / "confidence"
DATA, TIMES, FOUND = PLACE / "coverage", PLACE / "times.txt", PLACE / "changes.jsonl"
MEASURED = ("core", "psf", "job", "methods", "run", "formats")
CONFIGURATION = f"""[run]
branch = true
source = {SOURCE}
data_file = {DATA}
parallel = true
patch = subprocess
[report]
exclude_also =
    if TYPE_CHECKING:
    raise NotImplementedError
    \\.\\.\\.
"""
TIME = re.compile(r"^([\d.]+)s (?:call|setup) +(\S.*)$", re.MULTILINE)
MOST_SECONDS = 20.0  # of tests for one change: the quickest that reach it
LEAST_LIMIT, LONGER = 40.0, 5.0  # seconds, and times as long as without the change, before it counts as noticed


def main() -> None:
    """Measure, change, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tests", nargs="+", default=["tests", "--ignore", "tests/gui"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--least", type=float, default=90.0, help="%% of branches of each package")
    parser.add_argument("--killed", type=float, default=85.0, help="%% of changes that are noticed")
    parser.add_argument("--packages", nargs="+", default=list(MEASURED), help="whose coverage counts")
    parser.add_argument("--again", action="store_true", help="take the coverage that was measured last, and go on")
    parser.add_argument("--also", nargs="+", default=[], help="tests to try on changes that were not noticed")
    given = parser.parse_args()
    os.environ["CI"] = "true"  # the examples of hypothesis are the same each time
    if not given.again:
        measure(given.tests, given.workers)
    good = report(given.packages, given.least)
    if given.mutants:
        good &= noticed(draw(given.mutants, given.seed), given.workers, given.killed, given.also)
    sys.exit(not good)


def measure(tests: Sequence[str], workers: int) -> None:
    """Run the tests under coverage.py; keep which test reaches which line, and how long each takes."""
    PLACE.mkdir(parents=True, exist_ok=True)
    for old in (*PLACE.glob("coverage*"), FOUND):
        old.unlink(missing_ok=True)
    settings = PLACE / "settings.ini"
    settings.write_text(CONFIGURATION, encoding="utf-8")
    spread = ["--numprocesses", str(workers), "--dist", "worksteal"] if workers > 1 else []
    options = ["--cov", "--cov-branch", f"--cov-config={settings}", "--cov-context=test", "--cov-report="]
    line = [sys.executable, "-m", "pytest", "-q", *spread, *options, "--durations=0", "-vv", *tests]
    begun = time.monotonic()
    done = subprocess.run(line, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    TIMES.write_text(done.stdout, encoding="utf-8")
    print(f"{done.stdout.strip().splitlines()[-1]}; {time.monotonic() - begun:.0f} s under coverage.py")


def report(packages: Sequence[str], least: float) -> bool:
    """Print the share of lines and branches that are reached, by package; return whether each has enough."""
    from coverage import Coverage

    found = Coverage(data_file=str(DATA), config_file=str(PLACE / "settings.ini"))
    found.load()
    found.json_report(outfile=str(PLACE / "coverage.json"))
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for name, one in json.loads((PLACE / "coverage.json").read_text(encoding="utf-8"))["files"].items():
        package = Path(ROOT, name).relative_to(SOURCE).parts[0]
        counts = one["summary"]
        keys = ("covered_lines", "num_statements", "covered_branches", "num_branches")
        sums[package] = [before + counts[key] for before, key in zip(sums[package], keys, strict=True)]
    print(f"{'package':10}{'lines':>9}{'reached':>9}{'branches':>10}{'reached':>9}")
    shares = []
    for package in packages:
        lines, every, branches, ways = sums[package]
        shares.append(100 * branches / max(ways, 1))
        print(f"{package:10}{every:9}{100 * lines / max(every, 1):8.1f}%{ways:10}{shares[-1]:8.1f}%", flush=True)
    return min(shares) >= least


def noticed(found: Sequence[Change], workers: int, least: float, also: Sequence[str]) -> bool:
    """Run the tests of each change; print those that nobody notices, and the share of the others.

    What was found of a change is kept at once, so that an interrupted run goes on. Changes that lived are tried again
    by the tests `also`, which were written since.
    """
    tests, known, begun = Tests(also), _known(), time.monotonic()
    run_pytest("--collect-only", *tests.files)  # loads the package and all tests once, not in each process
    left = [one for one in reversed(found) if str(one) not in known or (also and not known[str(one)])]
    running: dict[int, tuple[Change, float]] = {}
    while left or running:
        while left and len(running) < workers:
            one = left.pop()
            names, seconds = tests.of(one)
            if names:
                running[begin(one, names)] = (one, time.monotonic() + LEAST_LIMIT + LONGER * seconds)
            else:
                known[str(one)] = _keep(one, False)
        for child, (one, end) in list(running.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if not ended and time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
                ended, status = os.waitpid(child, 0)
            if ended:
                del running[child]
                known[str(one)] = _keep(one, status != 0)
        time.sleep(0.02)
    lived = [one for one in map(str, found) if not known[one]]
    for one in lived:
        print(f"  not noticed: {one}")
    share = 100 * (1 - len(lived) / max(len(found), 1))
    print(f"{len(found)} changes, {len(found) - len(lived)} noticed: {share:.1f} %, {time.monotonic() - begun:.0f} s")
    return share >= least


def _known() -> dict[str, bool]:
    """Return what was found of changes since the tests were measured."""
    lines = FOUND.read_text(encoding="utf-8").splitlines() if FOUND.exists() else []
    return dict(map(json.loads, lines))


def _keep(change: Change, seen: bool) -> bool:
    """Keep whether a change was noticed, and return it."""
    with FOUND.open("a", encoding="utf-8") as file:
        file.write(json.dumps([str(change), seen]) + "\n")
    return seen


class Tests:
    """Which tests reach a line, and how long they take."""

    def __init__(self, also: Sequence[str] = ()) -> None:
        from coverage import CoverageData

        self._data = CoverageData(basename=str(DATA))
        self._data.read()
        self._also = list(also)
        self._seconds: dict[str, float] = defaultdict(float)
        for seconds, name in TIME.findall(TIMES.read_text(encoding="utf-8")):
            self._seconds[name.strip()] += float(seconds)
        self._lines: dict[Path, dict[int, list[str]]] = {}

    @property
    def files(self) -> list[str]:
        """The files of all tests."""
        return sorted({name.partition("::")[0] for name in self._data.measured_contexts() if "::" in name})

    def of(self, change: Change) -> tuple[list[str], float]:
        """Return the quickest tests that reach a change, and how long they take without it."""
        if change.path not in self._lines:
            self._lines[change.path] = self._data.contexts_by_lineno(str(change.path))
        lines = self._lines[change.path]
        inside = in_function(change)
        places = range(change.first, change.last + 1) if inside else lines  # what is done once, at import, serves all
        every = {name.split("|")[0] for line in places for name in lines.get(line, ())} - {""}
        names: list[str] = []
        total = 0.0
        for name in sorted(every, key=lambda one: (self._seconds[one], one)):
            if names and total + self._seconds[name] > MOST_SECONDS:
                break
            names.append(name)
            total += self._seconds[name]
        return [*self._also, *names], total


if __name__ == "__main__":
    main()
