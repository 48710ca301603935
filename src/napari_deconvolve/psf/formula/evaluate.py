"""The values of a formula's tree, in floating point, where ``9^9^9^9`` overflows at once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.formula.names import UNARY_FUNCTIONS, VARIADIC_FUNCTIONS, Values, quoted

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
