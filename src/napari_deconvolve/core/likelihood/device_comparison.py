"""The data beside a model on whole arrays of a device: ratio for the next step, and deviance; see `Comparison`."""

from __future__ import annotations

import numpy as np

from napari_deconvolve.core.device import Array, Device
from napari_deconvolve.core.likelihood.noise import MIN_RATIO, PoissonData
from napari_deconvolve.core.operators.unseen import UNSEEN_WEIGHT


class DeviceComparison:
    """One item's data on a device."""

    def __init__(self, device: Device, noise: PoissonData) -> None:
        self._device, self._xp = device, device.xp
        self._data = device.put(noise.data)
        background = np.asarray(noise.background, noise.data.dtype)
        self._background = device.put(background) if background.ndim else device.number(float(background), self._data)
        self._floor = device.number(noise.floor, self._data)
        self._valid = None if noise.valid is None else device.put(noise.valid)
        self._saturated = None if noise.saturated is None else device.put(noise.saturated)
        self._signed = float(noise.data.min()) < 0
        self._offset = 2 * noise.entropy()

    def of(self, model: Array) -> tuple[Array, float]:
        """Return data over model H u + b, and the deviance, both in units of the data's scale."""
        expected = self._xp.maximum(model + self._background, self._floor)
        return self._ratio(expected), max(self._deviance(expected) + self._offset, 0.0)

    def _ratio(self, expected: Array) -> Array:
        xp, number = self._xp, self._device.number
        ratio = self._data / expected
        if self._signed:
            ratio = xp.maximum(ratio, number(MIN_RATIO, ratio))
        if self._saturated is not None:
            ratio = xp.where(self._saturated, xp.maximum(ratio, number(1.0, ratio)), ratio)
        return ratio if self._valid is None else xp.where(self._valid, ratio, number(UNSEEN_WEIGHT, ratio))

    def _deviance(self, expected: Array) -> float:
        xp, data = self._xp, self._data
        zero = self._device.number(0.0, data)
        if self._signed:
            data = xp.maximum(data, zero)
        if self._saturated is not None:  # a model brighter than a saturated sample fits it perfectly
            bound = xp.maximum(data, self._floor)
            expected = xp.where(self._saturated & (expected > bound), bound, expected)
        parts = expected - data * xp.log(expected)
        return 2 * self._device.total(parts if self._valid is None else xp.where(self._valid, parts, zero))
