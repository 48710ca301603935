"""What is kept between runs: by shape and by kernel, and only for small ones."""

from __future__ import annotations

import numpy as np

from napari_deconvolve.core.remember import FEW, SMALL, of_kernel, of_shape


def counted(calls):
    def function(*arguments):
        calls.append(arguments)
        return object()

    return function


def test_a_shape_is_worked_out_once():
    calls = []
    known = of_shape(counted(calls))
    assert known((4, 5), 0.5) is known((4, 5), 0.5)
    assert known((4, 5), 0.25) is not known((5, 4), 0.25)
    assert len(calls) == 3


def test_kernels_of_the_same_samples_are_one():
    calls = []
    known = of_kernel(counted(calls))
    kernel = np.arange(6.0).reshape(2, 3)
    assert known(kernel, (9,)) is known(kernel.copy(), (9,))
    others = [kernel + 1, kernel.reshape(3, 2), kernel.astype(np.float32)]
    assert len({id(found) for found in [known(kernel, (9,)), *(known(other, (9,)) for other in others)]}) == 4
    assert len(calls) == 4


def test_a_kernel_that_was_changed_in_place_is_another_one():
    known = of_kernel(lambda kernel, shape: float(kernel.sum()))
    kernel = np.ones((3, 3))
    assert known(kernel, (9,)) == 9
    kernel[0, 0] = 2
    assert known(kernel, (9,)) == 10


def test_nothing_large_and_not_many_are_kept():
    calls = []
    known = of_shape(counted(calls))
    assert known((SMALL, 2)) is not known((SMALL, 2))
    for length in range(FEW + 1):
        known((length,))
    calls.clear()
    known((0,))
    assert calls == [((0,),)]
    assert of_kernel(counted([]))(np.zeros(SMALL + 1), (3,)) is not None
