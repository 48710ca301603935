"""A parameter is declared once: check, JSON, option, form and table follow from its field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

import napari_deconvolve as nd
from napari_deconvolve.recipe.fields import described, parameters, table
from napari_deconvolve.recipe.kinds import AUTO, Auto, Choice, Number, PerAxis
from napari_deconvolve.recipe.value import PlainValue


@dataclass(frozen=True, slots=True)
class Plan(PlainValue):
    """A value that exists in this test alone."""

    _called: ClassVar[str] = "plan"

    steps: int | Auto = described(AUTO, "Steps", "How many.", Number(low=1, whole=True, words=(AUTO,)), unit="steps")
    way: str | None = described(None, "Way", "Which one.", Choice(("left", "right"), none=True))
    widths: float | tuple[float, ...] = described(1.0, "Widths", "How wide.", PerAxis(2, above=0))

    def _agree(self) -> None:
        if self.way == "left" and self.steps == 3:
            raise nd.ParameterError("Left in 3 steps is the way right; choose right.")


def test_values_are_checked_and_kept_in_one_form():
    plan = Plan(steps=2, way="none", widths=[1, 2])
    assert (plan.steps, plan.way, plan.widths) == (2, None, (1.0, 2.0))
    with pytest.raises(nd.ParameterError, match="The steps is 0; give a whole number of at least 1, or 'auto'"):
        Plan(steps=0)
    with pytest.raises(nd.ParameterError, match="choose right"):
        Plan(steps=3).replace(way="left")


def test_json_holds_plain_types_and_gives_the_value_again():
    plan = Plan(way="left", widths=(1, 2))
    assert plan.to_dict() == {"steps": "auto", "way": "left", "widths": [1.0, 2.0]}
    assert Plan.from_json(plan.to_json()) == plan


def test_sentences_call_the_value_by_its_name():
    with pytest.raises(nd.ParameterError, match=r"A plan has no 'speed'; its keys are steps, way, widths\."):
        Plan().replace(speed=3)
    with pytest.raises(nd.ParameterError, match="A plan has no 'speed'"):
        Plan.parameter("speed")
    with pytest.raises(nd.ParameterError, match="The plan is not JSON"):
        Plan.from_json("{")


def test_the_table_tells_all():
    assert table(Plan).splitlines() == [
        "| name | label | unit | range | default | help |",
        "| --- | --- | --- | --- | --- | --- |",
        "| `steps` | Steps | steps | whole numbers of at least 1, auto | auto | How many. |",
        "| `way` | Way |  | none, left, right | none | Which one. |",
        "| `widths` | Widths |  | above 0: one, or one per axis, none | 1.0 | How wide. |",
    ]


@pytest.mark.parametrize("name", ["method", "stop", "prior"])
def test_the_help_of_a_choice_says_what_each_name_means(name):
    one = nd.Recipe.parameter(name)
    for word, kind in one.kind.names.items():
        assert f"{word}, {kind.meaning}" in one.help


@pytest.mark.parametrize("kind", [nd.Recipe, nd.Simulation])
def test_every_parameter_explains_itself_and_its_default_fits(kind):
    for name, one in parameters(kind).items():
        assert one.label
        assert one.help.endswith("."), name
        assert one.check(one.default) == one.default
        if one.metavar:
            assert one.check(one.parse(one.default_text)) == one.default, name
