"""Small matrix products on one thread: beside the threads of the Fourier transforms, more make them slower."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

_LOCK = threading.Lock()  # the limit is the process's, so two that set it at once would restore the wrong one


@contextmanager
def one_thread() -> Iterator[None]:
    """Let BLAS run on one thread inside."""
    with _LOCK, _controller().limit(limits=1, user_api="blas"):
        yield


@lru_cache(maxsize=1)
def _controller() -> Any:
    """Look once for the libraries, which takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
