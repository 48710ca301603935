"""Which images a TIFF file holds: planes that belong together, and copies of them in other sizes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.reading import damaged

Path = str | os.PathLike[str]

BY_PAGES = ("generic", "uniform")  # kinds of series that tifffile makes of pages of which nothing is said
MOST_PACKED = 5000  # times that compressed samples are larger than what is stored, at most


@dataclass(frozen=True, slots=True)
class FileImage:
    """One image of a file: its shape, axes by tifffile's letters, pages, and how its samples are read."""

    shape: tuple[int, ...]
    axes: str
    dtype: np.dtype[Any]
    pages: Sequence[Any]  # None where one is missing
    read: Callable[[], NDArray[Any]]
    one_block: int | None = None  # where the samples begin that lie together without gaps
    notes: tuple[str, ...] = ()
    ome: int = 0  # which image of the OME-XML it is
    name: str = ""

    @property
    def keyframe(self) -> Any:
        """The first page that is there."""
        found = next(page for page in self.pages if page is not None)
        return getattr(found, "keyframe", found)

    @property
    def size(self) -> int:
        """How many samples there are."""
        return int(np.prod(self.shape, dtype=np.float64))

    @property
    def nbytes(self) -> int:
        """How many bytes its samples take in memory."""
        return self.size * self.dtype.itemsize


def images_of(tif: Any) -> tuple[FileImage, ...]:
    """Return the images of an open file, in its order; of a pyramid only the finest.

    Equal images one after another that nothing tells apart are one stack.
    """
    every = [one for one in tif.series if one.size and one.shape]
    series = [one for one in every if not _is_preview(one)] or every
    if not series:
        return ()
    if all(one.kind in BY_PAGES for one in series) and len(series) + sum(len(one.levels) - 1 for one in series) > 1:
        return tuple(_by_pages(series))
    if series[0].kind == "shaped":
        return tuple(_joined(series))
    return tuple(_of_series(one, every.index(one)) for one in series)


def chosen(path: Path, images: Sequence[FileImage], number: int | None) -> tuple[FileImage, tuple[str, ...]]:
    """Return the image of a number from 1, or the largest, and what to say of the others."""
    if not images:
        raise damaged(path, "it holds no image")
    if number is not None:
        if not 1 <= number <= len(images):
            many = "1 image" if len(images) == 1 else f"{len(images)} images"
            raise FileError(f"{path} has no image number {number}; it holds {many} ({_listed(images)}).")
        return images[number - 1], ()
    largest = max(range(len(images)), key=lambda index: (images[index].size, -index))
    if len(images) == 1:
        return images[0], ()
    which = "the largest" if images[largest].size > min(one.size for one in images) else "the first"
    held = f"it holds {len(images)} images ({_listed(images)})"
    return images[largest], (f"{held}; number {largest + 1} is read, {which}; choose by --image",)


def require_complete(path: Path, image: FileImage) -> None:
    """Refuse an image whose samples cannot all be in the file, before any memory is taken for them."""
    if image.one_block is not None:
        size = os.path.getsize(path)
        if image.one_block + image.nbytes > size:
            raise damaged(path, f"{image.nbytes} bytes of image in a file of {size}")
    stored = 0
    for page in image.pages:
        if page is None:
            raise damaged(path, "a plane is missing")
        if image.one_block is not None:
            continue
        size = int(page.parent.filehandle.size)
        if any(start + count > size for start, count in zip(page.dataoffsets, page.databytecounts, strict=False)):
            raise damaged(path, "a plane lies beyond its end")
        stored += _stored_bytes(path, page)
    if image.one_block is None and image.nbytes > MOST_PACKED * stored:
        raise damaged(path, f"{image.nbytes} bytes of image cannot lie in {stored}")


def _stored_bytes(path: Path, page: Any) -> int:
    """Return how many bytes a plane takes in the file; refuse one that holds fewer than its samples need."""
    stored, key = int(sum(page.databytecounts)), getattr(page, "keyframe", page)
    plain = int(key.compression) == 1 and int(key.bitspersample) % 8 == 0 and not key.is_tiled and not key.is_subsampled
    need = int(np.prod(key.shape, dtype=np.float64)) * int(key.bitspersample) // 8
    if not stored or (plain and stored < need):
        raise damaged(path, f"a plane of {need} bytes has only {stored} in the file")
    return stored


