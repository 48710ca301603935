"""Draw the house: which part of the package imports which, as the code itself says.

    python docs/figures/draw_house.py

writes docs/pictures/house.svg. A part stands right below the lowest one that imports it; an arrow that follows from
others is left out. The folders of `_napari` stand in a frame, as they are one part.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "napari_deconvolve"
PICTURE = ROOT / "docs" / "pictures" / "house.svg"

WINDOW, BASE = "_napari", "errors"
SAYS = {
    BASE: "the exception tree: problem, value, remedy",
    "schema": "what stored values may be",
    "units": "units of length, energy, time, ...",
    "work": "long computations, one loop",
    "memory": "how much may be used",
    "image": "SampledArray, the carrier",
    "core": "the mathematics",
    "formats": "arrays in TIFF, NPY, tables",
    "psf": "how points are blurred",
    "recipe": "a run as a value; its parameters",
    "job": "image, PSF and recipe, checked",
    "tuning": "settings found from the image",
    "methods": "one file for each method",
    "run": "the engine; sweep, simulate, ...",
    "api": "the functions that users call",
    "phantoms": "simulated samples",
    "io": "images and spectra in files",
    "cli": "the command line",
    WINDOW: "",
}
# The arrow of "work" runs down between two columns.
COLUMN = dict.fromkeys(SAYS, 1.0) | {
    "core": 0.0, "memory": 2.0, "schema": 3.0, "work": 2.5, "io": 0.5, "phantoms": 1.5, "cli": 0.0,
}  # fmt: skip
LAST_COLUMN = 3
FOLDERS = {
    "docks": "",
    "kit": "widgets that docks share",
    "work": "runs beside the window",
    "layers": "between layers and values",
}
PLACES = {"docks": (0.5, 0), "kit": (0.5, 1), "work": (0.0, 2), "layers": (1.0, 2)}

WIDTH, HEIGHT, ACROSS, DOWN, MARGIN = 220, 46, 244, 76, 24
FRAME_TITLE, FRAME_EDGE = 26, 12
INK, GUI, CORE = "#5f6368", ("#fdf0dc", "#b85c00"), ("#e3f0f9", "#0072b2")

Graph = dict[str, set[str]]
Place = tuple[float, float]


def imports() -> Graph:
    """Read which part imports which, inside functions too."""
    graph = _graph(dict.fromkeys(SAYS, 1), SOURCE)
    graph["cli"].discard(WINDOW)  # the command "demo" alone, and only when it is called
    return graph


def folders() -> Graph:
    """Read which folder of the window imports which."""
    return _graph(dict.fromkeys(FOLDERS, 2), SOURCE / WINDOW)


def docks() -> list[str]:
    """Return the names of the docks."""
    return sorted(path.parent.name for path in (SOURCE / WINDOW / "docks").glob("*/widget.py"))


def _graph(names: Mapping[str, int], root: Path) -> Graph:
    """Read who imports whom among the files and folders of one folder."""
    level = len(root.relative_to(SOURCE).parts)
    before = ["napari_deconvolve", *root.relative_to(SOURCE).parts]
    graph: Graph = {name: set() for name in names}
    for path in root.rglob("*.py"):
        own = path.relative_to(root).parts[0].removesuffix(".py")
        if own in graph:
            named = [name.split(".") for name in _named(path)]
            inner = {name[level + 1] for name in named if name[: level + 1] == before and len(name) > level + 1}
            graph[own] |= inner & set(graph) - {own}
    return graph


def _named(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def reduced(graph: Graph) -> Graph:
    """Leave out what follows: where a imports b and b imports c, a needs no arrow to c."""
    below: Graph = {}
    for name in _upwards(graph):
        below[name] = graph[name].union(*(below[one] for one in graph[name]))
    return {
        name: {one for one in near if not any(one in below[other] for other in near)} for name, near in graph.items()
    }


def _upwards(graph: Graph) -> Iterable[str]:
    """Return the parts, each after all that it imports."""
    return TopologicalSorter(graph).static_order()


def floors(graph: Graph) -> dict[str, int]:
    """Return the floor of each part: the one below the lowest part that imports it."""
    least: dict[str, int] = {}
    for name in _upwards(graph):
        least[name] = 1 + max((least[one] for one in graph[name]), default=-1)
    floor: dict[str, int] = {}
    for name in reversed(list(least)):
        floor[name] = min((floor[user] for user in graph if name in graph[user]), default=least[name] + 1) - 1
    return floor


def svg(graph: Graph) -> str:
    """Draw it."""
    level = floors(graph)
    top = max(level.values())
    frame = FRAME_TITLE + FRAME_EDGE + 2 * DOWN + HEIGHT
    wide, high = 2 * MARGIN + LAST_COLUMN * ACROSS + WIDTH + FRAME_EDGE, 2 * MARGIN + top * DOWN + frame
    place = {
        name: (MARGIN + COLUMN[name] * ACROSS, MARGIN + frame - HEIGHT + (top - level[name]) * DOWN) for name in graph
    }
    arrows = [
        _arrow(place[name], place[one], straight=one == BASE)
        for name, near in sorted(reduced(graph).items())
        for one in sorted(near)
    ]
    boxes = [_box(name, place[name], SAYS[name]) for name in sorted(set(graph) - {WINDOW, BASE})]
    boxes.append(_box(BASE, (MARGIN, place[BASE][1]), SAYS[BASE], wide=LAST_COLUMN * ACROSS + WIDTH))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" width="{wide:g}" height="{high:g}" '
        'font-family="DejaVu Sans, Arial, sans-serif">\n'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        f'orient="auto-start-reverse"><path d="M0 0 L8 4 L0 8 z" fill="{INK}"/></marker></defs>\n'
        f'<rect width="{wide:g}" height="{high:g}" fill="#ffffff"/>\n'
    )
    inside = _window(folders(), (MARGIN + COLUMN[WINDOW] * ACROSS, MARGIN), frame)
    return head + "\n".join([*arrows, *boxes, *inside]) + "\n</svg>\n"


def _window(graph: Graph, corner: Place, height: float) -> list[str]:
    """Draw the window's folders in their frame; two that use each other have an arrow with two tips."""
    x, y = corner
    place = {name: (x + column * ACROSS, y + FRAME_TITLE + row * DOWN) for name, (column, row) in PLACES.items()}
    drawn = [
        f'<rect x="{x - FRAME_EDGE:g}" y="{y:g}" width="{ACROSS + WIDTH + 2 * FRAME_EDGE}" height="{height:g}" rx="10" '
        f'fill="#fffaf2" stroke="{GUI[1]}" stroke-width="1.5"/>',
        f'<text x="{x:g}" y="{y + 20:g}" font-size="15" font-weight="bold">{WINDOW}</text>',
    ]
    for name, (_, row) in PLACES.items():
        drawn += [_arrow(place[name], place[one]) for one in sorted(graph[name]) if PLACES[one][1] == row + 1]
    beside = y + FRAME_TITLE + 2 * DOWN + HEIGHT / 2
    both = f"M{x + WIDTH:g} {beside:g} L{x + ACROSS:g} {beside:g}"
    drawn.append(
        f'<path d="{both}" stroke="{INK}" stroke-width="1.5" marker-start="url(#tip)" marker-end="url(#tip)"/>'
    )
    said = FOLDERS | {"docks": ", ".join(docks())}
    drawn += [_box(name, place[name], said[name], GUI, WIDTH + 120 * (name == "docks")) for name in PLACES]
    return drawn


def _arrow(start: Place, end: Place, *, straight: bool = False) -> str:
    (x1, y1), (x2, y2) = start, end
    if straight:
        x2 = x1
    lean = max(-70.0, min(70.0, (x2 - x1) / 3))
    x1, y1, x2 = x1 + WIDTH / 2 + lean, y1 + HEIGHT, x2 + WIDTH / 2 - lean
    return f'<path d="M{x1:g} {y1:g} L{x2:g} {y2 - 3:g}" stroke="{INK}" stroke-width="1.5" marker-end="url(#tip)"/>'


def _box(name: str, corner: Place, says: str, colours: tuple[str, str] = CORE, wide: float = WIDTH) -> str:
    x, y = corner[0] - (wide - WIDTH) / 2 * (colours is GUI), corner[1]
    middle, (fill, stroke) = x + wide / 2, colours
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{HEIGHT}" rx="7" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'
        f'<text x="{middle:g}" y="{y + 19:g}" text-anchor="middle" font-size="15" font-weight="bold">{name}</text>'
        f'<text x="{middle:g}" y="{y + 36:g}" text-anchor="middle" font-size="12" fill="#333333">{says}</text>'
    )


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(svg(imports()), encoding="utf-8")
    print(PICTURE)
