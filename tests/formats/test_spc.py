"""SPC files, by the library spc-io, or refused in a sentence that names it."""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.io import read_spectra, read_spectrum

COUNT = 201
X = np.linspace(400, 500, COUNT)
Y = 100 * np.exp(-(((X - 450) / 5) ** 2)) + 3
FLOAT, RAMAN, COUNTS = -128, 13, 4
SEVERAL, POSITIONS = 0x04, 0x80


def header(exponent: int = FLOAT, *, spectra: int = 1, flags: int = 0) -> bytes:
    """Return the 512 bytes before the spectra, in the new format."""
    head = struct.pack("<BBBbiddiBBBB", flags, 0x4B, 0, exponent, COUNT, 400, 500, spectra, RAMAN, COUNTS, 0, 0)
    return head + bytes(312 - len(head)) + struct.pack("<f", float(spectra > 1)) + bytes(196)


def spectrum(values: np.ndarray, exponent: int = FLOAT, place: int = 0) -> bytes:
    head = struct.pack("<BbhfffiifI", 0, exponent, place, place, place + 1, 0, COUNT, 0, 0, 0)
    return head + values.tobytes()


def written(path: Path, *parts: bytes) -> Path:
    path.write_bytes(b"".join(parts))
    return path


def test_without_the_library_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    path = written(tmp_path / "a.spc", header(), spectrum(Y.astype("<f4")))
    with pytest.raises(
        nd.FileError, match=r'a\.spc is an SPC file.*pip install "napari-deconvolve\[spc\]".*as text'
    ) as caught:
        read_spectrum(path)
    assert "\n" not in str(caught.value)


def test_spectra_of_floats_and_of_integers(tmp_path):
    pytest.importorskip("spc_io")
    whole = np.round(Y * 2.0**24).astype("<i4")
    for name, exponent, values in (("float", FLOAT, Y.astype("<f4")), ("whole", 8, whole)):
        found = read_spectrum(written(tmp_path / f"{name}.spc", header(exponent), spectrum(values, exponent)))
        np.testing.assert_allclose(found.values, Y, rtol=1e-5)
        np.testing.assert_allclose(found.axis, X)
        assert (found.unit, found.quantity, found.name) == ("cm-1", "Raman shift", "counts")


def test_several_spectra_of_one_file(tmp_path):
    pytest.importorskip("spc_io")
    parts = [spectrum((factor * Y).astype("<f4"), place=factor - 1) for factor in (1, 2)]
    found = read_spectra(written(tmp_path / "a.spc", header(spectra=2, flags=SEVERAL), *parts), columns="all")
    for factor, one in enumerate(found, 1):
        np.testing.assert_allclose(one.values, factor * Y, rtol=1e-5)


def test_uneven_and_damaged_ones_are_refused(tmp_path):
    pytest.importorskip("spc_io")
    uneven = written(
        tmp_path / "u.spc", header(flags=POSITIONS), (X**1.1).astype("<f4").tobytes(), spectrum(Y.astype("<f4"))
    )
    with pytest.raises(nd.FileError, match="not evenly spaced"):
        read_spectrum(uneven)
    whole = header() + spectrum(Y.astype("<f4"))
    for part in (whole[:900], b"abc" * 40):
        with pytest.raises(nd.FileError, match="check that it is one and complete"):
            read_spectrum(written(tmp_path / "cut.spc", part))
