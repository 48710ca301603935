"""Lists of pages that have no end, in files of a few kilobytes: refused soon, whichever way they go."""

from __future__ import annotations

import signal
import struct
from collections.abc import Sequence

import numpy as np
import pytest
import raw_tiff
import tifffile

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.tiff_list import open_tiff
from napari_deconvolve.io import read_image
from napari_deconvolve.psf import load

PLANE = np.arange(72, dtype=np.uint8).reshape(8, 9)
LONGEST = 5.0  # seconds


@pytest.fixture(autouse=True)
def _soon():
    """Fail, not wait, where the reading goes on and on."""

    def late(number, frame):
        pytest.fail(f"read for more than {LONGEST} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, LONGEST)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def _page(start: int, after: int, more: Sequence[bytes] = ()) -> bytes:
    """Return a page of `PLANE`, whose samples lie at `start`, that is followed by the one at `after`."""
    values = {256: 9, 257: 8, 258: 8, 259: 1, 262: 1, 273: start, 277: 1, 278: 8, 279: 72}
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in values.items()]
    return struct.pack("<H", len(entries) + len(more)) + b"".join((*entries, *more)) + struct.pack("<I", after)


SIZE = len(_page(0, 0))


def _circle(pages: int, back_to: int) -> bytes:
    """Return a file of some pages, the last of which is followed by an earlier one."""
    begin = 80
    places = [begin + SIZE * number for number in range(pages)]
    after = [*places[1:], places[back_to]]
    return struct.pack("<2sHI", b"II", 42, begin) + PLANE.tobytes() + b"".join(_page(8, one) for one in after)


def _below(pages: int, asked: int) -> bytes:
    """Return a file of some pages, each of which has the same page, of a thousand entries, below it again and again."""
    entries = b"".join(struct.pack("<HHII", 40000 + number, 4, 1, 0) for number in range(1000))
    inner, table = 80, 80 + 2 + len(entries) + 4
    begin, long = table + 4 * asked, SIZE + 12
    more = [struct.pack("<HHII", 330, 4, asked, table)]
    chain = [begin + long * number for number in range(pages)]
    body = struct.pack("<H", 1000) + entries + bytes(4) + struct.pack("<I", inner) * asked
    body += b"".join(_page(8, after, more) for after in (*chain[1:], 0))
    return struct.pack("<2sHI", b"II", 42, begin) + PLANE.tobytes() + body


def _shared(pages: int, strips: int) -> bytes:
    """Return a file of some pages that share one long table of where their strips are."""
    table = 80
    begin, long = table + 4 * strips, SIZE + 12
    more = [struct.pack("<HHII", 324, 4, strips, table)]
    chain = [begin + long * number for number in range(pages)]
    body = struct.pack("<I", 8) * strips + b"".join(_page(8, after, more) for after in (*chain[1:], 0))
    return struct.pack("<2sHI", b"II", 42, begin) + PLANE.tobytes() + body


ENDLESS = {
    "the first page follows itself": _circle(1, 0),
    "the second page follows itself": _circle(2, 1),
    "two pages follow each other": _circle(2, 0),
    "a long circle": _circle(300, 150),
    "one page below another thousands of times": _below(1, 3000),
    "each of many pages has the same ones below it": _below(50, 400),
    "many pages share a long table": _shared(2000, 200_000),
}


@pytest.mark.parametrize("kind", ENDLESS)
@pytest.mark.parametrize("read", [read_image, load])
def test_a_list_without_an_end_is_refused_soon(kind, read, tmp_path):
    path = tmp_path / "image.tif"
    path.write_bytes(ENDLESS[kind])
    with pytest.raises(FileError, match="its list of planes has no end"):
        read(path)


def test_the_same_pages_with_an_end_are_read(tmp_path):
    """What is refused above is so for its circle alone."""
    path = tmp_path / "image.tif"
    data = bytearray(_circle(300, 150))
    data[-4:] = bytes(4)
    path.write_bytes(data)
    np.testing.assert_array_equal(read_image(path).data, np.broadcast_to(PLANE, (300, 8, 9)))


def test_another_file_of_a_set_whose_list_has_no_end_is_named(tmp_path):
    """Without that file, the planes that are there are read."""
    first, second = tmp_path / "first.ome.tif", tmp_path / "second.ome.tif"
    plane = "<TiffData IFD='0' FirstZ='{}' PlaneCount='1'><UUID FileName='{}'>urn:uuid:{}</UUID></TiffData>"
    planes = "".join(plane.format(at, one.name, at) for at, one in enumerate((first, second)))
    xml = (
        "<OME xmlns='http://www.openmicroscopy.org/Schemas/OME/2016-06' UUID='urn:uuid:0'><Image ID='Image:0'>"
        "<Pixels ID='Pixels:0' DimensionOrder='XYZCT' Type='uint8' SizeX='9' SizeY='8' SizeZ='2' SizeC='1' SizeT='1'>"
        f"<Channel ID='Channel:0:0' SamplesPerPixel='1'/>{planes}</Pixels></Image></OME>"
    )
    raw_tiff.write(first, [PLANE], {270: raw_tiff.text(xml)})
    second.write_bytes(_circle(300, 150))
    with pytest.raises(FileError, match=r"second\.ome\.tif is damaged .*its list of planes has no end"):
        read_image(first)
    second.unlink()
    np.testing.assert_array_equal(np.squeeze(read_image(first).data), PLANE)


@pytest.mark.parametrize("options", [{}, {"bigtiff": True}, {"byteorder": ">"}, {"bigtiff": True, "byteorder": ">"}])
def test_pyramids_of_every_kind_of_tiff_are_opened(options, tmp_path):
    """Pages below pages, in tiles, count once."""
    path = tmp_path / "pyramid.tif"
    image = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    with tifffile.TiffWriter(path, **options) as file:
        for _ in range(3):
            file.write(image, subifds=2, tile=(16, 16))
            for step in (2, 4):
                file.write(image[::step, ::step], subfiletype=1, tile=(16, 16))
    with open_tiff(path) as tif:
        assert len(tif.pages) == 3
    np.testing.assert_array_equal(read_image(path).data, np.broadcast_to(image, (3, 64, 64)))
