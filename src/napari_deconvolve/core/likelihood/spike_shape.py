"""Whether what looks like spikes is light after all, which a PSF that is too wide forbids: for `spikes`."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray

SHARE = 0.1  # of a spike's height reaches those beside: .35 of a point as narrow as sampling allows, 0 of hot ones
UNEVEN = 3.0  # times as far above 0 as others lie below: noise is even
MANY = 0.25  # of the spikes: there may be hot pixels too
MIN_COUNT, MAX_COUNT = 5, 512  # spikes that are looked at
MIN_BESIDE, MIN_AROUND = 3, 6  # samples with data that touch a spike, of 8; and next to these, of 16

Values = NDArray[np.float64]

STEPS = [step for step in product(range(-2, 3), repeat=2) if any(step)]
BESIDE = np.array([max(map(abs, step)) == 1 for step in STEPS])


def is_light(image: NDArray[Any], hot: BoolArray, bad: BoolArray) -> bool:
    """Return whether many samples that are `hot` share their light with those beside, as no pixel does by itself.

    The light beside is what exceeds the light one sample farther off, in the last two axes, among samples that are not
    `bad`.
    """
    rows, columns = hot.shape[-2:]
    places = np.argwhere(hot[..., 2 : rows - 2, 2 : columns - 2])
    places = places[:: len(places) // MAX_COUNT + 1]
    if len(places) < MIN_COUNT:
        return False
    *outer, y, x = places.T[..., np.newaxis]
    steps = np.array(STEPS) + 2
    around = (*outer, y + steps[:, 0], x + steps[:, 1])
    known = ~bad[around]
    enough = (known[:, BESIDE].sum(1) >= MIN_BESIDE) & (known[:, ~BESIDE].sum(1) >= MIN_AROUND)
    light, known = image[around][enough].astype(np.float64), known[enough]
    if len(light) < MIN_COUNT:
        return False
    near = np.mean(light[:, BESIDE], axis=1, where=known[:, BESIDE])
    far = np.mean(light[:, ~BESIDE], axis=1, where=known[:, ~BESIDE])
    here = image[(*(axis[:, 0] for axis in outer), y[:, 0] + 2, x[:, 0] + 2)][enough]
    least, most = np.quantile((near - far) / (here - far), (MANY, 1 - MANY))
    return bool(most > SHARE and most > UNEVEN * -least)
