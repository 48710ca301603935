"""Files that are complete or absent: written under another name, then renamed."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.addresses import refuse_to_write
from napari_deconvolve.formats.parts import in_use, part_of

CUT_SHORT = re.compile(r"\d+ requested and \d+ written")  # what numpy says, without a number, where a disk is full


def check_target(path: str | os.PathLike[str]) -> Path:
    """Raise `FileError` early if no file can be written at `path`.

    Return the path with symbolic links followed, so that writing replaces the file and not the link.
    """
    refuse_to_write(path)
    target = Path(os.path.realpath(path))
    folder = target.parent
    if target.is_dir():
        raise FileError(f"{path} is a folder; give the name of a file in it.")
    if not folder.is_dir():
        raise FileError(f"{path} cannot be written: there is no folder {folder}; make it, or give another.")
    if not os.access(folder, os.W_OK):
        raise FileError(f"{path} cannot be written: no permission to write in {folder}; give another folder.")
    return target


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Return a temporary name beside `path`, and rename it to `path` when the block ends well.

    Whatever goes wrong, an interrupt included, the temporary file is removed and an older file at `path` stays as it
    was. Temporary files of processes that were killed are removed. All that the system refuses becomes a `FileError` of
    one sentence.
    """
    target = check_target(path)
    temporary = part_of(target)
    try:
        temporary.touch(exist_ok=False)
        with in_use(temporary):
            yield temporary
        os.replace(temporary, target)
    except FileError:
        raise
    except OSError as error:
        raise refused(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def refused(path: str | os.PathLike[str], error: OSError) -> FileError:
    """Return the error for what the system refuses to write, in one sentence."""
    return FileError(f"{path} cannot be written: {_reason(error)}.")


def _reason(error: OSError) -> str:
    cut_short = CUT_SHORT.match(str(error))
    if error.errno == errno.EFBIG or (cut_short and _sizes_are_limited()):
        return "it would be larger than the system allows this process; raise that limit, or save less"
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or cut_short:
        return "the disk is full; make room or give another folder"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "no permission; give another folder"
    return f"{error.strerror or error}; give another name or folder"


def _sizes_are_limited() -> bool:
    """Return whether files of this process may have only a certain size."""
    try:
        import resource
    except ImportError:  # on Windows
        return False
    return resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY
