"""Stores at addresses are read as those in folders are, by all that takes a path; what goes wrong is a sentence."""

from __future__ import annotations

import functools
import http.server
import pickle
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest
import zarr
from program import execute_and_read

import napari_deconvolve as nd
from napari_deconvolve.formats.ome_zarr import places
from napari_deconvolve.formats.ome_zarr.samples import SamplesError
from napari_deconvolve.image import is_lazy
from napari_deconvolve.io import read_image, write_image

fsspec = pytest.importorskip("fsspec")

BY_HTTP = find_spec("obstore") is not None or find_spec("aiohttp") is not None
http_only = pytest.mark.skipif(not BY_HTTP, reason="needs obstore or aiohttp")
SHAPE, SPACING = (12, 70, 80), (0.3, 0.1, 0.1)
RUN = ("--gaussian", "0.3", "--iterations", "3", "--acceleration", "none", "--background", "0")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a store, an array, and an image within a collection."""
    found = tmp_path_factory.mktemp("served")
    counts = np.random.default_rng(0).poisson(50, SHAPE).astype(np.uint16)
    write_image(found / "cells.ome.zarr", counts, axes="ZYX", spacing=SPACING, units="um", name="cells")
    zarr.save_array(found / "bare.zarr", counts)
    group = zarr.open_group(found / "many.zarr", mode="w", zarr_format=2)
    group.attrs["bioformats2raw.layout"] = 3
    image = group.create_group("0")
    image.create_array("full", data=counts)
    image.attrs["multiscales"] = [{"datasets": [{"path": "full"}], "axes": ["z", "y", "x"]}]
    (found / "image.tif").write_bytes(b"II")
    return found


@pytest.fixture(scope="module")
def counts(folder: Path) -> np.ndarray:
    return np.asarray(zarr.open_array(folder / "bare.zarr", mode="r")[:])


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server of files and of parts of them, which prints nothing, and refuses what `refused` holds."""

    refused: ClassVar[set[str]] = set()

    def log_message(self, *given: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path in self.refused:
            self.send_error(403)
            return
        first, _, last = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        path = Path(self.translate_path(self.path))
        if not (first or last) or not path.is_file():
            super().do_GET()
            return
        known = path.read_bytes()
        begin = int(first) if first else len(known) - int(last)
        end = min(int(last) + 1, len(known)) if first and last else len(known)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(known)}")
        self.send_header("Content-Length", str(end - begin))
        self.send_header("Last-Modified", self.date_time_string(path.stat().st_mtime))
        self.end_headers()
        self.wfile.write(known[begin:end])


@pytest.fixture
def served(folder: Path) -> Iterator[str]:
    """Yield the address of a server of the folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        Quiet.refused = set()


@pytest.fixture
def memory(folder: Path) -> Iterator[str]:
    """Yield the address of a copy of the folder in memory."""
    files = fsspec.filesystem("memory")
    files.put(str(folder), "/served", recursive=True)
    yield "memory://served"
    files.rm("/served", recursive=True)


@pytest.fixture(params=["memory", pytest.param("served", marks=http_only)])
def address(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


class Done(NamedTuple):
    """What came of a command."""

    exit_code: int
    output: str


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs a command."""

    def run(*line: str) -> Done:
        code, said, out = execute_and_read(capsys, *line)
        return Done(code, "\n".join([*said, *out.splitlines()]))

    return run


@pytest.fixture
def sentence_of(program: Any) -> Any:
    """Return a function that returns the one line with which a command refuses."""

    def run(*line: str) -> str:
        done = program(*line)
        assert done.exit_code == 2, done.output
        text = str(done.output.strip())
        assert len(text.splitlines()) == 1, text
        assert "Traceback" not in text
        assert "Unexpected" not in text
        return text

    return run


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "RETRIES", 1)


def test_it_is_what_the_folder_is(address: str, counts: np.ndarray) -> None:
    found = read_image(f"{address}/cells.ome.zarr")
    assert (found.axes, found.spacing, found.units, found.name) == ("ZYX", SPACING, ("um",) * 3, "cells")
    assert is_lazy(found.data)
    assert np.array_equal(np.asarray(found.data), counts)
    assert np.array_equal(found.data[3:5, ::2, 7], counts[3:5, ::2, 7])


@pytest.mark.parametrize("name", ["bare.zarr", "bare.zarr/", "many.zarr", "many.zarr/0"])
def test_arrays_collections_and_images_within_them(address: str, counts: np.ndarray, name: str) -> None:
    found = read_image(f"{address}/{name}")
    assert found.axes == "ZYX"
    assert np.array_equal(np.asarray(found.data), counts)


def test_an_image_within_a_local_store_needs_no_ending(folder: Path, counts: np.ndarray) -> None:
    assert np.array_equal(np.asarray(read_image(folder / "many.zarr" / "0").data), counts)


def test_a_run_has_the_bits_of_the_folder(address: str, folder: Path, tmp_path: Path, program: Any) -> None:
    for source, name in ((str(folder), "here.npy"), (address, "there.npy")):
        done = program("run", f"{source}/cells.ome.zarr", "-o", str(tmp_path / name), *RUN)
        assert done.exit_code == 0, done.output
    assert np.array_equal(np.load(tmp_path / "there.npy"), np.load(tmp_path / "here.npy"))


