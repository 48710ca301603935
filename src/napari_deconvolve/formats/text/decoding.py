"""From the bytes of a text file to its lines, in any of the usual encodings."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator

from napari_deconvolve.errors import FileError

HEAD = 4096  # bytes by which an encoding is recognised
MOSTLY, HARDLY = 0.4, 0.05  # shares of zeros on the one and the other half of the bytes of UTF-16
PART = 1 << 20  # characters that are cut into lines at a time
NEWLINE = re.compile(r"\r\n|\r|\n")

# The marks of UTF-32 begin like those of UTF-16.
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}


def decoded(path: str | os.PathLike[str], raw: bytes) -> str:
    """Return the text; UTF-16 may lack its mark, and what is no UTF-8 was written by Windows.

    Raise `FileError` for bytes that are no text.
    """
    encoding = next((name for mark, name in MARKS.items() if raw.startswith(mark)), None) or _unmarked(raw[:HEAD])
    if encoding is None and b"\0" in raw[:HEAD]:
        raise FileError(f"{path} is not a text: it holds zero bytes; export it as a text with columns of numbers.")
    for name in (encoding,) if encoding else ("utf-8", "cp1252"):
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            if encoding:
                raise
    return raw.decode("latin-1")  # takes any byte


def _unmarked(head: bytes) -> str | None:
    """Recognise UTF-16 by the zeros in every other byte."""
    if len(head) < 4:
        return None
    first, second = (half.count(0) / max(1, len(half)) for half in (head[::2], head[1::2]))
    if second > MOSTLY and first < HARDLY:
        return "utf-16-le"
    return "utf-16-be" if first > MOSTLY and second < HARDLY else None


def lines_of(text: str) -> Iterator[list[str]]:
    """Yield the lines in parts of about a million characters: a list of all takes ten times the text."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    begin = 0
    while begin < len(text):
        end = text.find("\n", begin + PART) if begin + PART < len(text) else -1
        part = text[begin:] if end < 0 else text[begin:end]
        begin = len(text) if end < 0 else end + 1
        yield [line.strip("\r\n \x0c\x1a") for line in NEWLINE.split(part)]
