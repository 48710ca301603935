"""What a command prints may fail to arrive: its reader has gone, or the disk is full."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator

from napari_deconvolve.errors import DeconvolutionError, FileError

OF_THE_STREAM = (errno.ENOSPC, errno.EIO, errno.EBADF)


@contextlib.contextmanager
def printing() -> Iterator[None]:
    """Let a block print, and see to it that all is printed; raise `FileError` in words where that fails."""
    try:
        yield
        if sys.stdout is not None:  # as it is where its descriptor was closed before Python began
            sys.stdout.flush()  # while an error can still be said
    except DeconvolutionError:
        raise
    except BrokenPipeError as error:
        _drop()
        raise FileError("Not all was printed: what should read it has ended.") from error
    except OSError as error:
        if error.errno not in OF_THE_STREAM or error.filename is not None:
            raise
        _drop()
        raise FileError(f"Not all was printed: {error.strerror}.") from error


def _drop() -> None:
    """Let what is left to print go nowhere: it would fail once more when the process ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
