"""Kinds chosen by name: found by themselves, in order, and refused with the known names."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.registry import Registry

MODULE = """
from dataclasses import dataclass
from {package}.base import KINDS

@dataclass
class Kind:
    name: str
    rank: int

KINDS.add(Kind({name!r}, {rank}))
"""


@dataclass
class Kind:
    name: str
    rank: int


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "kinds_of_fruit"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "base.py").write_text(
        "from napari_deconvolve.core.registry import Registry\n"
        "KINDS = Registry('fruit', 'kinds_of_fruit', also=('none',))\n"
    )
    for name, rank in (("pear", 2), ("apple", 2), ("plum", 1)):
        (folder / f"{name}.py").write_text(MODULE.format(package=folder.name, name=name, rank=rank))
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == folder.name]:
        del sys.modules[name]


def test_the_modules_of_the_package_are_found_and_ordered_by_rank_then_name(package):
    from kinds_of_fruit.base import KINDS

    assert list(KINDS) == ["plum", "apple", "pear"]
    assert (len(KINDS), "apple" in KINDS, KINDS["apple"].rank) == (3, True, 2)


def test_one_more_file_is_one_more_kind(package):
    (package / "fig.py").write_text(MODULE.format(package=package.name, name="fig", rank=0))
    from kinds_of_fruit.base import KINDS

    assert list(KINDS) == ["fig", "plum", "apple", "pear"]


def test_what_is_not_known_is_refused_with_the_known_names(package):
    from kinds_of_fruit.base import KINDS

    assert KINDS.look_up("pear").name == "pear"
    with pytest.raises(nd.ParameterError, match="The fruit is 'nut'; choose one of none, plum, apple, pear"):
        KINDS.look_up("nut")
    with pytest.raises(nd.ParameterError, match="The fruit is 3"):
        KINDS.look_up(3)


def test_a_name_stands_for_one_kind():
    kinds = Registry[Kind]("fruit", "napari_deconvolve.core.priors")
    kinds.add(Kind("fig", 1))
    with pytest.raises(ValueError, match="Two kinds of fruit have the name 'fig'"):
        kinds.add(Kind("fig", 2))
