"""The kinds of nodes that a formula's tree may hold, and how many."""

from __future__ import annotations

import ast

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.formula.names import FORMULA_FUNCTIONS, UNARY_FUNCTIONS, VARIADIC_FUNCTIONS

MAX_DEPTH = 60  # nodes from the root to a leaf
MAX_NODES = 400

_KINDS: dict[type[ast.expr], str] = {
    ast.Tuple: "values with commas between",
    ast.Call: "a call of something that is no function",
    ast.Starred: "a * before nothing",
    ast.Compare: "several comparisons in a row",
}


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
