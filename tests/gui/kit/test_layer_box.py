"""The box of layers: magicgui's, which knows layers by themselves."""

from __future__ import annotations

import numpy as np
import pytest
from magicgui.widgets import ComboBox
from napari.layers import Image
from qtpy.QtWidgets import QComboBox

from napari_deconvolve._napari.kit.layer_box import LayerBox


@pytest.fixture
def layers():
    return [Image(np.zeros((4, 4)), name=name) for name in ("a", "b", "c")]


def made(qtbot, owner=None, **more):
    box = LayerBox("image", "Image", "What is deconvolved.", **more)
    qtbot.addWidget(owner or box.native)
    box.told = []
    box.changed.connect(box.told.append)
    return box


def names(box):
    return [box.native.itemText(place) for place in range(box.native.count())]


def test_it_is_magicgui_s_box_around_a_qt_box(qtbot):
    box = made(qtbot)
    assert isinstance(box, ComboBox)
    assert isinstance(box.native, QComboBox)
    assert box.native.objectName() == "image"
    assert box.native.accessibleName() == "Image"


def test_an_empty_box_fills_when_layers_come(qtbot, layers):
    box = made(qtbot)
    assert box.value is None
    box.offer(layers, layers[1])
    assert box.value is layers[1]
    assert box.told == [layers[1]]
    assert names(box) == ["a", "b", "c"]


def test_the_choice_stays_while_layers_come_go_and_move(qtbot, layers):
    box = made(qtbot)
    box.offer(layers, layers[1])
    box.offer([layers[2], layers[1]], layers[2])
    assert box.value is layers[1]
    assert names(box) == ["c", "b"]
    assert box.told == [layers[1]]


def test_a_renamed_layer_stays_chosen(qtbot, layers):
    box = made(qtbot)
    box.offer(layers, layers[1])
    layers[1].name = "another"
    box.offer(layers)
    assert box.value is layers[1]
    assert box.native.currentText() == "another"
    assert box.told == [layers[1]]


def test_a_removed_layer_gives_way_to_the_default(qtbot, layers):
    box = made(qtbot)
    box.offer(layers, layers[1])
    box.offer([layers[0], layers[2]], layers[2])
    assert box.value is layers[2]
    box.offer([])
    assert box.value is None
    assert box.told == [layers[1], layers[2], None]


@pytest.mark.parametrize("last", [False, True])
def test_none_can_be_chosen(qtbot, layers, last):
    box = made(qtbot, none="none", none_last=last)
    box.offer(layers)
    assert names(box) == (["a", "b", "c", "none"] if last else ["none", "a", "b", "c"])
    assert box.value is None
    box.native.setCurrentText("b")
    assert box.value is layers[1]
    box.choose(None)
    assert box.native.currentText() == "none"
    assert box.told == [layers[1], None]


def test_what_is_not_offered_cannot_be_chosen(qtbot, layers):
    box = made(qtbot)
    box.offer(layers[:2], layers[0])
    box.choose(layers[2])
    assert box.value is None


def test_the_choice_outlives_a_new_parent(qtbot, layers):
    from qtpy.QtWidgets import QVBoxLayout, QWidget

    parent = QWidget()
    box = made(qtbot, parent)
    box.offer(layers, layers[2])
    QVBoxLayout(parent).addWidget(box.native)
    assert box.value is layers[2]
    assert box.told == [layers[2]]
