"""What a batch keeps of each file in its folder, so that it can be resumed: a row, and what its result depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from napari_deconvolve._version import __version__
from napari_deconvolve.cli.batch.rows import DONE, FAILED, PLANNED, Row
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.addresses import is_address
from napari_deconvolve.formats.atomic import refused, replacing
from napari_deconvolve.io import read_image
from napari_deconvolve.job.digest import digest_of
from napari_deconvolve.schema import parsed

FOLDER = ".batch"
BLOCK = 1 << 20  # bytes
NOT_COMPARED = ("workers", "scheduler")  # options that say who runs tiles, which have the same bits
Begin = Literal["new", "resume", "restart"]


class Records:
    """The rows of a batch, in a folder beside its results; each is written when it is known."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder) / FOLDER

    def known(self) -> dict[str, Row]:
        """Return all rows by the names of their results; one that cannot be read is still to be run."""
        return {path.name.removesuffix(".json"): _read(path) for path in sorted(self._folder.glob("*.json"))}

    def begin(self, rows: Sequence[Row]) -> None:
        """Note which results are about to be written: they are of this batch from now on."""
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError as error:
            raise refused(self._folder, error) from error
        for row in rows:
            self.keep(row)

    def keep(self, row: Row) -> None:
        """Write a row; it is complete or absent. One that failed keeps the mark by which its store was begun."""
        path = self._folder / f"{Path(row.output).name}.json"
        kept = replace(row, fingerprint=_read(path).fingerprint) if row.status == FAILED else row
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(kept.to_dict()), encoding="utf-8")


def _read(path: Path) -> Row:
    try:
        return Row.from_dict(parsed(path.read_text(encoding="utf-8"), "row of a batch"))
    except (OSError, UnicodeDecodeError, ParameterError):
        return planned("", "")


def require_begin(folder: str, known: Mapping[str, Row], begin: Begin) -> None:
    """Refuse to begin where an earlier batch is, unless it is said what becomes of it."""
    if known and begin == "new":
        done = sum(row.status == DONE for row in known.values())
        raise FileError(
            f"{folder} holds a batch already, of which {done} of {len(known)} files are done; give --resume to go on "
            "with it, or --restart to run all again."
        )


def kept(known: Row | None, planned: Row, mark: str) -> Row | None:
    """Return the row of a file that is done already, by the same input, recipe and PSF; None for others."""
    if known is None or known.status != DONE or known.fingerprint != mark or not Path(planned.output).exists():
        return None
    return known if (known.file, known.output) == (planned.file, planned.output) else None


def planned(file: str, output: str, mark: str = "") -> Row:
    """Return the row of a file that is still to be run; with the mark by which its store was begun, if it was."""
    return Row(file=file, output=output, status=PLANNED, fingerprint=mark)


def begun_by(known: Row | None, file: str, output: str) -> str:
    """Return the mark by which the store of a file was begun that an earlier batch did not come to the end of."""
    if known is None or known.status == DONE or (known.file, known.output) != (file, output):
        return ""
    return known.fingerprint


def fingerprint(image: str, recipe: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """Return a hash of all that a result depends on: the samples' file, recipe, PSF files, options and version."""
    files = {path: content_hash(path) for path in (image, *options.get("psf", ()))}
    asked = {name: value for name, value in options.items() if name not in NOT_COMPARED}
    known = {"version": __version__, "files": list(files.values()), "recipe": dict(recipe), "options": asked}
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def content_hash(path: str) -> str:
    """Return a hash of a file's bytes; of a store that of the names, sizes and times of its files.

    Of one at an address it is that of its axes and of samples all over it.
    """
    if is_address(path):
        stored = read_image(path, lazily=True)
        known = [list(stored.data.shape), stored.axes, stored.spacing, stored.units, digest_of(stored.data)]
        return hashlib.blake2b(json.dumps(known).encode(), digest_size=16).hexdigest()
    found = hashlib.blake2b(digest_size=16)
    source = Path(path)
    if source.is_dir():
        for one in sorted(source.rglob("*")):
            about = one.stat()
            found.update(f"{one.relative_to(source)} {about.st_size} {about.st_mtime_ns}\n".encode())
        return found.hexdigest()
    with source.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()
