"""Measure how far the tests are to be trusted: the branches that they reach, and the changed programs that they notice.

    python tools/confidence.py [--mutants 600] [--seed 0] [--tests tests/core tests/psf ...] [--workers 2]

First all tests but those of windows run under coverage.py, child processes too, which notes which test reaches which
line; the share of branches is printed for each package. Then changes are drawn from all that cosmic-ray can make of
`core` and `psf`: another operator, comparison, number or constant, no iteration, a decorator or an exception less. For
each, in a process of its own and without a change on the disk, the quickest tests that reach its lines run. What they
do not notice is listed, to be read. cosmic-ray itself would run one command for all changes, in files that it
overwrites; mutmut copies the package to where tests of its files do not find it.

The exit code is 1 where a package lies under --least, or fewer than --killed of the changes are noticed.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "napari_deconvolve"
PLACE = ROOT / "build" / "confidence"
DATA, TIMES = PLACE / "coverage", PLACE / "times.txt"
MEASURED = ("core", "psf", "job", "methods", "run", "formats")
CHANGED = ("core", "psf")
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
MOST_SECONDS = 60.0  # of tests for one change: the quickest that reach it
LONGER = 5.0  # times as long as without the change, before the change counts as noticed


@dataclass(frozen=True)
class Change:
    """A change of the source: the how manyth of an operator's, and where it is."""

    path: Path
    operator: str
    number: int
    first: int
    last: int

    @property
    def module(self) -> str:
        """The module's name."""
        parts = self.path.relative_to(SOURCE.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def source(self) -> str | None:
        """Return the changed source; None where the change is one of words alone, as in a type or a docstring."""
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        before = self.path.read_text(encoding="utf-8")
        after = mutate_code(before, get_operator(self.operator)(), self.number)
        return None if after is None or _meaning(before) == _meaning(after) else str(after)

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.first} {self.operator.removeprefix('core/')} ({self.number})"


def main() -> None:
    """Measure, change, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tests", nargs="+", default=["tests", "--ignore", "tests/gui"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--least", type=float, default=90.0, help="%% of branches of each package")
    parser.add_argument("--killed", type=float, default=85.0, help="%% of changes that are noticed")
    parser.add_argument("--again", action="store_true", help="take the coverage that was measured last")
    given = parser.parse_args()
    os.environ["CI"] = "true"  # the examples of hypothesis are the same each time
    if not given.again:
        measure(given.tests, given.workers)
    good = report(given.least)
    if given.mutants:
        good &= noticed(draw(given.mutants, given.seed), given.workers, given.killed)
    sys.exit(not good)


def measure(tests: Sequence[str], workers: int) -> None:
    """Run the tests under coverage.py; keep which test reaches which line, and how long each takes."""
    PLACE.mkdir(parents=True, exist_ok=True)
    for old in PLACE.glob("coverage*"):
        old.unlink()
    settings = PLACE / "settings.ini"
    settings.write_text(CONFIGURATION, encoding="utf-8")
    spread = ["--numprocesses", str(workers), "--dist", "worksteal"] if workers > 1 else []
    options = ["--cov", "--cov-branch", f"--cov-config={settings}", "--cov-context=test", "--cov-report="]
    line = [sys.executable, "-m", "pytest", "-q", *spread, *options, "--durations=0", "-vv", *tests]
    begun = time.monotonic()
    done = subprocess.run(line, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    TIMES.write_text(done.stdout, encoding="utf-8")
    print(f"{done.stdout.strip().splitlines()[-1]}; {time.monotonic() - begun:.0f} s under coverage.py")


def report(least: float) -> bool:
    """Print the share of lines and branches that are reached, by package; return whether each has enough."""
    import json

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
    for package in MEASURED:
        lines, every, branches, ways = sums[package]
        shares.append(100 * branches / max(ways, 1))
        print(f"{package:10}{every:9}{100 * lines / max(every, 1):8.1f}%{ways:10}{shares[-1]:8.1f}%", flush=True)
    return min(shares) >= least


def draw(count: int, seed: int) -> list[Change]:
    """Draw so many of all changes that mean something."""
    every = [one for package in CHANGED for path in sorted((SOURCE / package).rglob("*.py")) for one in changes(path)]
    random.Random(seed).shuffle(every)
    found: list[Change] = []
    for one in every:
        if len(found) == count:
            break
        if one.source() is not None:
            found.append(one)
    return found


def changes(path: Path) -> Iterator[Change]:
    """Yield all changes of a module that cosmic-ray's operators can make."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.plugins import get_operator, operator_names

    nodes = list(ast_nodes(get_ast_from_path(path)))
    for name in sorted(operator_names()):
        kind = get_operator(name)
        if kind.arguments() or name.endswith("no-op"):
            continue
        places = (place for node in nodes for place in kind().mutation_positions(node))
        for number, (begin, end) in enumerate(places):
            yield Change(path, name, number, begin[0], end[0])


