"""A writer of TIFF files with any tags, and with the binary heads of makers that no library writes."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

BYTE, ASCII, SHORT, LONG, RATIONAL = 1, 2, 3, 4, 5
SIZES = {BYTE: 1, ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8}
NOTHING = b'{"Camera":"any"}'
Tag = tuple[int, int, bytes]  # type, count, value


def text(value: str) -> Tag:
    data = value.encode() + b"\0"
    return ASCII, len(data), data


def long(*values: int) -> Tag:
    return LONG, len(values), struct.pack(f"<{len(values)}I", *values)


def raw(data: bytes, kind: int = BYTE, count: int | None = None) -> Tag:
    return kind, len(data) // SIZES[kind] if count is None else count, data


def write(
    path: Path,
    pages: Sequence[np.ndarray],
    tags: Mapping[int, Tag] | None = None,
    head: bytes = b"",
    previews: Sequence[int] = (),
) -> Path:
    """Write grey pages without compression; `tags` are the first page's, and `head` lies behind the first 8 bytes.

    `previews` are the numbers of pages that are marked as smaller copies.
    """
    body = bytearray(b"II*\0\0\0\0\0" + head)
    link = 4
    for number, page in enumerate(pages):
        data = np.ascontiguousarray(page)
        start = len(body)
        body += data.tobytes() + b"\0" * (data.nbytes % 2)
        entries = {
            254: long(0), 256: long(data.shape[-1]), 257: long(data.shape[-2]), 258: short(data.itemsize * 8),
            259: short(1), 262: short(1), 273: long(start), 277: short(1), 278: long(data.shape[-2]),
            279: long(data.nbytes), 339: short({"u": 1, "i": 2, "f": 3}[data.dtype.kind]),
        }  # fmt: skip
        entries |= dict(tags or {}) if number == 0 else {}
        entries |= {254: long(1)} if number in previews else {}
        struct.pack_into("<I", body, link, len(body))
        link = _directory(body, entries)
    path.write_bytes(body)
    return path


def short(value: int) -> Tag:
    return SHORT, 1, struct.pack("<HH", value, 0)


def _directory(body: bytearray, entries: Mapping[int, Tag]) -> int:
    """Write one directory; return where the place of the next one has to be written."""
    begin = len(body)
    body += struct.pack("<H", len(entries)) + bytes(12 * len(entries) + 4)
    for number, (code, (kind, count, value)) in enumerate(sorted(entries.items())):
        place = begin + 2 + 12 * number
        if len(value) <= 4:
            struct.pack_into("<HHI4s", body, place, code, kind, count, value.ljust(4, b"\0"))
            continue
        struct.pack_into("<HHII", body, place, code, kind, count, len(body))
        body += value + b"\0" * (len(value) % 2)
    return begin + 2 + 12 * len(entries)


def write_stk(path: Path, stack: np.ndarray, z: float, size: float, unit: str) -> Path:
    """Write a stack of MetaMorph: one page whose planes follow each other."""
    planes = len(stack)
    text_at = 8
    words = struct.pack("<I", len(unit) + 1) + unit.encode() + b"\0" * (8 - len(unit) % 8)
    fraction_at = text_at + len(words)
    head = words + struct.pack("<II", round(size * 10000), 10000)
    uic1 = struct.pack("<IIIIIIII", 4, fraction_at, 5, fraction_at, 6, text_at, 3, 1)  # X, Y, units, calibrated
    rows = ((round(z * 1000), 1000, 2450000, 1000 * (plane + 1), 2450000, 0) for plane in range(planes))
    uic2 = b"".join(struct.pack("<6I", *row) for row in rows)
    tall = stack.reshape(-1, stack.shape[-1])
    height = stack.shape[1]
    tags = {
        257: long(height), 278: long(height), 279: long(stack[0].nbytes), 33628: (LONG, 4, uic1),
        33629: (RATIONAL, planes, uic2),
    }  # fmt: skip
    return write(path, [tall], tags, head)


def lsm(shape: Sequence[int], metres: Sequence[float], interval: float = 0.0, scan_at: int = 0) -> dict[int, Tag]:
    """Zeiss LSM: the head of a stack of shape T, Z, C, Y, X; `scan_at` is where what is said of the scan lies."""
    frames, planes, channels, rows, columns = shape
    data = struct.pack("<Ii", 0x0400494C, 500)
    data += struct.pack("<5i", columns, rows, planes, channels, frames) + struct.pack("<3i", 2, 0, 0)
    data += struct.pack("<6d", metres[2], metres[1], metres[0], 0, 0, 0)
    data += struct.pack("<HHI4I", 6 if frames > 1 else 0, 0, 0, 0, 0, 0, 0)
    data += struct.pack("<dII", interval, 0, scan_at)
    return {34412: raw(data + bytes(500 - len(data)))}


def lsm_scan(objective: str, channels: Sequence[tuple[float, float, float, float]]) -> bytes:
    """Zeiss LSM: what is said of the scan, for a head at byte 8.

    Each channel has a track of its own, and says its laser, the ends of its band in nm, and its pinhole in um.
    """

    def word(code: int, value: str) -> bytes:
        data = value.encode() + b"\0"
        return struct.pack("<III", code, 2, len(data)) + data

    def real(code: int, value: float) -> bytes:
        return struct.pack("<IIId", code, 5, 8, value)

    def begin(code: int) -> bytes:
        return struct.pack("<III", code, 0, 0)

    end = begin(0xFFFFFFFF)
    tracks = b"".join(
        begin(0x40000000) + struct.pack("<IIIi", 0x40000006, 4, 4, 1)
        + begin(0x60000000) + begin(0x70000000) + struct.pack("<IIIi", 0x7000000B, 4, 4, 1)
        + real(0x70000022, low) + real(0x70000023, high) + real(0x70000009, pinhole) + end + end
        + begin(0x80000000) + begin(0x90000000) + real(0x90000003, laser) + struct.pack("<IIIi", 0x90000004, 4, 4, 1)
        + end + end + end
        for laser, low, high, pinhole in channels
    )  # fmt: skip
    return begin(0x10000000) + word(0x10000004, objective) + begin(0x20000000) + tracks + end + end


def fluoview(dimensions: Sequence[tuple[str, int, float, str]]) -> dict[int, Tag]:
    """Olympus FluoView: the head with name, size, resolution and unit of each axis, X first."""
    one = struct.Struct("<16sidd64s")
    rows = [one.pack(name.encode(), size, 0.0, step, unit.encode()) for name, size, step, unit in dimensions]
    rows += [one.pack(b"", 0, 0.0, 0.0, b"")] * (10 - len(rows))
    data = struct.pack("<hB257sIiIIiI", 0, 1, b"cells", 0, 0, 0, 0, 0, 0) + b"".join(rows)
    data += struct.pack("<Ih4dI2d", 0, 0, 0, 0, 0, 0, 0, 0, 0) + one.pack(b"", 0, 0.0, 0.0, b"")
    data += struct.pack("<IiI", 0, 0, 0)
    return {34361: raw(data), 34362: raw(bytes(64))}


def write_micromanager(
    path: Path,
    planes: Mapping[tuple[int, int, int], np.ndarray],
    summary: Mapping[str, object],
    said: bytes = NOTHING,
) -> Path:
    """Write a stack of Micro-Manager: a summary, pages of 162 bytes before their samples, and a map of them.

    `planes` are by channel, slice and frame; each has the same JSON beside it.
    """
    words = json.dumps(dict(summary)).encode()
    words += b" " * (len(words) % 2)
    body = bytearray(b"II*\0\0\0\0\0" + bytes(32) + words)
    link, rows = 4, []
    for place, plane in planes.items():
        struct.pack_into("<I", body, link, len(body))
        rows.append((*place, 0, len(body)))
        start = len(body) + 162
        entries = {
            254: long(0), 256: long(plane.shape[1]), 257: long(plane.shape[0]), 258: short(16), 259: short(1),
            262: short(1), 270: text("mm"), 273: long(start), 277: short(1), 278: long(plane.shape[0]),
            279: long(plane.nbytes), 339: short(1),
            51123: (ASCII, len(said), struct.pack("<I", start + plane.nbytes)),
        }  # fmt: skip
        link = _directory(body, entries)
        assert len(body) == start
        body += np.ascontiguousarray(plane, np.uint16).tobytes() + said + b"\0" * (len(said) % 2)
    index = len(body)
    body += struct.pack("<II", 3453623, len(rows)) + b"".join(struct.pack("<5I", *row) for row in rows)
    display = len(body)
    body += struct.pack("<II", 347834724, 2) + b"[]"
    comments = len(body)
    body += struct.pack("<II", 84720485, 2) + b"{}"
    struct.pack_into("<8I", body, 8, 54773648, index, 483765892, display, 99384722, comments, 2355492, len(words))
    path.write_bytes(body)
    return path
