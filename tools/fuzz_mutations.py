"""Damage to files and values, drawn by hypothesis: what a bad disk, a careless editor or a hostile person leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

ODD_NUMBERS = (0, -1, 1, 3, 255, 1 << 31, 1 << 53, 1 << 63, 1 << 80, 1e-310, 1e-30, 1e308, -1e308, 0.1)
ODD_TEXTS = ("", "auto", "none", "nan", "\x00", "\n", "é" * 300, "9" * 400, "x" * 70_000, "../../up", "%s%n", "<b>")
ODD_WORDS = (b"NaN", b"Infinity", b"-1", b"0", b"1e999", b"1e-310", b"null", b"true", b"[]", b"{}", b'"', b"9" * 300)
ODD_BYTES = (b"\x00", b"\xff", b"\x7f", b"\x80", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\xef\xbb\xbf", b"\r")
TOKEN = re.compile(rb"[A-Za-z_]\w*|[-+]?\d[\d.eE+-]*")
DEEPEST = 900  # levels of brackets

json_values = st.recursive(
    st.none() | st.booleans() | st.sampled_from(ODD_NUMBERS) | st.sampled_from(ODD_TEXTS)
    | st.just(float("nan")) | st.just(float("inf")) | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=6,
)  # fmt: skip


@st.composite
def damaged_bytes(draw: st.DrawFn, good: tuple[bytes, ...]) -> bytes:
    """Draw one of some good files with one to six places changed, cut out, repeated or cut off."""
    data = bytearray(draw(st.sampled_from(good)))
    for _ in range(draw(st.integers(1, 6))):
        if not data:
            break
        # Headers decide more than samples do, so that half of all changes fall there.
        end = min(len(data), 400) if draw(st.booleans()) else len(data)
        at = draw(st.integers(0, end - 1))
        how = draw(st.sampled_from(("flip", "put", "cut", "end", "repeat", "zeros")))
        size = draw(st.integers(1, 64))
        if how == "flip":
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif how == "put":
            odd = draw(st.sampled_from(ODD_BYTES))
            data[at : at + len(odd)] = odd
        elif how == "cut":
            del data[at : at + size]
        elif how == "end":
            del data[at:]
        elif how == "repeat":
            data[at:at] = data[at : at + size] * draw(st.sampled_from((1, 3, 300)))
        else:
            data[at : at + size] = bytes(len(data[at : at + size]))
    return bytes(data)


@st.composite
def damaged_text(draw: st.DrawFn, good: tuple[bytes, ...]) -> bytes:
    """Draw one of some good texts in which words and numbers are others, or whose bytes are damaged."""
    text = draw(st.sampled_from(good))
    if draw(st.integers(0, 3)) == 0:
        return draw(damaged_bytes((text,)))
    for _ in range(draw(st.integers(1, 5))):
        places = list(TOKEN.finditer(text))
        if not places:
            break
        place = draw(st.sampled_from(places))
        new = draw(st.sampled_from((*ODD_WORDS, *(text[one.start() : one.end()] for one in places[:9]))))
        text = text[: place.start()] + new + text[place.end() :]
    return text


@st.composite
def damaged_json(draw: st.DrawFn, good: tuple[bytes, ...]) -> bytes:
    """Draw one of some good JSON texts with values exchanged, keys renamed, added or left out, or nested deeply."""
    values = json.loads(draw(st.sampled_from(good)))
    for _ in range(draw(st.integers(1, 4))):
        places = list(_places(values))
        if not places:
            break
        owner, key = draw(st.sampled_from(places))
        how = draw(st.sampled_from(("value", "value", "value", "leave out", "add", "nest")))
        if how == "value":
            owner[key] = draw(json_values)
        elif how == "leave out":
            del owner[key]
        elif how == "nest":
            owner[key] = _nested(draw(st.integers(1, DEEPEST)))
        elif isinstance(owner, dict):
            owner[draw(st.text(max_size=12))] = draw(json_values)
    return json.dumps(values).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield where something stands: the list or mapping, and its index or key."""
    if isinstance(value, dict | list):
        for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, key
            yield from _places(inner)


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value
