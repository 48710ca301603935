"""Draw the house: which part of the package imports which, as the code itself says.

    python docs/draw_house.py

writes docs/pictures/house.svg. Parts stand above what they import; an arrow that follows from others is left out.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "napari_deconvolve"
PICTURE = ROOT / "docs" / "pictures" / "house.svg"

SAYS = {
    "errors": "the exception tree",
    "units": "units of length",
    "formats": "arrays in TIFF, NPY, tables",
    "psf": "how a point blurs",
    "core": "the mathematics",
    "run": "doing a job, by recipe",
    "io": "images in files",
    "phantoms": "simulated samples",
    "cli": "the command line",
    "_napari": "docks, layers, workers",
}
COLUMN = {"errors": 1.5, "units": 0.5, "formats": 0.5, "psf": 0.9, "core": 2.1, "run": 1.5}
COLUMN |= {"io": 0.5, "phantoms": 2.5, "cli": 0.9, "_napari": 2.1}
WIDTH, HEIGHT, ACROSS, DOWN, MARGIN = 210, 56, 235, 104, 24

Graph = dict[str, set[str]]


def imports() -> Graph:
    """Read who imports whom, inside functions too; `cli` and its helpers in `_cli` are one part."""
    graph: Graph = {name: set() for name in SAYS}
    for path in SOURCE.rglob("*.py"):
        own = _part(path.relative_to(SOURCE).parts[0].removesuffix(".py"))
        if own in graph:
            graph[own] |= {_part(name) for name in _named(path)} & set(graph) - {own}
    graph["cli"].discard("_napari")  # the command "demo" alone, and only when it is called
    return graph


def _part(name: str) -> str:
    return "cli" if name == "_cli" else name


def _named(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("napari_deconvolve"):
            inner = (node.module or "").split(".")[1:]
            names |= {inner[0]} if inner else {alias.name for alias in node.names}
    return names


def reduced(graph: Graph) -> Graph:
    """Leave out what follows: where a imports b and b imports c, a needs no arrow to c."""
    below = {name: _below(graph, name) for name in graph}
    return {
        name: {one for one in near if not any(one in below[other] for other in near)} for name, near in graph.items()
    }


def _below(graph: Graph, name: str) -> set[str]:
    return set().union(*({one} | _below(graph, one) for one in graph[name]))


def floors(graph: Graph) -> dict[str, int]:
    """Give the floor of each part: one above the highest that it imports."""

    def floor(name: str) -> int:
        return 1 + max((floor(one) for one in graph[name]), default=-1)

    return {name: floor(name) for name in graph}


def svg(graph: Graph) -> str:
    """Draw it."""
    level = floors(graph)
    top, left = max(level.values()), min(COLUMN.values())
    place = {
        name: (MARGIN + (COLUMN[name] - left) * ACROSS, MARGIN + (top - level[name]) * DOWN)
        for name in sorted(graph, key=COLUMN.get)
    }
    wide = max(x for x, _ in place.values()) + WIDTH + MARGIN
    high = max(y for _, y in place.values()) + HEIGHT + MARGIN
    arrows = [_arrow(place[name], place[one]) for name, near in sorted(reduced(graph).items()) for one in sorted(near)]
    boxes = [_box(name, *place[name]) for name in sorted(graph)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" width="{wide:g}" height="{high:g}" '
        'font-family="DejaVu Sans, Arial, sans-serif">\n'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#5f6368"/></marker></defs>\n'
        f'<rect width="{wide:g}" height="{high:g}" fill="#ffffff"/>\n'
    )
    return head + "\n".join([*arrows, *boxes]) + "\n</svg>\n"


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    lean = max(-70.0, min(70.0, (x2 - x1) / 3))
    x1, y1, x2 = x1 + WIDTH / 2 + lean, y1 + HEIGHT, x2 + WIDTH / 2 - lean
    return f'<path d="M{x1:g} {y1:g} L{x2:g} {y2 - 3:g}" stroke="#5f6368" stroke-width="1.5" marker-end="url(#tip)"/>'


def _box(name: str, x: float, y: float) -> str:
    gui = name == "_napari"
    fill, stroke = ("#fdf0dc", "#b85c00") if gui else ("#e3f0f9", "#0072b2")
    middle = x + WIDTH / 2
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="7" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'
        f'<text x="{middle:g}" y="{y + 23:g}" text-anchor="middle" font-size="15" font-weight="bold">{name}</text>'
        f'<text x="{middle:g}" y="{y + 43:g}" text-anchor="middle" font-size="12" fill="#333333">{SAYS[name]}</text>'
    )


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(svg(imports()), encoding="utf-8")
    print(PICTURE)
