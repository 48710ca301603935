"""Formulas as text, read and evaluated without running any of it as Python.

Three gates stand one behind the other: only known characters and names pass the first, only known kinds of nodes in a
tree of limited size and depth pass the second, and the third walks that tree with numpy in floating point, where
``9^9^9^9`` overflows at once.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import PSFError

Values = NDArray[np.float64]

LONGEST = 1000  # characters
DEEPEST = 60  # nodes from the root to a leaf
MOST_NODES = 400
COORDINATES = ("x", "y", "z")
CONSTANTS = {"pi": np.pi, "e": np.e}


def _special(name: str) -> Callable[[Values], Values]:
    def function(values: Values) -> Values:
        from scipy import special

        return getattr(special, name)(values)  # type: ignore[no-any-return]

    return function


_ONE: dict[str, Callable[[Values], Values]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "ln": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "erf": _special("erf"),
    "j0": _special("j0"),
    "j1": _special("j1"),
}
_MANY: dict[str, Callable[[Values, Values], Values]] = {"min": np.minimum, "max": np.maximum}
FUNCTIONS = (*_ONE, *_MANY)
"""The functions that a formula may call: of one value, and ``min`` and ``max`` of two or more."""

_BINARY: dict[type[ast.operator], Callable[[Values, Values], Values]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Values, Values], NDArray[np.bool_]]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
_KINDS: dict[type[ast.expr], str] = {
    ast.Tuple: "values with commas between",
    ast.Call: "a call of something that is no function",
    ast.Starred: "a * before nothing",
    ast.Compare: "several comparisons in a row",
}
_SPELLINGS = str.maketrans(
    {"−": "-", "–": "-", "·": "*", "×": "*", "²": "^2", "³": "^3", "π": "pi", "≤": "<=", "≥": ">="}
)
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<sign>\*\*|<=|>=|[-+*/^()<>,=])|(?P<space>\s+)"
)


@dataclass(frozen=True, slots=True)
class Program:
    """A formula that has been read: assignments in their order, then the expression.

    Parameters
    ----------
    assignments : tuple of (str, ast.expr)
        Names and what they stand for.
    expression : ast.expr
        What is to be evaluated.
    coordinates : frozenset of str
        Those of x, y, z that occur.
    """

    assignments: tuple[tuple[str, ast.expr], ...]
    expression: ast.expr
    coordinates: frozenset[str]

    def evaluate(self, coordinates: Mapping[str, Values]) -> Values:
        """Return the expression's values; `coordinates` holds an array for each that occurs."""
        known: dict[str, Values] = {name: np.asarray(value) for name, value in CONSTANTS.items()}
        known |= coordinates
        with np.errstate(all="ignore"):  # what is not finite is refused in words
            for name, node in self.assignments:
                known[name] = _value(node, known)
            return np.asarray(_value(self.expression, known), np.float64)


def parse(text: str) -> Program:
    """Read a formula.

    Raises
    ------
    PSFError
        For anything but numbers, known names, operators and calls of known functions.
    """
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
                f"Part {index + 1} of the formula is {_short(' '.join(part))}; "
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
    if len(text) > LONGEST:
        raise PSFError(f"The formula has {len(text)} characters; give at most {LONGEST}.")
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
            raise PSFError(f"The formula holds {_short(found[-1] + match[0])}; write {found[-1]}*{match[0]}, with a *.")
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
        if depth < 0 or depth > DEEPEST:
            raise PSFError(
                "The formula closes a bracket that was not opened; take it out."
                if depth < 0
                else f"The formula nests its brackets more than {DEEPEST} deep; write it with assignments."
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
        raise PSFError(f"The formula assigns to {_short(name)}; give a name before the =.")
    if name in COORDINATES or name in CONSTANTS or name in FUNCTIONS:
        raise PSFError(f"The formula assigns to {name!r}, which has a meaning already; choose another name.")


def _tree(part: list[str], names: set[str], seen: set[str]) -> ast.expr:
    """Let Python's parser order the operators, then look at every node."""
    text = " ".join(part)
    known = {*COORDINATES, *CONSTANTS, *FUNCTIONS, *names}
    for token in part:
        if token.isidentifier() and token not in known:
            raise PSFError(
                f"The formula holds {_short(token)}, which is not known here; known are "
                f"{', '.join((*COORDINATES, *CONSTANTS, *sorted(names), *FUNCTIONS))}."
            )
    try:
        root = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise PSFError(f"The formula's part {_short(text)} cannot be read; check its operators and brackets.") from None
    _check_nodes(root, names)
    seen |= {node.id for node in ast.walk(root) if isinstance(node, ast.Name)} & set(COORDINATES)
    return root


def _check_nodes(root: ast.expr, names: set[str]) -> None:
    """Refuse what is too deep, too much or of an unknown kind; without recursion, which a deep tree would exhaust."""
    waiting: list[tuple[ast.expr, int]] = [(root, 1)]
    count = 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > DEEPEST or count > MOST_NODES:
            raise PSFError(
                f"The formula has more than {MOST_NODES} parts or nests more than {DEEPEST} deep; "
                "write it shorter, with assignments for what repeats."
            )
        waiting += [(child, depth + 1) for child in _children(node, names)]


def _children(node: ast.expr, names: set[str]) -> list[ast.expr]:
    """Return what a node is made of; a node of any kind not named here is refused."""
    match node:
        case ast.Constant(value=int() | float()):
            return []
        case ast.Name(id=name):
            if name in FUNCTIONS:
                raise PSFError(f"The formula uses the function {name} without a value; write {name}(x), say.")
            return []
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return [operand]
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Pow(), right=right):
            return [left, right]
        case ast.Compare(left=left, ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()], comparators=[right]):
            return [left, right]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            _check_count(name, len(arguments))
            return arguments
    raise PSFError(
        f"The formula holds {_KINDS.get(type(node), 'something')}, which has no value here; "
        f"use numbers, + - * / ^, one < or >, and the functions {', '.join(FUNCTIONS)}."
    )


def _check_count(name: str, count: int) -> None:
    if (name in _ONE and count != 1) or (name in _MANY and count < 2):
        wanted = "one value" if name in _ONE else "two or more values"
        raise PSFError(f"The formula gives {count} values to {name}; it takes {wanted}.")


def _value(node: ast.expr, known: Mapping[str, Values]) -> Any:
    """Evaluate a tree that `_check_nodes` has passed."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return _number(number)
        case ast.Name(id=name):
            return known[name]
        case ast.UnaryOp(op=sign, operand=operand):
            value = _value(operand, known)
            return -value if isinstance(sign, ast.USub) else value
        case ast.BinOp(left=left, op=operator, right=right):
            return _combined(operator, _value(left, known), _value(right, known))
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _COMPARE[type(sign)](_value(left, known), _value(right, known)).astype(np.float64)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            values = [_value(argument, known) for argument in arguments]
            return _ONE[name](values[0]) if name in _ONE else reduce(_MANY[name], values)
    raise PSFError(f"The formula holds {_short(type(node).__name__)}, which has no value here; take it out.")


def _number(number: float) -> Values:
    try:
        value = float(number)
    except OverflowError:  # an integer of more than 308 digits
        value = float("inf")
    if not np.isfinite(value):
        raise PSFError("The formula holds a number beyond 1e308; give a smaller one.")
    return np.asarray(value)


def _combined(operator: ast.operator, left: Values, right: Values) -> Values:
    if isinstance(operator, ast.Div):
        zeros = int(np.count_nonzero(right == 0))
        if zeros:
            raise PSFError(
                f"The formula divides by zero at {zeros} of {np.size(right)} positions; "
                "keep the divisor from zero, as in sin(r)/r with r=sqrt(x^2+y^2)+1e-9."
            )
        return np.divide(left, right)
    if not isinstance(operator, ast.Pow):
        return np.asarray(_BINARY[type(operator)](left, right))
    result = np.power(left, right)
    if not np.isfinite(result).all():
        raise PSFError(
            "The formula holds a power that has no finite value (too large, a root of a negative number, or one "
            "over zero); give a smaller exponent, or a base above zero."
        )
    return np.asarray(result)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
