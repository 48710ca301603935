"""The names and nodes that a formula may hold, and their values in floating point, where ``9^9^9^9`` overflows."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import PSFError

Values = NDArray[np.float64]

FORMULA_COORDINATES = ("x", "y", "z")
FORMULA_CONSTANTS = {"pi": np.pi, "e": np.e}


def _special(name: str) -> Callable[[Values], Values]:
    def function(values: Values) -> Values:
        from scipy import special

        return getattr(special, name)(values)  # type: ignore[no-any-return]

    return function


UNARY_FUNCTIONS: dict[str, Callable[[Values], Values]] = {
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
VARIADIC_FUNCTIONS: dict[str, Callable[[Values, Values], Values]] = {"min": np.minimum, "max": np.maximum}
FORMULA_FUNCTIONS = (*UNARY_FUNCTIONS, *VARIADIC_FUNCTIONS)
"""The functions that a formula may call: of one value, and ``min`` and ``max`` of two or more."""

MAX_DEPTH = 60  # nodes from the root to a leaf
MAX_NODES = 400

_KINDS: dict[type[ast.expr], str] = {
    ast.Tuple: "values with commas between",
    ast.Call: "a call of something that is no function",
    ast.Starred: "a * before nothing",
    ast.Compare: "several comparisons in a row",
}
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


def quoted(text: str) -> str:
    """Return a text in quotes for a message, cut after 40 characters."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def check_nodes(root: ast.expr, names: set[str]) -> None:
    """Refuse a tree that is too deep, too large or of an unknown kind; without recursion, which it might exhaust."""
    waiting: list[tuple[ast.expr, int]] = [(root, 1)]
    count = 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise PSFError(
                f"The formula has more than {MAX_NODES} parts or nests more than {MAX_DEPTH} deep; "
                "write it shorter, with assignments for what repeats."
            )
        waiting += [(child, depth + 1) for child in _children(node, names)]


def _children(node: ast.expr, names: set[str]) -> list[ast.expr]:
    """Return the nodes that a node is made of; refuse a node of any kind not named here."""
    match node:
        case ast.Constant(value=int() | float()):
            return []
        case ast.Name(id=name):
            if name in FORMULA_FUNCTIONS:
                raise PSFError(f"The formula uses the function {name} without a value; write {name}(x), say.")
            return []
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return [operand]
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Pow(), right=right):
            return [left, right]
        case ast.Compare(left=left, ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()], comparators=[right]):
            return [left, right]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FORMULA_FUNCTIONS:
            _check_count(name, len(arguments))
            return arguments
    raise PSFError(
        f"The formula holds {_KINDS.get(type(node), 'something')}, which has no value here; "
        f"use numbers, + - * / ^, one < or >, and the functions {', '.join(FORMULA_FUNCTIONS)}."
    )


def _check_count(name: str, count: int) -> None:
    if (name in UNARY_FUNCTIONS and count != 1) or (name in VARIADIC_FUNCTIONS and count < 2):
        wanted = "one value" if name in UNARY_FUNCTIONS else "two or more values"
        raise PSFError(f"The formula gives {count} values to {name}; it takes {wanted}.")


def value_of(node: ast.expr, known: Mapping[str, Values]) -> Any:
    """Evaluate a tree that `check_nodes` has passed; raise `PSFError` where it has no finite value."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return _number(number)
        case ast.Name(id=name):
            return known[name]
        case ast.UnaryOp(op=sign, operand=operand):
            value = value_of(operand, known)
            return -value if isinstance(sign, ast.USub) else value
        case ast.BinOp(left=left, op=operator, right=right):
            return _combined(operator, value_of(left, known), value_of(right, known))
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _COMPARE[type(sign)](value_of(left, known), value_of(right, known)).astype(np.float64)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            values = [value_of(argument, known) for argument in arguments]
            return (
                UNARY_FUNCTIONS[name](values[0])
                if name in UNARY_FUNCTIONS
                else reduce(VARIADIC_FUNCTIONS[name], values)
            )
    raise PSFError(f"The formula holds {quoted(type(node).__name__)}, which has no value here; take it out.")


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
