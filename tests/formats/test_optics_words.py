"""Lens and light by names of entries and of objectives, as programs write them."""

from __future__ import annotations

import pytest

from napari_deconvolve.formats.objectives import optics_of_objective
from napari_deconvolve.formats.optics_words import flat, lines_of, micrometres_of, optics_of_pairs

OBJECTIVES = {
    "Plan-Apochromat 63x/1.40 Oil DIC M27": (1.4, 1.515),
    "UPLSAPO60XW NA:1.20": (1.2, 1.33),
    "UPLSAPO60XO": (None, 1.515),
    "UPLSAPO60XS2": (None, 1.406),
    "C-Apochromat 40x/1.2 W Korr FCS M27": (1.2, 1.33),
    "HCX PL APO CS 63.0x1.40 OIL UV": (1.4, 1.515),
    "HC FLUOTAR L 25x/0,95 WATER": (0.95, 1.33),
    "HC PL APO 63x/1,30 GLYC CORR": (1.3, 1.47),
    "7-Plan Apo VC 60x 1.2 WI": (1.2, 1.33),
    "CFI Plan Apo Lambda 60x Oil": (None, 1.515),
    "60x/1.42 Oil ∞/0.17/FN26.5": (1.42, 1.515),
    "UPlanSApo 60x oil ∞/0.17": (None, 1.515),
    "Plan Apo 60x Oil WD 0.13": (None, 1.515),
    "EC Plan-Neofluar 10x/0.30 M27": (0.3, None),
    "S Plan Fluor ELWD 20x/0.45": (0.45, None),
    "Plan Apo 60x S": (None, None),
    "Plan-Apochromat 20x/0.8 (air)": (0.8, 1.0),
    "63x/1.4 air": (1.4, None),  # which cannot be
    "Objective:1": (None, None),
    "": (None, None),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_names_of_objectives(name):
    found = optics_of_objective(name)
    assert (found.get("numerical_aperture"), found.get("immersion_index")) == OBJECTIVES[name]


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("525", 0.525),
        ("525.0 nm", 0.525),
        ("0.525", 0.525),
        ("0.525 µm", 0.525),
        ("5.25E-7", 0.525),
        ("5250 Å", 0.525),
        ("525 s", None),
        ("0", None),
        ("-1", None),
        ("50", None),  # neither nm nor um of light
        ("GFP", None),
        ("1e99", None),
    ],
)
def test_wavelengths_in_any_unit(said, right):
    assert micrometres_of(said) == (None if right is None else pytest.approx(right))


def test_values_of_channels_are_as_many_as_channels():
    two = [("Channel|EmissionWavelength #1", "460"), ("Channel|EmissionWavelength #2", "525")]
    assert optics_of_pairs(two, 2)["emission_um"] == [0.46, 0.525]
    assert "emission_um" not in optics_of_pairs(two, 1)
    assert "emission_um" not in optics_of_pairs(two, 3)
    same = [(name, "525") for name, _ in two]
    assert optics_of_pairs(same, 1)["emission_um"] == [0.525]
    assert optics_of_pairs([two[0], (two[1][0], "0")], 2)["emission_um"] == [0.46, None]


def test_the_index_of_a_sample_is_not_the_lens_s():
    pairs = [("Sample refractive index", "1.38"), ("Mounting medium refractive index", "1.4"), ("Immersion", "Oil")]
    assert optics_of_pairs(pairs)["immersion_index"] == 1.515


def test_entries_say_more_than_the_name_of_a_lens():
    pairs = [("Objective", "Plan Apo 60x/1.40 Oil"), ("Numerical Aperture", "1.27"), ("Immersion", "Water")]
    found = optics_of_pairs(pairs)
    assert (found["numerical_aperture"], found["immersion_index"]) == (1.27, 1.33)


@pytest.mark.parametrize("value", ["nan", "inf", "-1.4", "14", "1.4 nm", "", "1e400", "0", None, True, [1.4], {"a": 1}])
def test_apertures_that_cannot_be_are_none(value):
    assert "numerical_aperture" not in optics_of_pairs([("LensNA", value)])


def test_lines_and_trees_become_pairs():
    assert dict(lines_of("a = 1\nb: 2\nnothing\n = 3\nc =\nhttp://x")) == {"a": "1", "b": "2"}
    tree = {"A": {"B": [1, {"C": 2}]}, "P": {"PropType": "STRING", "PropVal": "x"}}
    assert dict(flat(tree)) == {"A|B #1": 1, "A|B #2|C": 2, "P": "x"}
