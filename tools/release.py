"""Prepare a release: version, changelog, citation and conda recipe, then sdist, wheel and their checks.

    python tools/release.py 0.2.0          change the files and build into dist/
    python tools/release.py --build-only   build what is there, and check it

Nothing is committed, tagged or uploaded: look at the changes first. Needs build and twine, of the extra ``dev``.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSION_FILE = Path("src/napari_deconvolve/_version.py")
CHANGELOG, CITATION, RECIPE = Path("CHANGELOG.md"), Path("CITATION.cff"), Path("packaging/conda/recipe.yaml")
REPOSITORY = "https://github.com/napari-deconvolve/napari-deconvolve"
UNRELEASED = "## [Unreleased]\n"
NUMBER = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")


class ReleaseError(Exception):
    """The release cannot be made as things are."""


def with_version(text: str, version: str) -> str:
    """Return the module of the version with another one."""
    return _replaced(r'^__version__ = "[^"]*"$', f'__version__ = "{version}"', text, "_version.py has no version")


def dated(changelog: str, version: str, day: str) -> str:
    """Return a changelog whose unreleased changes are those of a version, under a new, empty heading."""
    if UNRELEASED not in changelog:
        raise ReleaseError("CHANGELOG.md has no heading [Unreleased]; add it.")
    if f"## [{version}]" in changelog:
        raise ReleaseError(f"CHANGELOG.md has a heading [{version}] already; give another version.")
    before, after = changelog.split(UNRELEASED)
    changes = re.split(r"^(?:## |\[)", after, maxsplit=1, flags=re.MULTILINE)[0]
    if not re.search(r"^- ", changes, re.MULTILINE):
        raise ReleaseError("CHANGELOG.md lists no change under [Unreleased]; write what is new.")
    links = f"[Unreleased]: {REPOSITORY}/compare/v{version}...main\n[{version}]: {REPOSITORY}/releases/tag/v{version}"
    after = _replaced(r"^\[Unreleased\]: .*$", links, after, "CHANGELOG.md has no link for [Unreleased]")
    return f"{before}{UNRELEASED}\n## [{version}] - {day}\n{after}"


def cited(citation: str, version: str, day: str) -> str:
    """Return the citation of a version of a day."""
    citation = _replaced(r"^version: .*$", f"version: {version}", citation, "CITATION.cff has no version")
    return _replaced(r"^date-released: .*$", f'date-released: "{day}"', citation, "CITATION.cff has no date")


def packed(recipe: str, version: str, digest: str) -> str:
    """Return the conda recipe for an sdist with a SHA-256."""
    recipe = _replaced(r"^  version: [\d.a-z]+$", f"  version: {version}", recipe, "The recipe has no version")
    return _replaced(r"^  sha256: [0-9a-f]{64}.*$", f"  sha256: {digest}", recipe, "The recipe has no sha256")


def _replaced(pattern: str, new: str, text: str, problem: str) -> str:
    found, count = re.subn(pattern, lambda _: new, text, count=1, flags=re.MULTILINE)
    if not count:
        raise ReleaseError(f"{problem}; write it as before.")
    return found


def _change(path: Path, change: Callable[[str], str]) -> None:
    place = ROOT / path
    place.write_text(change(place.read_text(encoding="utf-8")), encoding="utf-8")


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReleaseError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def built(folder: Path) -> list[Path]:
    """Build the sdist, and the wheel from the sdist; check both; return them."""
    shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-m", "build", "--outdir", str(folder))
    made = sorted(folder.iterdir())
    _run(sys.executable, "-m", "twine", "check", "--strict", *map(str, made))
    return made


def release(version: str, day: str) -> list[Path]:
    """Change the files, and build."""
    if not NUMBER.fullmatch(version):
        raise ReleaseError(f"{version} is not a version; give one such as 0.2.0 or 0.2.0rc1.")
    if changed := _run("git", "status", "--porcelain"):
        raise ReleaseError(f"These files are changed; commit them first:\n{changed}")
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in (VERSION_FILE, CHANGELOG, CITATION, RECIPE)}
    new = {
        VERSION_FILE: with_version(texts[VERSION_FILE], version),
        CHANGELOG: dated(texts[CHANGELOG], version, day),
        CITATION: cited(texts[CITATION], version, day),
    }
    for path, text in new.items():
        (ROOT / path).write_text(text, encoding="utf-8")
    try:
        made = built(ROOT / "dist")
    except ReleaseError:
        for path in new:
            (ROOT / path).write_text(texts[path], encoding="utf-8")
        raise
    (archive,) = (path for path in made if path.name.endswith(".tar.gz"))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    _change(RECIPE, lambda text: packed(text, version, digest))
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, and release or build."""
    parser = argparse.ArgumentParser(description="Prepare a release.")
    parser.add_argument("version", nargs="?", help="such as 0.2.0")
    parser.add_argument("--build-only", action="store_true", help="change no file")
    given = parser.parse_args(arguments)
    if given.build_only == (given.version is not None):
        parser.error("give a version, or --build-only")
    try:
        made = built(ROOT / "dist") if given.build_only else release(given.version, datetime.date.today().isoformat())
    except ReleaseError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(*(path.relative_to(ROOT) for path in made), sep="\n")
    print("Look at the changes (git diff), commit them, tag the commit, and upload dist/.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
