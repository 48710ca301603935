"""An image in which samples that no light has made are found in turn: the work of `spikes`."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray
from napari_deconvolve.core.likelihood.spike_bounds import REACH, Bounds
from napari_deconvolve.core.likelihood.spike_chance import beyond_chance, normal_variance
from napari_deconvolve.core.likelihood.spike_ground import SLACK, Grounds, filled
from napari_deconvolve.core.likelihood.spike_lines import border_lines
from napari_deconvolve.core.likelihood.spike_noise import noise_of, step_of

MIN_SIGMAS = 3.5  # standard deviations of noise beyond two neighbours: with less no sample is looked at
SIGMAS = 6.0  # standard deviations of noise beyond most of the samples that touch one
BOUND_SIGMAS = 4.5  # and beyond what light makes, which is certain by the margin of the bounds
GROUND = 0.4  # of the least light around is ground: between lines as close as the PSF resolves there is light of both
STEPS = 4.0  # and steps between values: a sample of 4 photons among zeros is chance in large images
COUNTING = 3 / 8  # of a photon, by which square roots of counts have an even noise (Anscombe 1948)
BORDER = 1.5  # times the mean of all neighbours may sources beyond a border add to a sample beside it
RINGS = 0.01  # of the peak, by which dark rings break a bound: with less, sources beyond a border keep to it
UNEVEN = 2.0  # times the middle one of the neighbours: those beyond may be spikes, and show no hole
DEAD_MARGIN = 0.9  # holes may be deeper by this
PASSES = 8  # a spike beside a brighter one is found after it
MOSTLY = 0.5  # of the planes at least hold a sample whose sum counts
SLAB, CHUNK = 1 << 17, 1 << 15  # samples at a time: of the image, and with all their neighbours

Values = NDArray[np.float64]
Places = NDArray[np.int64]


class Light:
    """An image whose spikes are replaced, as they are found, by what lies around."""

    def __init__(self, data: NDArray[Any], usable: BoolArray, bounds: Bounds, step: float | None = None) -> None:
        self.hot, self.dead = np.zeros(data.shape, bool), np.zeros(data.shape, bool)
        self._bounds = bounds
        self._shape = data.shape
        self._heights: Values = np.zeros(0)  # of the hot ones that were found
        self._changed, self._found_any = True, False
        light = data.astype(np.float64 if data.dtype.itemsize > 4 else np.float32, order="C")  # steps are of this order
        known = light if usable.all() else light[usable]
        power = int(np.frexp(np.max(np.abs(known)))[1])  # by which squares stay within single precision
        self.step = float(np.ldexp(step_of(known) if step is None else step, -power))
        if known is not light:
            light = filled(light, usable, bounds.axes)
        np.ldexp(light, -power, out=light)
        margin = [(REACH, REACH) if axis in bounds.axes else (0, 0) for axis in range(light.ndim)]
        self._light = np.pad(light.astype(np.float32, order="C"), margin, mode="reflect")
        self._usable = np.pad(usable, margin)
        self._gaps = None if known is light else np.pad(~usable, margin).ravel()
        self._inside = tuple(slice(low, low + n) for (low, _), n in zip(margin, data.shape, strict=True))
        self._steps = bounds.offsets @ (np.array(self._light.strides) // self._light.itemsize)

    def total(self, axis: int) -> tuple[Values, BoolArray]:
        """Return the sum of the light along an axis, and where it is that of samples."""
        known = self._usable[self._inside]
        return np.sum(self._light[self._inside], axis=axis, dtype=np.float64), np.mean(known, axis=axis) > MOSTLY

    def lines(self, psf: Values) -> tuple[BoolArray, BoolArray] | None:
        """Return the samples of hot and of dead lines along a border."""
        axes = self._bounds.axes
        if len(axes) < 2 or psf.ndim > self.hot.ndim:
            return None
        return border_lines(self._light[self._inside], self._usable[self._inside], psf, self._noise)

    def search(self, *, hot: bool) -> bool:
        """Find the samples that are too bright, or those that are too dark, and return whether there were any."""
        if self._changed:
            inside = self._light[self._inside]
            known = None if self._gaps is None else ~self._gaps.reshape(self._light.shape)[self._inside]
            self._noise = noise_of(inside, self._bounds.axes, self.step, spiky=not self._found_any, known=known)
            self._ground = Grounds(inside, self._bounds.axes, self._noise)
        places, any_found = self._candidates(hot=hot), False
        for _ in range(PASSES if len(places) else 0):
            wrong = self._hot(self._each(places, self._height)) if hot else self._each(places, self._is_dead)
            if not wrong.any():
                break
            (self.hot if hot else self.dead)[self._where(places[wrong])] = True
            self._replace(places[wrong])
            places, any_found = places[~wrong], True
        self._changed, self._found_any = any_found, self._found_any or any_found
        return any_found

    def _candidates(self, *, hot: bool) -> Places:
        """Return where samples stick out of two neighbours along some axis, as places in the light with its border."""
        noise, found, first = self._noise, [], self._inside[0].start
        thickness = max(1, SLAB * self._shape[0] // self.hot.size)
        for start in range(first, first + self._shape[0], thickness):
            rows = slice(start, min(start + thickness, first + self._shape[0]))
            here = self._light[self._part(rows)]
            pairs = [
                self._light[self._part(rows, axis, -1)] + self._light[self._part(rows, axis, 1)]
                for axis in self._bounds.axes
            ]
            beside: NDArray[Any] = reduce(np.minimum if hot else np.maximum, pairs) / 2
            out = here - beside if hot else beside - here
            least = (MIN_SIGMAS if hot else SIGMAS) * np.sqrt(noise.at(beside if hot else here)) + STEPS * noise.step
            index = np.nonzero((out > least) & self._usable[self._part(rows)])
            inside = (rows, *self._inside[1:])
            moved = tuple(one + side.start for one, side in zip(index, inside, strict=True))
            found.append(np.ravel_multi_index(moved, self._light.shape))
        return np.concatenate(found)

    def _part(self, rows: slice, axis: int = 0, step: int = 0) -> tuple[slice, ...]:
        """Return the index of some rows of the image, moved by a step along an axis."""
        sides = [rows, *self._inside[1:]]
        sides[axis] = slice(sides[axis].start + step, sides[axis].stop + step)
        return tuple(sides)

    def _each(self, places: Places, test: Callable[[Places, Values], NDArray[Any]]) -> NDArray[Any]:
        """Return what a test that sees all neighbours says at some places."""
        flat = self._light.ravel()
        parts = [places[start : start + CHUNK] for start in range(0, max(1, len(places)), CHUNK)]
        found = [test(part, flat[part[:, np.newaxis] + self._steps].astype(np.float64)) for part in parts]
        return np.concatenate(found)

    def _hot(self, heights: Values) -> BoolArray:
        """Return which heights are no chance, and remember them."""
        wrong = beyond_chance(heights, self._heights, self.hot.size)
        self._heights = np.concatenate([self._heights, heights[wrong]])
        return wrong

    def _replace(self, places: Places) -> None:
        """Take some samples out: others see the mean of those around in their place."""
        light, usable = self._light.ravel(), self._usable.ravel()
        usable[places] = False
        around = places[:, np.newaxis] + self._steps[self._bounds.ring]
        known = usable[around]
        count = np.count_nonzero(known, axis=1)
        total = np.sum(light[around], axis=1, where=known)
        mean = np.median(light[around], axis=1)
        light[places] = np.where(count > 0, total / np.maximum(count, 1), mean)

    def _where(self, places: Places) -> tuple[Places, ...]:
        index = np.unravel_index(places, self._light.shape)
        return tuple(one - side.start for one, side in zip(index, self._inside, strict=True))

    def _height(self, places: Places, light: Values) -> Values:
        """Return by how many standard deviations samples are brighter than most neighbours, and than some allow.

        The lesser of both: no light is there, or a point of light is.
        """
        noise, bounds, where = self._noise, self._bounds, self._where(places)
        floor = self._ground.floor
        ground = np.maximum(self._ground.below(where), floor + GROUND * (light[:, 1:].min(1) - floor))[:, np.newaxis]
        block, around = light @ bounds.blocks.T, self._means_around(where, light)
        most = ground + bounds.ratios * np.maximum(around - ground, 0) + self._wings(where, light, ground)
        above = np.maximum(block - most, 0)
        least = around + above / bounds.ratios  # if the block is light
        own, low, high = (noise.at(level) + COUNTING * noise.slope**2 for level in (most, around, least))
        variance = normal_variance(above, own, noise.slope) * bounds.blocks.max(1)
        variance += bounds.ratios**2 * bounds.around.max(1) * ((np.sqrt(low) + np.sqrt(high)) / 2) ** 2
        counted = (above > STEPS * noise.step) & self._first_of_blocks(where, light, 1)
        over = np.where(counted, above / np.sqrt(variance), 0.0).max(1)
        middle = np.median(light[:, bounds.ring], axis=1)
        out = np.maximum(light[:, 0] - middle, 0)
        return np.asarray(np.minimum(over, out / np.sqrt(normal_variance(out, noise.at(middle), noise.slope))))

    def _wings(self, where: tuple[Places, ...], light: Values, ground: Values) -> Values:
        """Return by how much bright points beside, near, far and beyond a border may exceed each bound."""
        excess = self._bounds.excess
        beside = np.maximum(light[:, 1:].mean(axis=1, keepdims=True) - ground, 0)
        beyond = BORDER * self._at_border(where)[:, np.newaxis] * beside
        wings = (self._brightest(where, light) - ground) @ excess.T
        return np.asarray(wings + beyond * np.minimum(excess.max(1) / RINGS, 1))

    def _brightest(self, where: tuple[Places, ...], light: Values) -> Values:
        """Return the brightest of the neighbours, of the samples near, and of all."""
        most = np.full(len(light), self._ground.most)
        return np.stack([light[:, 1:].max(1), self._ground.near(where), most], axis=1)

    def _is_dead(self, places: Places, light: Values) -> BoolArray:
        """Return which samples are darker than light around lets them be, than a flat field does, or than no light."""
        noise, where, here = self._noise, self._where(places), light[:, 0]
        middle = np.median(light[:, self._bounds.ring], axis=1)
        wrong = self._ground.floor - here > SIGMAS * np.sqrt(noise.variance) + STEPS * noise.step
        wrong |= self._is_deep(where, light, middle) | self._is_below(where, light, middle)
        below = SIGMAS * np.sqrt(noise.at(middle)) + STEPS * noise.step
        return np.asarray(wrong & (middle - here > below))  # the samples beside a hot one are not dead

    def _is_deep(self, where: tuple[Places, ...], light: Values, middle: Values) -> BoolArray:
        """Return which samples are deeper than a hole between points of light."""
        noise, holes, floor = self._noise, self._bounds.holes, self._ground.floor
        above = np.minimum(light - floor, UNEVEN * (middle[:, np.newaxis] - floor))
        wings = (self._brightest(where, light) - floor) @ self._bounds.hole_excess.T
        least = floor + DEAD_MARGIN * (above @ holes.T - wings)
        deviation = np.sqrt(noise.at(least) + noise.at(light) @ (holes**2).T)
        deep = least - light[:, :1] > BOUND_SIGMAS * deviation + STEPS * noise.step
        return np.asarray((deep & self._complete(where, holes != 0, np.zeros(len(holes), bool))).any(1))

    def _is_below(self, where: tuple[Places, ...], light: Values, middle: Values) -> BoolArray:
        """Return which samples are darker than points that take light from a flat field make them.

        The field is flat nearby, or anywhere in the image if the neighbours are as bright as its darkest flat part.
        """
        noise, bounds, least = self._noise, self._bounds, self._ground.least
        level = np.where(middle >= least - SLACK * np.sqrt(noise.at(middle)), least, -np.inf)
        level = np.maximum(self._ground.above(where), level)[:, np.newaxis]
        block, around = light @ bounds.blocks.T, self._means_around(where, light)
        most = level - bounds.ratios * np.maximum(level - around, 0)
        share = bounds.around.max(1)
        variance = noise.at(most) * bounds.blocks.max(1)
        variance += bounds.ratios**2 * share * (noise.at(around) + share * noise.step**2)
        below = most - block > BOUND_SIGMAS * np.sqrt(variance) + STEPS * noise.step
        return np.asarray((below & self._first_of_blocks(where, light, -1)).any(1))

    def _first_of_blocks(self, where: tuple[Places, ...], light: Values, sign: int) -> BoolArray:
        """Return which bounds hold for which places: they lie in the image, and none of the block sticks out more.

        A source beyond a border makes the side of a block that lies there far brighter than the others.
        """
        blocks, around = self._bounds.blocks > 0, self._bounds.around > 0
        many = np.count_nonzero(blocks, axis=1) > 1
        allowed = self._complete(where, blocks | around, self._bounds.corners)
        for number in np.flatnonzero(many):
            allowed[:, number] &= sign * light[:, 0] >= (sign * light[:, blocks[number]]).max(1)
        return allowed

    def _at_border(self, where: tuple[Places, ...]) -> BoolArray:
        """Return which places lie so near to a border that a source beyond it has its peak nowhere in the image."""
        near = np.zeros(len(where[0]), bool)
        for axis in self._bounds.axes:
            near |= (where[axis] < REACH) | (where[axis] >= self._shape[axis] - REACH)
        return near

    def _means_around(self, where: tuple[Places, ...], light: Values) -> Values:
        """Return the means around each block; beside a border, over those samples that lie in the image."""
        weights, border = self._bounds.around, self._at_border(where)
        around = light @ weights.T
        if border.any():
            inside = np.ones((int(border.sum()), len(self._bounds.offsets)))
            for axis in self._bounds.axes:
                place = where[axis][border, np.newaxis] + self._bounds.offsets[:, axis]
                inside *= (place >= 0) & (place < self._shape[axis])
            around[border] = (inside * light[border]) @ weights.T / np.maximum(inside @ weights.T, 1e-9)
        return np.asarray(around)

    def _complete(self, where: tuple[Places, ...], used: BoolArray, corners: BoolArray) -> BoolArray:
        """Return, for each place and bound, whether all neighbours that it uses lie inside the image, and hold data.

        Three neighbours in a corner are for the image's corners.
        """
        out = np.ones((len(where[0]), len(used)), bool)
        if self._gaps is not None:
            moved = tuple(one + side.start for one, side in zip(where, self._inside, strict=True))
            places = np.ravel_multi_index(moved, self._light.shape)
            out = ~(self._gaps[places[:, np.newaxis] + self._steps] @ used.T)
        for number, row in enumerate(used):
            low, high = self._bounds.offsets[row].min(0), self._bounds.offsets[row].max(0)
            for axis in self._bounds.axes:
                place, last = where[axis], self._shape[axis] - 1
                out[:, number] &= (place + low[axis] >= 0) & (place + high[axis] <= last)
                if corners[number]:
                    out[:, number] &= place == (last if high[axis] == 0 else 0)
        return out
