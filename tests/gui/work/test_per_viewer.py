"""What belongs to a viewer: one object of a kind, which goes with the viewer."""

from __future__ import annotations

import gc
import weakref

from napari.components import ViewerModel

from napari_deconvolve._napari.work.per_viewer import of_viewer, unwrapped


class Kind:
    def __init__(self, viewer):
        self.layers = len(viewer.layers)


class Other(Kind):
    pass


class Proxy:
    def __init__(self, wrapped):
        self.__wrapped__ = wrapped


def test_a_viewer_has_one_object_of_each_kind():
    first, second = ViewerModel(), ViewerModel()
    assert of_viewer(first, Kind) is of_viewer(first, Kind)
    assert of_viewer(first, Kind) is not of_viewer(second, Kind)
    assert type(of_viewer(first, Other)) is Other


def test_a_proxy_is_its_viewer():
    viewer = ViewerModel()
    assert unwrapped(Proxy(viewer)) is viewer
    assert of_viewer(Proxy(viewer), Kind) is of_viewer(viewer, Kind)


def test_it_is_forgotten_with_the_viewer():
    viewer = ViewerModel()
    known = weakref.ref(of_viewer(viewer, Kind))
    del viewer
    gc.collect()
    assert known() is None
