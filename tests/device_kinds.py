"""Devices that any machine has: the strict array API, and PyTorch on the CPU, where these are installed."""

from __future__ import annotations

import importlib.util

import pytest

from napari_deconvolve.core.device import COMPAT, Device, namespace


def strict(**more: object) -> Device:
    """Return a device by the array API and nothing else: whatever is not in the standard raises."""
    return Device(pytest.importorskip("array_api_strict"), None, "strict GPU", **more)  # type: ignore[arg-type]


def torch(**more: object) -> Device:
    """Return PyTorch on the CPU."""
    pytest.importorskip("torch")
    pytest.importorskip(COMPAT)
    return Device(namespace("torch"), "cpu", "torch GPU", **more)  # type: ignore[arg-type]


DEVICES = [
    pytest.param(
        strict,
        id="strict",
        marks=pytest.mark.skipif(not importlib.util.find_spec("array_api_strict"), reason="not installed"),
    ),
    pytest.param(
        torch, id="torch", marks=pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="not installed")
    ),
]
