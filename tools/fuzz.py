"""Feed damaged and hostile values to everything that reads: nothing may hang, grow, break or be written elsewhere.

    python tools/fuzz.py [--inputs 5000] [--seed 0] [--only recipe tiff ...]

Each target (see `fuzz_targets`) has a process of its own, in which inputs are drawn by hypothesis from one seed, so
that a run can be repeated. Counted are inputs that take longer than 10 s, end in an exception outside the tree of
`DeconvolutionError`, crash the process, raise its memory by more than 2 GiB, or write outside the folder they may
write to. Each finding is kept in a file, to be read again by `--again FILE --only TARGET`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

LONGEST, MOST = 10.0, 2 << 30  # seconds for an input, bytes beyond those at the start
KINDS = ("hangs", "exceptions", "crashes", "memory", "files")


class Hang(BaseException):
    """An input took too long; not an `Exception`, lest a reader takes it for a damaged file."""


def main() -> None:
    """Read the options, and do what they ask."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=5000, help="over all targets")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", default=(), help="names of targets")
    parser.add_argument(
        "--keep", type=Path, default=Path(tempfile.gettempdir()) / "findings", help="folder of findings"
    )
    parser.add_argument("--again", type=Path, help="a finding to read once more")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.again is not None:
        _again(given.only[0], given.again)
    elif given.inside:
        print(json.dumps(fed(given.only[0], given.inputs, given.seed, given.keep)))
    else:
        sys.exit(_all(given.inputs, given.seed, tuple(given.only), given.keep))


def _all(inputs: int, seed: int, only: tuple[str, ...], keep: Path) -> int:
    """Run each target in a process of its own; print the table, and return how many findings there are."""
    from fuzz_targets import targets

    keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        known = {name: one.slow for name, one in targets(Path(folder)).items() if not only or name in only}
    share = inputs / sum(1 / slow for slow in known.values())
    total: Counter[str] = Counter()
    print(f"{'target':16}{'inputs':>8}{'refused':>9}{'seconds':>9}{'MB':>7}  findings")
    for name, slow in known.items():
        found = _one(name, max(1, round(share / slow)), seed, keep)
        total.update({kind: found.get(kind, 0) for kind in (*KINDS, "inputs")})
        words = ", ".join(f"{found[kind]} {kind}" for kind in KINDS if found.get(kind)) or "none"
        print(
            f"{name:16}{found.get('inputs', 0):8}{found.get('refused', 0):9}{found.get('seconds', 0):9}"
            f"{found.get('MB', 0):7}  {words}",
            flush=True,
        )
    print(f"{total['inputs']} inputs: " + ", ".join(f"{total[kind]} {kind}" for kind in KINDS) + f"; seed {seed}")
    return min(1, sum(total[kind] for kind in KINDS))


def _one(name: str, inputs: int, seed: int, keep: Path) -> dict[str, int]:
    options = ("--only", name, "--inputs", str(inputs), "--seed", str(seed), "--keep", str(keep), "--inside")
    done = subprocess.run([sys.executable, __file__, *options], capture_output=True, text=True, check=False)
    sys.stderr.write(done.stderr)
    lines = done.stdout.splitlines()
    return json.loads(lines[-1]) if done.returncode == 0 and lines else {"crashes": 1}


def fed(name: str, inputs: int, seed: int, keep: Path) -> Counter[str]:
    """Draw and read the inputs of one target in this process; return what was counted, and keep what was found."""
    from fuzz_targets import targets
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    keep.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGALRM, _too_long)
    counted: Counter[str] = Counter()
    start, began = _resident(), time.monotonic()
    with tempfile.TemporaryDirectory() as made:
        target = targets(Path(made) / "good")[name]
        place = Path(made) / "in"
        place.mkdir()

        @seeded(seed)
        @settings(max_examples=inputs, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(target.inputs)
        def each(data: bytes) -> None:
            file = place / target.file
            file.write_bytes(data)
            counted["inputs"] += 1
            before = _files(Path(made))
            kind = _read(target.read, file, counted)
            if not kind and _files(Path(made)) != before:
                kind = "files"
                print(f"{name}: wrote {_files(Path(made)) - before}", file=sys.stderr)
            if not kind and _resident() - start > MOST and not counted["memory"]:
                kind = "memory"
            if kind:
                counted[kind] += 1
                kept = keep / f"{name.replace(' ', '_')}-{kind}-{seed}-{counted['inputs']}{file.suffix}"
                kept.write_bytes(data)
                print(f"{name}: {kind}, kept as {kept}", file=sys.stderr)

        each()
    counted["seconds"] = round(time.monotonic() - began)
    counted["MB"] = (_resident() - start) >> 20
    return counted


def _read(read: object, file: Path, counted: Counter[str]) -> str:
    """Read one input; return the kind of what was found, or nothing."""
    from fuzz_targets import ALLOWED

    try:
        with _limited(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read(file)  # type: ignore[operator]
    except ALLOWED:
        counted["refused"] += 1
    except Hang:
        return "hangs"
    except (Exception, KeyboardInterrupt):
        traceback.print_exc(limit=-4)
        return "exceptions"
    return ""


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    signal.setitimer(signal.ITIMER_REAL, LONGEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _too_long(number: int, frame: object) -> NoReturn:
    raise Hang


def _resident() -> int:
    """Return the most memory that this process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _files(folder: Path) -> set[str]:
    return {str(one) for one in folder.rglob("*")}


def _again(name: str, file: Path) -> None:
    from fuzz_targets import targets

    with tempfile.TemporaryDirectory() as made:
        target = targets(Path(made) / "good")[name]
        place = Path(made) / "in"
        place.mkdir()
        copy = place / target.file
        copy.write_bytes(file.read_bytes())
        print(target.read(copy))


if __name__ == "__main__":
    main()
