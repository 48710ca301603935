"""The report of a batch: one HTML file that holds all it shows."""

from __future__ import annotations

import html
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from napari_deconvolve._version import __version__
from napari_deconvolve.cli.batch.rows import DONE, Row
from napari_deconvolve.cli.declare import option_name
from napari_deconvolve.formats.atomic import replacing
from napari_deconvolve.image.shown import size
from napari_deconvolve.recipe.recipe import Recipe

LIBRARIES = ("numpy", "scipy", "tifffile")
LONGEST_VALUE = 400  # characters of a value of the recipe
STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --bad: #c62828; --warn: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --warn: #f2cc60; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
article { border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; margin: 1rem 0; }
article.failed { border-left: 5px solid var(--bad); }
h1 { font-size: 1.5rem; } h2 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .3rem 0; } .reason { color: var(--bad); } .warnings { color: var(--warn); }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; margin: .6rem 0; } figure { margin: 0; }
img { display: block; min-width: 8rem; max-width: 100%; image-rendering: pixelated; background: #000; }
figcaption, .small { font-size: .85rem; opacity: .75; } ul { margin: .3rem 0; padding-left: 1.2rem; }
table { border-collapse: collapse; } td, th { text-align: left; padding: .1rem .8rem .1rem 0; vertical-align: top; }
td { overflow-wrap: anywhere; } a { color: inherit; } summary { cursor: pointer; }
""".strip()


def write_report(path: str, rows: Sequence[Row], total: int, recipe: Recipe, options: Mapping[str, Any]) -> None:
    """Write the report of those files of so many that were run; it is complete or absent."""
    text = "\n".join(_document(path, rows, total, recipe, options)) + "\n"
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def headline(rows: Sequence[Row], total: int) -> str:
    """Say how many files are done: "17 of 20 files done, 3 failed"."""
    done, run = sum(row.status == DONE for row in rows), len(rows)
    parts = [f"{done} of {total} file{'s' * (total != 1)} done"]
    parts += [f"{run - done} failed"] * (run > done) + [f"{total - run} not run"] * (total > run)
    return ", ".join(parts)


def _document(path: str, rows: Sequence[Row], total: int, recipe: Recipe, options: Mapping[str, Any]) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>Deconvolution: {headline(rows, total)}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>"
    yield f"<h1>Deconvolution: {headline(rows, total)}</h1>"
    yield f'<p class="small">{time.strftime("%Y-%m-%d %H:%M")}, {_text(versions())}</p>'
    for row in rows:
        yield from _article(row, Path(path).parent)
    yield "<details>\n<summary>Recipe and options, the same for all files</summary>"
    yield from _table({**{option_name(name): value for name, value in options.items()}, **recipe.to_dict()})
    yield "</details>\n</body>\n</html>"


def _article(row: Row, folder: Path) -> Iterator[str]:
    good = row.status == DONE
    yield f'<article class="{_text(row.status)}">\n<h2>{_text(row.file)}</h2>'
    yield f'<p class="{"sentence" if good else "reason"}">{_text(row.sentence)}</p>'
    if row.pictures:
        yield '<div class="pictures">'
        for caption, picture in zip(("before", "after"), row.pictures, strict=True):
            alt = _text(f"{Path(row.file).name}, {caption}")
            yield f'<figure><img alt="{alt}" src="data:image/png;base64,{_text(picture)}">'
            yield f"<figcaption>{caption}</figcaption></figure>"
        yield "</div>"
    for name, sentences in (("warnings", row.warnings), ("small", row.notes)):
        if sentences:
            items = "".join(f"<li>{_text(one)}</li>" for one in sentences)
            yield f'<ul class="{name}">{items}</ul>'
    if good:
        link = quote(Path(os.path.relpath(row.output, folder)).as_posix())
        result = f'<a href="{link}">{_text(Path(row.output).name)}</a>'
        by = f"; made at {row.time} by {row.made} from the image with the digest {row.image}" if row.made else ""
        yield f'<p class="small">{_text(size(row.shape))} samples; {result}{_text(by)}</p>'
    yield "</article>"


def _table(values: Mapping[str, Any]) -> Iterator[str]:
    yield "<table>"
    for name, value in values.items():
        if value not in (None, False, (), []):
            shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            yield f'<tr><th scope="row">{_text(name)}</th><td>{_text(_short(shown))}</td></tr>'
    yield "</table>"


def versions() -> str:
    """Name this program, its libraries and Python with their versions."""
    from importlib.metadata import version

    known = [f"napari-deconvolve {__version__}", *(f"{name} {version(name)}" for name in LIBRARIES)]
    return ", ".join([*known, f"Python {platform.python_version()} on {sys.platform}"])


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} …"


def _text(value: object) -> str:
    return html.escape(str(value))
