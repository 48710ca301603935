"""Looking ahead in proportion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_deconvolve.core.accelerations.nesterov import factor, look_ahead

LIGHT = st.floats(0, 2.0**40, width=32)
PAIRS = hnp.arrays(np.float32, (2, 9), elements=LIGHT)


def ahead(x, last, a):
    out = np.array(x)
    look_ahead(out, last, a)
    return out


@given(PAIRS, st.floats(0, 0.999))
def test_no_sample_turns_negative_and_zero_stays_zero(pair, a):
    x, last = pair
    found = ahead(x, last, a)
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert not found[x == 0].any()


@given(hnp.arrays(np.float64, 9, elements=st.floats(1, 1e6)), st.floats(0.01, 0.99))
def test_samples_go_on_the_way_they_went(x, a):
    last = x * np.linspace(0.5, 2, 9)
    found = ahead(x, last, a)
    assert (np.sign(np.round(found / x - 1, 12)) == np.sign(np.round(1 - last / x, 12))).all()


def test_a_small_step_is_the_power_of_the_ratio():
    x, last = np.full(5, 3.0), 3.0 * np.linspace(0.98, 1.02, 5)
    np.testing.assert_allclose(ahead(x, last, 0.7), x * (x / last) ** 0.7, rtol=1e-6)


def test_nothing_is_looked_ahead_at_first_and_nearly_all_at_last():
    assert factor(0.0) == 0
    assert factor(1.0) == pytest.approx(1 / 4)
    assert factor(1000.0) == pytest.approx(1, abs=0.004)


@given(hnp.arrays(np.float64, (2, 9), elements=st.floats(0.01, 100)), st.sampled_from([1e-25, 1e25]))
def test_the_unit_of_the_counts_does_not_matter(pair, unit):
    x, last = pair
    np.testing.assert_allclose(ahead(x * unit, last * unit, 0.6), ahead(x, last, 0.6) * unit, rtol=1e-12)