def _is_preview(series: Any) -> bool:
    page = next((page for page in series.pages if page is not None), None)
    return page is not None and bool(page.is_reduced or page.is_mask)


def _of_series(series: Any, ome: int = 0) -> FileImage:
    pages = tuple(series.pages)
    return FileImage(
        tuple(int(length) for length in series.shape), str(series.axes), np.dtype(series.dtype), pages, series.asarray,
        series.dataoffset, ome=ome, name=str(series.name or ""),
    )  # fmt: skip


def _joined(series: Sequence[Any]) -> Iterator[FileImage]:
    """Join equal images that follow each other, as programs append plane by plane."""
    group: list[FileImage] = []
    for one in map(_of_series, series):
        if group and not _alike(group[0], one):
            yield _stack(group)
            group = []
        group.append(one)
    yield _stack(group)


def _alike(first: FileImage, second: FileImage) -> bool:
    return (first.shape, first.axes, first.dtype) == (second.shape, second.axes, second.dtype)


def _stack(group: Sequence[FileImage]) -> FileImage:
    if len(group) == 1:
        return group[0]
    first = group[0]
    pages = tuple(page for one in group for page in one.pages)
    shape = (len(group), *first.shape)
    return FileImage(shape, f"Q{first.axes}", first.dtype, pages, lambda: _filled(shape, first.dtype, group))


def _filled(shape: tuple[int, ...], dtype: np.dtype[Any], parts: Iterable[FileImage]) -> NDArray[Any]:
    whole = np.empty(shape, dtype)
    for place, one in enumerate(parts):
        whole[place] = one.read()
    return whole


def _by_pages(series: Sequence[Any]) -> Iterator[FileImage]:
    """Sort pages of which nothing is said by shape and type; those of one kind are a stack in the file's order.

    Previews, masks and what lies below another page (its smaller copies) are no images.
    """
    levels = [level for one in series for level in one.levels[1:]]
    copies = [page for level in levels for page in level.pages]
    below = [page for page in copies if not (page.is_subifd or page.is_reduced)]
    main = [page for one in series for page in one.levels[0].pages if page is not None and not page.is_subifd]
    wanted = [page for page in main if not (page.is_reduced or page.is_mask)] or main
    note = f"{len(below)} smaller copies of it in the file are left out" if below else ""
    yield from images_by_pages(wanted, note)


def images_by_pages(pages: Sequence[Any], note: str = "") -> Iterator[FileImage]:
    """Yield pages of one shape and type as a stack in the file's order; a note belongs to a stack without others."""
    groups: dict[Any, list[Any]] = {}
    for page in sorted(pages, key=lambda page: int(page.index)):
        groups.setdefault((page.shape, page.dtype, page.samplesperpixel, page.photometric), []).append(page)
    for alike in groups.values():
        yield _of_pages(alike, (note,) if note and len(groups) == 1 else ())


def _of_pages(pages: Sequence[Any], notes: tuple[str, ...]) -> FileImage:
    first = pages[0]
    shape, axes, dtype = tuple(int(length) for length in first.shape), str(first.axes), np.dtype(first.dtype)
    if len(pages) == 1:
        return FileImage(shape, axes, dtype, (first,), first.asarray, notes=notes)
    full = (len(pages), *shape)
    singles = [FileImage(shape, axes, dtype, (page,), page.asarray) for page in pages]
    return FileImage(full, f"I{axes}", dtype, tuple(pages), lambda: _filled(full, dtype, singles), notes=notes)


def _listed(images: Sequence[FileImage], most: int = 6) -> str:
    """List the images' numbers and shapes for a sentence."""
    each = [f"{number}: {' x '.join(map(str, one.shape))}" for number, one in enumerate(images, start=1)]
    return ", ".join(each if len(each) <= most else [*each[: most - 1], "..."])
