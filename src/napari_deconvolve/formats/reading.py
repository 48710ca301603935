"""From what goes wrong in a file to one sentence about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_deconvolve.errors import DeconvolutionError, FileError, ResourceError
from napari_deconvolve.formats.addresses import is_address
from napari_deconvolve.memory import free_bytes


def suffix_of(path: str | os.PathLike[str]) -> str:
    """Return the ending that tells the format, in small letters; ``.ome.tif`` counts as ``.tif``."""
    return Path(path).suffix.lower()


@contextmanager
def reading(path: str | os.PathLike[str], kind: str, *, folder: bool = False) -> Iterator[Path]:
    """Turn every failure of the block into a `FileError` that names the file, lack of memory into a `ResourceError`.

    `kind` stands in the sentence: "a TIFF image". What is kept as a `folder` may be one.
    """
    if is_address(path):
        raise FileError(f"{path} is an address, where only Zarr stores are read; copy the file and give its path.")
    source = Path(path)
    try:
        if source.is_dir() and not folder:
            raise FileError(f"{path} is a folder; give a file in it.")
        if source.stat().st_size == 0:
            raise FileError(f"{path} is empty; save it again in the program that made it.")
        yield source
    except DeconvolutionError:
        raise
    except FileNotFoundError:
        raise FileError(f"There is no file {path}; check its name and folder.") from None
    except PermissionError:
        raise FileError(f"{path} may not be read; change its permissions or copy it.") from None
    except MemoryError:
        raise ResourceError(f"{path} does not fit into memory; cut it into smaller files.") from None
    except Exception as error:  # a damaged file can make its decoder raise anything
        raise FileError(
            f"{path} cannot be read as {kind} ({first_line(error)}); check that it is one and complete, "
            "or save it again."
        ) from error


def require_memory(path: str | os.PathLike[str], size: int) -> None:
    """Refuse, before anything is read, an image of so many bytes that do not fit into free memory."""
    free = free_bytes()
    if size > free:
        raise ResourceError(
            f"{path} holds an image of {size / 1e9:.3g} GB and {free / 1e9:.3g} GB of memory are free; cut it into "
            "smaller files."
        )


def damaged(path: str | os.PathLike[str], what: str) -> FileError:
    """Make the error for a file that ends too early."""
    return FileError(f"{path} is damaged or not complete ({what}); copy or save it again.")


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or its type."""
    lines = str(error).strip().splitlines()
    return lines[0][:120].rstrip(".") if lines else type(error).__name__
