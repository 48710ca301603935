"""What a search chose comes back from JSON, also numbers that are not finite, which JSON does not have."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from napari_deconvolve.tuning.confirmation import Confirmation
from napari_deconvolve.tuning.results import Choice, Curve

CURVES = (Curve(0.4, (5, 10), (-3.25, math.nan), 0.01, "tv", (5, 10)), Curve(0.0, (7,), (1.5,)))
OPEN = Choice(7, (0.3, 0.2), 0.4, math.nan, CURVES, 1, (slice(2, 9), slice(0, 5)), "split", items=(0, 1))
KNOWN = Choice(9, 0.0, 0.0, 2.5, CURVES[1:], 0, (slice(0, 5),), "split", 0.1, "tv", -1.25, Confirmation(0.5, 0.25), 0.2)


def written(values: Any) -> str:
    return json.dumps(values, sort_keys=True)


@pytest.mark.parametrize("choice", [OPEN, KNOWN])
def test_a_choice_is_written_in_the_json_of_the_standard(choice: Choice) -> None:
    text = json.dumps(choice.to_dict(), allow_nan=False)
    back = Choice.from_dict(json.loads(text))
    assert repr(back) == repr(choice)  # NaN equals nothing
    assert written(back.to_dict()) == written(choice.to_dict())


def test_one_that_was_written_as_python_writes_it_is_read() -> None:
    values = OPEN.to_dict()
    values |= {"gain": math.nan, "lead": math.nan, "narrower": {"share": -0.4, "uncertainty": math.inf}}
    values["curves"][0]["scores"][1] = math.nan
    assert "NaN" in written(values)
    assert repr(Choice.from_dict(json.loads(written(values)))) == repr(OPEN)
