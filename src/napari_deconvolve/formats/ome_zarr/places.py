"""Where a Zarr store lies: in a local folder, or at an address that obstore or fsspec open (the extra ``remote``)."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from napari_deconvolve.errors import DeconvolutionError, FileError, ResourceError
from napari_deconvolve.formats.addresses import is_address
from napari_deconvolve.formats.ome_zarr.library import library, may_be_store
from napari_deconvolve.formats.optional import optional_library
from napari_deconvolve.formats.reading import first_line, reading

OBJECT_STORES = ("s3", "s3a", "gs", "az", "azure", "abfs", "http", "https")  # that obstore opens
RETRIES, RETRY_S, TIMEOUT_S = 4, 30, 30
REMEDIES = {  # by the scheme of an address
    "s3": "for s3:// set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true for a public bucket",
    "gs": "for gs:// set GOOGLE_APPLICATION_CREDENTIALS, or GOOGLE_SKIP_SIGNATURE=true for a public bucket",
}
INSTEAD = "copy the store into a local folder"


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Any]:
    """Yield the group or array of a store; turn every failure of the block into a `FileError` that names the store."""
    zarr = library(path)
    if not is_address(path):
        with reading(path, "a Zarr store", folder=True) as source:
            _require_store(path, source)
            yield zarr.open(str(source.absolute()), mode="r")
        return
    address = os.fspath(path).rstrip("/")
    try:
        yield zarr.open(_store_at(address), mode="r")
    except DeconvolutionError:
        raise
    except MemoryError:
        raise ResourceError(f"{path} does not fit into memory; cut it into smaller files.") from None
    except FileNotFoundError:
        raise FileError(f"There is no Zarr store at {path}; check the address.") from None
    except Exception as error:  # networks fail in many ways
        what = "may not be read" if _is_refusal(error) else f"cannot be read ({why(error)})"
        raise FileError(f"{path} {what}; {_remedy(address)}.") from error


def _require_store(path: str | os.PathLike[str], source: Path) -> None:
    """Refuse what is no store in words that say what it is."""
    if source.is_file():
        raise FileError(f"{path} is a file, and a Zarr store is a folder; unpack it, or give the folder.")
    if source.is_dir() and not may_be_store(source):
        raise FileError(f"{path} is a folder without a Zarr array or group; check that it was copied as a whole.")


def why(error: BaseException) -> str:
    """Return the reason of a failure, in a few words."""
    return first_line(error).rpartition(" - ")[2].strip()


def still_there(path: str | os.PathLike[str], array: Any) -> bool:
    """Return whether an array that was opened is still in its store: of chunks that are gone, zarr reads zeros.

    Elsewhere than in a local folder it is asked for.
    """
    name = "zarr.json" if array.metadata.zarr_format == 3 else ".zarray"
    if not is_address(path):
        return Path(path, array.path, name).exists()
    try:
        library(path).open_array(array.store_path, mode="r")
    except FileNotFoundError:
        return False
    return True


def _store_at(address: str) -> Any:
    scheme = _scheme(address)
    if scheme in OBJECT_STORES and importlib.util.find_spec("obstore") is not None:
        return _by_obstore(address)
    storage = library(address, "zarr.storage")
    try:
        return storage.FsspecStore.from_url(address, read_only=True)
    except ImportError:
        optional_library(address, _needed(scheme), "remote", INSTEAD)
        raise
    except ValueError as error:
        raise FileError(f"{address} cannot be opened ({why(error)}); give s3://, gs://, https:// or a path.") from None


def _by_obstore(address: str) -> Any:
    store = optional_library(address, "obstore.store", "remote", INSTEAD)
    patience = {"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_S)}
    how = {"client_options": {"allow_http": True, "timeout": f"{TIMEOUT_S}s"}, "retry_config": patience}
    return library(address, "zarr.storage").ObjectStore(store.from_url(address, **how), read_only=True)


def _is_refusal(error: Exception) -> bool:
    """Return whether a server has refused to show what it may have."""
    refusals = ("PermissionDeniedError", "UnauthenticatedError")  # of obstore; fsspec has Python's and those of HTTP
    refused = isinstance(error, PermissionError) or type(error).__name__ in refusals
    return refused or getattr(error, "status", None) in (401, 403)


def _needed(scheme: str) -> str:
    """Return the library that is named where none opens an address."""
    return "obstore" if scheme in OBJECT_STORES else "fsspec"


def _scheme(address: str) -> str:
    return address.partition("://")[0].lower()


def _remedy(address: str) -> str:
    credentials = REMEDIES.get(_scheme(address))
    return f"check the address and the network; {credentials}" if credentials else "check the address and the network"
