"""The border that shifting, turning or deskewing fills with one number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEAST_FILL = 0.01  # of the samples: a border that was filled has at least so many
LEAST_RUN = 3  # samples that lie together: a symmetric kernel has equal ends
LEAST_INSIDE, LEAST_SHARE = 9, 0.08  # samples, and of all: fewer show neither a level nor a point


def inside_of_fill(values: Values) -> Mask | None:
    """Return the samples inside of a border that holds one number; None where there is no such border.

    The number is 0, negative, or the highest of all: what nobody measured. Steps of a kernel are above 0.
    """
    from scipy import ndimage

    border = np.ones(values.shape, bool)
    border[tuple(slice(1, -1) if length > 2 else slice(None) for length in values.shape)] = False
    if not border.any():
        return None
    numbers, counts = np.unique(values[border], return_counts=True)
    fill = numbers[int(np.argmax(counts))]
    if 0 < fill < values.max() or (values.ndim == 1 and numbers.size > 1):  # of a line what comes before is dark
        return None
    labels, count = ndimage.label(values == fill)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    touching = np.unique(labels[border])
    filled = np.isin(labels, touching[(touching > 0) & (sizes[touching] >= LEAST_RUN)])
    if np.count_nonzero(filled) < LEAST_FILL * values.size:
        return None
    inside = ndimage.binary_erosion(~filled, border_value=1)  # samples at its edge are mixed with it
    least = max(LEAST_INSIDE, LEAST_SHARE * values.size)
    return inside if np.count_nonzero(inside) >= least else None