def test_tiles_of_an_address_are_those_of_the_folder(address: str, folder: Path, tmp_path: Path, program: Any) -> None:
    for source, name in ((str(folder), "here.ome.zarr"), (address, "there.ome.zarr")):
        more = ("--tile", "12,32,48", "--spacing", "0.1")
        done = program("run", f"{source}/cells.ome.zarr", "-o", str(tmp_path / name), *RUN, *more)
        assert done.exit_code == 0, done.output
    there, here = (np.asarray(read_image(tmp_path / name).data) for name in ("there.ome.zarr", "here.ome.zarr"))
    assert np.array_equal(there, here)
    again = program("run", f"{address}/cells.ome.zarr", "-o", str(tmp_path / name), *RUN, *more, "--resume")
    assert again.exit_code == 0, again.output


def test_it_can_be_inspected(address: str, program: Any) -> None:
    done = program("inspect", f"{address}/cells.ome.zarr")
    assert done.exit_code == 0, done.output
    assert "Z 0.3 um" in done.output
    assert "mean 49.9" in done.output


@http_only
def test_a_batch_takes_addresses_and_keeps_what_is_done(served: str, tmp_path: Path, program: Any) -> None:
    (tmp_path / "list.txt").write_text(f"# first\n{served}/cells.ome.zarr\n", encoding="utf-8")
    line = ("batch", "--list", str(tmp_path / "list.txt"), "-o", str(tmp_path / "out"), "--name", "{name}.npy", *RUN)
    done = program(*line)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "cells.npy").exists()
    again = program(*line, "--resume")
    assert "1 of 1 files are done already" in again.output
    Quiet.refused = {"/cells.ome.zarr/zarr.json"}
    lost = program(*line, "--restart")
    assert lost.exit_code == 1
    assert "Unexpected" not in lost.output


@http_only
def test_other_processes_open_it_again(served: str, counts: np.ndarray) -> None:
    found = pickle.loads(pickle.dumps(read_image(f"{served}/cells.ome.zarr").data))
    assert np.array_equal(found[:2, 5], counts[:2, 5])


def test_a_store_that_is_not_there(address: str, sentence_of: Any) -> None:
    assert "There is no Zarr store at" in sentence_of("inspect", f"{address}/none.zarr")


@http_only
def test_a_server_that_is_not_there(sentence_of: Any) -> None:
    said = sentence_of("inspect", "http://127.0.0.1:9/cells.zarr")
    assert "http://127.0.0.1:9/cells.zarr cannot be read" in said
    assert "check the address and the network" in said


@http_only
def test_what_may_not_be_read_is_said(served: str, sentence_of: Any) -> None:
    Quiet.refused = {"/cells.ome.zarr/zarr.json"}
    said = sentence_of("inspect", f"{served}/cells.ome.zarr")
    assert f"{served}/cells.ome.zarr may not be read" in said


def test_other_files_at_addresses_are_copied_first(address: str, sentence_of: Any) -> None:
    said = sentence_of("inspect", f"{address}/image.tif")
    assert "only Zarr stores are read; copy the file" in said


def test_a_scheme_that_nobody_knows(sentence_of: Any) -> None:
    assert "nosuch" in sentence_of("inspect", "nosuch://bucket/cells.zarr")


@pytest.mark.parametrize("name", ["cells.ome.zarr", "cells.ome.tif", "cells.npy"])
def test_results_go_into_local_files(folder: Path, name: str, sentence_of: Any) -> None:
    said = sentence_of("run", str(folder / "cells.ome.zarr"), "-o", f"s3://bucket/{name}", *RUN)
    assert "results go into local files" in said
    said = sentence_of("batch", str(folder / "cells.ome.zarr"), "-o", "s3://bucket/out", *RUN)
    assert "results go into local files" in said
    assert not Path("s3:").exists()


@pytest.mark.parametrize("address", ["s3://bucket/cells.zarr", "https://127.0.0.1/cells.zarr"])
def test_without_its_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    from zarr.storage import FsspecStore

    def missing(*given: Any, **how: Any) -> Any:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(places.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(FsspecStore, "from_url", missing)
    monkeypatch.setitem(__import__("sys").modules, "obstore", None)
    with pytest.raises(nd.FileError, match=r"needs the library obstore.*napari-deconvolve\[remote\]"):
        read_image(address)


def test_a_store_that_is_deleted_while_it_is_read_is_not_dark(memory: str, tmp_path: Path, folder: Path) -> None:
    """Of a chunk that is not there zarr reads zeros."""
    import shutil

    shutil.copytree(folder / "cells.ome.zarr", tmp_path / "cells.ome.zarr")
    here, there = read_image(tmp_path / "cells.ome.zarr"), read_image(f"{memory}/cells.ome.zarr")
    shutil.rmtree(tmp_path / "cells.ome.zarr")
    fsspec.filesystem("memory").rm("/served/cells.ome.zarr", recursive=True)
    for one in (here, there):
        with pytest.raises(SamplesError, match="the store is gone"):
            one.data[:2]
    fsspec.filesystem("memory").touch("/served/cells.ome.zarr")  # so that there is something to remove


def test_a_network_that_fails_on_the_way_is_a_sentence(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = read_image(f"{memory}/cells.ome.zarr")

    class Lost:
        def __getitem__(self, index: Any) -> Any:
            raise ConnectionResetError("the peer has closed the connection")

    found.data.array = Lost()
    with pytest.raises(SamplesError, match=r"cannot be read \(the peer has closed the connection\)"):
        nd.deconvolve(found.image, nd.psf.gaussian(0.3, SPACING), nd.Recipe(iterations=2))
    again = pickle.loads(pickle.dumps(SamplesError("a", "b")))
    assert (again.path, again.reason) == ("a", "b")
