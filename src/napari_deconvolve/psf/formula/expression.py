"""Formulas as text, read and evaluated without running any of it as Python.

Three gates stand one behind the other: known characters and names; known kinds of nodes in a tree of limited size and
depth; and a walk through that tree with numpy in floating point (all of them in `names`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.formula.names import (
    FORMULA_CONSTANTS,
    FORMULA_COORDINATES,
    FORMULA_FUNCTIONS,
    MAX_DEPTH,
    Values,
    check_nodes,
    quoted,
    value_of,
)

MAX_CHARACTERS = 1000

_SPELLINGS = str.maketrans(
    {"−": "-", "–": "-", "·": "*", "×": "*", "²": "^2", "³": "^3", "π": "pi", "≤": "<=", "≥": ">="}
)
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<sign>\*\*|<=|>=|[-+*/^()<>,=])|(?P<space>\s+)"
)


@dataclass(frozen=True, slots=True)
class Program:
    """A formula that has been read: assignments in their order, then the expression, and which of x, y, z occur."""

    assignments: tuple[tuple[str, ast.expr], ...]
    expression: ast.expr
    coordinates: frozenset[str]

    def evaluate(self, coordinates: Mapping[str, Values]) -> Values:
        """Return the expression's values; `coordinates` holds an array for each that occurs."""
        known: dict[str, Values] = {name: np.asarray(value) for name, value in FORMULA_CONSTANTS.items()}
        known |= coordinates
        with np.errstate(all="ignore"):  # what is not finite is refused in words
            for name, node in self.assignments:
                known[name] = value_of(node, known)
            return np.asarray(value_of(self.expression, known), np.float64)


def parse(text: str) -> Program:
    """Read assignments and one expression, with commas between; raise `PSFError` for anything that is not allowed."""
    tokens = _tokens(text)
    parts = list(_parts(tokens))
    assignments: list[tuple[str, ast.expr]] = []
    names: set[str] = set()
    seen: set[str] = set()
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        target = part[0] if len(part) > 1 and part[1] == "=" else None
        if last == (target is not None) or not part:
            raise PSFError(
                f"Part {index + 1} of the formula is {quoted(' '.join(part))}; "
                "give assignments such as a=0.5 first, then one expression, with single commas between."
            )
        node = _tree(part if target is None else part[2:], names, seen)
        if target is None:
            return Program(tuple(assignments), node, frozenset(seen))
        _check_target(target)
        names.add(target)
        assignments.append((target, node))
    raise PSFError("The formula is empty; give an expression such as exp(-(x^2+y^2)/0.1^2).")


def _tokens(text: object) -> list[str]:
    if not isinstance(text, str):
        raise PSFError(f"The formula is of type {type(text).__name__}; give text.")
    if len(text) > MAX_CHARACTERS:
        raise PSFError(f"The formula has {len(text)} characters; give at most {MAX_CHARACTERS}.")
    text = text.translate(_SPELLINGS)
    found: list[str] = []
    place, before = 0, None
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise PSFError(
                f"The formula holds {text[place]!r} at character {place + 1}, which means nothing there; "
                "use numbers, names, + - * / ^ < > ( ) and commas."
            )
        if before == "number" and match.lastgroup in ("number", "name"):
            raise PSFError(f"The formula holds {quoted(found[-1] + match[0])}; write {found[-1]}*{match[0]}, with a *.")
        before = match.lastgroup
        if before != "space":
            found.append("**" if match[0] == "^" else match[0])
        place = match.end()
    if not found:
        raise PSFError("The formula is empty; give an expression such as exp(-(x^2+y^2)/0.1^2).")
    return found


def _parts(tokens: list[str]) -> Iterator[list[str]]:
    """Split at the commas that stand in no brackets."""
    part: list[str] = []
    depth = 0
    for token in tokens:
        depth += (token == "(") - (token == ")")
        if depth < 0 or depth > MAX_DEPTH:
            raise PSFError(
                "The formula closes a bracket that was not opened; take it out."
                if depth < 0
                else f"The formula nests its brackets more than {MAX_DEPTH} deep; write it with assignments."
            )
        if token == "," and depth == 0:
            yield part
            part = []
        else:
            part.append(token)
    if depth:
        raise PSFError(f"The formula leaves {depth} brackets open; close them.")
    yield part


def _check_target(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z_0-9]*", name):
        raise PSFError(f"The formula assigns to {quoted(name)}; give a name before the =.")
    if name in FORMULA_COORDINATES or name in FORMULA_CONSTANTS or name in FORMULA_FUNCTIONS:
        raise PSFError(f"The formula assigns to {name!r}, which has a meaning already; choose another name.")


def _tree(part: list[str], names: set[str], seen: set[str]) -> ast.expr:
    """Let Python's parser order the operators, then look at every node."""
    text = " ".join(part)
    known = {*FORMULA_COORDINATES, *FORMULA_CONSTANTS, *FORMULA_FUNCTIONS, *names}
    for token in part:
        if token.isidentifier() and token not in known:
            raise PSFError(
                f"The formula holds {quoted(token)}, which is not known here; known are "
                f"{', '.join((*FORMULA_COORDINATES, *FORMULA_CONSTANTS, *sorted(names), *FORMULA_FUNCTIONS))}."
            )
    try:
        root = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise PSFError(f"The formula's part {quoted(text)} cannot be read; check its operators and brackets.") from None
    check_nodes(root, names)
    seen |= {node.id for node in ast.walk(root) if isinstance(node, ast.Name)} & set(FORMULA_COORDINATES)
    return root