def _meaning(source: str) -> str:
    """Return a program without its docstrings and types."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant("")
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node):
            node.body = node.body[1:]
    return ast.dump(tree)


def noticed(found: Sequence[Change], workers: int, least: float) -> bool:
    """Run the tests of each change; print those that nobody notices, and the share of the others."""
    tests, begun = Tests(), time.monotonic()
    for module in ("numpy", "scipy.fft", "scipy.ndimage", "scipy.optimize", "scipy.special", "hypothesis", "pytest"):
        importlib.import_module(module)  # once for all, not in each process
    left, running, lived = list(found), dict[int, tuple[Change, float]](), list[Change]()
    while left or running:
        while left and len(running) < workers:
            one = left.pop()
            names, seconds = tests.of(one)
            if not names:
                lived.append(one)
                print(f"  no test reaches {one}", flush=True)
                continue
            running[_begin(one, names)] = (one, time.monotonic() + 30 + LONGER * seconds)
        for child, (one, end) in list(running.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if not ended and time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
                ended, status = os.waitpid(child, 0)
            if ended:
                del running[child]
                if status == 0:
                    lived.append(one)
                    print(f"  not noticed: {one}", flush=True)
        time.sleep(0.05)
    share = 100 * (1 - len(lived) / max(len(found), 1))
    print(f"{len(found)} changes, {len(found) - len(lived)} noticed: {share:.1f} %, {time.monotonic() - begun:.0f} s")
    return share >= least


class Tests:
    """Which tests reach a line, and how long they take."""

    def __init__(self) -> None:
        from coverage import CoverageData

        self._data = CoverageData(basename=str(DATA))
        self._data.read()
        self._seconds: dict[str, float] = defaultdict(float)
        for seconds, name in TIME.findall(TIMES.read_text(encoding="utf-8")):
            self._seconds[name.strip()] += float(seconds)
        self._lines: dict[Path, dict[int, list[str]]] = {}

    def of(self, change: Change) -> tuple[list[str], float]:
        """Return the quickest tests that reach a change, and how long they take without it."""
        if change.path not in self._lines:
            self._lines[change.path] = self._data.contexts_by_lineno(str(change.path))
        lines = self._lines[change.path]
        inside = _in_function(change)
        places = range(change.first, change.last + 1) if inside else lines  # what is done once, at import, serves all
        every = {name.split("|")[0] for line in places for name in lines.get(line, ())} - {""}
        names: list[str] = []
        total = 0.0
        for name in sorted(every, key=lambda one: (self._seconds[one], one)):
            if names and total + self._seconds[name] > MOST_SECONDS:
                break
            names.append(name)
            total += self._seconds[name]
        return names, total


def _in_function(change: Change) -> bool:
    """Return whether a change lies in what a function does, and not in what is done when the module is imported."""
    nodes = ast.walk(ast.parse(change.path.read_text(encoding="utf-8")))
    bodies = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    return any(node.body[0].lineno <= change.first <= (node.end_lineno or 0) for node in bodies)


class Changed(SourceFileLoader):
    """Finds and loads one module from another source; all others are left to Python."""

    def __init__(self, change: Change, source: str) -> None:
        super().__init__(change.module, str(change.path))
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        """Compile the changed source."""
        return compile(self._source, self.path, "exec")

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Answer for the module alone."""
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None


def _begin(change: Change, names: Sequence[str]) -> int:
    """Run tests of a change in a process of its own; return its number. It ends with 0 where no test fails."""
    source = change.source()
    assert source is not None
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os.chdir(ROOT)
        sys.meta_path.insert(0, Changed(change, source))  # type: ignore[arg-type]
        import pytest

        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", *names]))
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
