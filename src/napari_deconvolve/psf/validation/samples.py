"""Checks that need nothing but the samples."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.defective import find_defective
from napari_deconvolve.psf.pedestal import Pedestal, find_pedestal
from napari_deconvolve.psf.prepare import begins_at, core_centroid, from_array, zero_lag
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.signed import has_lobes
from napari_deconvolve.psf.validation.calculated import larger, remade
from napari_deconvolve.psf.validation.finding import ERROR, NOTE, OK, POINTS, WARNING, Case, Finding, Values
from napari_deconvolve.psf.values import listed
from napari_deconvolve.psf.wrapped import unwrapped

OFF_CENTRE = 0.25  # samples
NEGATIVE_ROUNDING = 1e-6  # of the peak: below, it is rounding
BORDER_NOTE, BORDER_WARNING = 0.01, 0.05  # of the peak, at the border
BORDER_FALLING, BORDER_NEXT = 0.02, 0.0125  # at a border beyond which light goes on falling, and of the next sample
SMALL_PEDESTAL = 0.01  # of all light: a pedestal of less washes nothing out
QUARTER, OF_QUARTER = 0.75, 1.15  # the share of noise, and in deviations below what it is
MANY = 25  # samples of an end, of which noise can be told
CUT = 0.2  # of an end: where so many samples are not above 0, half of its noise was cut off
CHANCE, CHANCE_CUT = 5.0, 13.0  # of the noise of an end: what reaches no higher is noise
TINY = 1e-100
ON_PURPOSE = (POINTS, "microscope", "formula", "gaussian", "lorentzian")  # sources that put the light where it is


def check_values(case: Case) -> Finding:
    """Check that all samples are finite."""
    bad = int(case.given.size - np.count_nonzero(np.isfinite(case.given)))
    if bad == 0:
        return Finding("values", OK, f"All {case.given.size} samples are finite.")
    text = f"{bad} samples are NaN or infinite; replace them by 0."
    fixable = case.peak > 0
    return Finding("values", ERROR, text, (lambda: _prepared(case, "middle", 0.0)) if fixable else None)


def check_size(case: Case) -> Finding:
    """Check that all lengths are odd."""
    shape = case.values.shape
    if all(length % 2 for length in shape):
        return Finding("size", OK, f"The size {listed(shape, 6)} is odd: its middle is a sample.")
    if case.placed:
        return Finding("size", OK, f"The size {listed(shape, 6)} is even, and its zero lag is said to be on a sample.")
    text = f"The size {listed(shape, 6)} is even, so it has no middle sample and may move the image by half a sample; "
    return Finding("size", WARNING, text + "centre it.", lambda: _prepared(_on_no_pedestal(case), "auto", 0.0))


def check_centre(case: Case) -> Finding:
    """Check that the core's centroid is the middle sample."""
    if case.wrapped:
        along = ", ".join("zyx"[axis - case.values.ndim] for axis in case.wrapped)
        text = f"Its light lies at both ends along {along}: its zero lag is the first sample; centre it."
        return Finding("centre", WARNING, text, lambda: _prepared(replace(case, center="auto"), "auto", 0.0))
    if case.placed:
        return _as_said(case)
    middle = [length // 2 for length in case.values.shape]
    off = np.array(core_centroid(np.maximum(case.values, 0))) - middle
    words = ", ".join(f"{distance:+.2f}" for distance in off)
    if np.abs(off).max() <= OFF_CENTRE:
        return Finding("centre", OK, f"Its core lies within {np.abs(off).max():.2f} samples of the middle.")
    text = f"Its core is off the middle by {words} samples, and moves the image by as much; centre it."
    severity = NOTE if case.source in ON_PURPOSE else WARNING
    return Finding("centre", severity, text, lambda: _prepared(_on_no_pedestal(case), "auto", 0.0))


def _as_said(case: Case) -> Finding:
    """Return where the zero lag is said to be, and the core beside it, which moves nothing then."""
    values = np.maximum(case.values, 0)
    try:
        place = zero_lag(values, case.center)
    except PSFError as error:
        return Finding("centre", ERROR, str(error))
    off = np.array(core_centroid(values)) - place
    words = ", ".join(f"{distance:+.2f}" for distance in off)
    text = f"Its zero lag is at {listed(place)}, as was said; its core lies {words} samples from there."
    return Finding("centre", OK, text)


def check_isolated(case: Case) -> Finding:
    """Check for samples that stand alone beside the point, as hot pixels do."""
    found = find_defective(case.values) if case.source not in ON_PURPOSE else None
    if found is None:
        return Finding("isolated", OK, "No sample stands alone.")
    cause = "a dead pixel" if found.alone is None else "hot pixels, or another bead"
    text = f"{found.words}: {cause}; take the neighbours instead."
    return Finding("isolated", WARNING, text, lambda: _prepared(lifted(without_isolated(case)), "middle", 0.0))


def without_isolated(case: Case) -> Case:
    """Return the case with the neighbours in place of samples that stand alone."""
    found = find_defective(case.values) if case.source not in ON_PURPOSE else None
    return case if found is None else replace(case, values=found.cured)


def put_together(case: Case) -> Case:
    """Return the case with light that lies at both ends put together in the middle."""
    values, axes = (case.values, ()) if case.placed else unwrapped(case.values)
    return replace(case, values=values, wrapped=axes) if axes else case


def lifted(case: Case) -> Case:
    """Return the case without a pedestal below zero or inside of a border: all other checks are about light."""
    found = _pedestal(case)
    if not found or (found.inside is None and found.surface(case.values.shape).min() >= 0):
        return case
    given = case.given if found.inside is None else np.where(found.inside, case.given, 0).astype(case.given.dtype)
    return replace(case, given=given, values=np.maximum(found.taken_off(case.values), 0))


def _pedestal(case: Case) -> Pedestal:
    """Return the pedestal; what a centre is said to be matters only where it can be one."""
    try:
        begins = begins_at(case.values, case.center)
    except PSFError:
        begins = None
    return find_pedestal(case.values, begins)


def check_pedestal(case: Case) -> Finding:
    """Check for a level that all samples share."""
    found = _pedestal(case)
    if not found:
        return Finding("pedestal", OK, "It stands on no pedestal.")
    above = np.maximum(found.taken_off(case.values), 0)
    held = found.held(case.values.shape)
    share = held / (float(above.sum()) + (held if found.level > 0 else 0))
    if share < SMALL_PEDESTAL or case.source in ON_PURPOSE:  # a calculated PSF's own tail
        return Finding("pedestal", OK, f"It stands on no pedestal that matters ({share:.1%} of all light).")
    where = "" if found.inside is None else ", inside of a border without data"
    height = abs(found.level) / max(case.peak, case.peak - found.level)
    if found.slope:
        surface = found.surface(case.values.shape) / float(above.max())
        text = (
            f"It stands on a sloping pedestal, from {surface.min():.2%} to {surface.max():.2%} of its height, which "
            "moves its centre and washes the result out; take it off."
        )
    elif found.level > 0:
        text = (
            f"It stands on a pedestal of {height:.2%} of its peak{where}, which holds {share:.0%} of all light "
            "and washes the result out; take it off."
        )
    else:
        text = f"Its dark lies below zero, at {found.level:.4g}{where}, so that light would be cut off; lift it."
    return Finding("pedestal", WARNING, text, lambda: _without_pedestal(case))


def check_negative(case: Case) -> Finding:
    """Check for negative samples."""
    lowest = float(case.values.min())
    if lowest >= -NEGATIVE_ROUNDING * case.peak:
        return Finding("negative", OK, "No sample is negative.")
    count = int(np.count_nonzero(case.values < 0))
    text = f"{count} samples are negative, down to {lowest / case.peak:.2%} of the peak; light is not: set them to 0"
    if has_lobes(case.values):
        text += ", or keep to the Wiener filter, which takes them as they are"
    return Finding("negative", WARNING, text + ".", lambda: _prepared(case, "middle", 0.0))


def check_saturation(case: Case) -> Finding:
    """Check for a flat top."""
    count = int(np.count_nonzero(case.values == case.peak))
    allowed = 2**case.values.ndim  # samples that share the peak of a symmetric PSF between samples, of whatever type
    if count <= allowed and case.values.size > count:
        return Finding("saturation", OK, "Its peak is not flat.")
    if case.is_flat:
        return Finding(
            "saturation", NOTE, f"It is flat: {count} samples share the highest value, as in a box or a disc."
        )
    top = case.given.max() if case.given.dtype.kind in "ui" else None
    if top is not None and top == np.iinfo(case.given.dtype).max:
        text = f"{count} samples have the largest value that {case.given.dtype} holds ({top}): they are saturated; "
        return Finding("saturation", WARNING, text + "take the bead again with less light.")
    text = f"{count} samples share the highest value: it is saturated, or flat by intention."
    return Finding("saturation", NOTE if case.source in ON_PURPOSE else WARNING, text)


def check_border(case: Case) -> Finding:
    """Compare the light at the border with the peak: light beyond it is lost."""
    found = _pedestal(case)
    if found.inside is not None:  # its border holds no data
        return Finding("border", OK, "Its border holds no data.")
    if case.source == POINTS:
        return Finding("border", OK, "It ends with its points.")
    if case.is_flat:
        return Finding("border", OK, "It breaks off, as a box or a disc does.")
    above = found.taken_off(case.values)
    shares: dict[int, float] = {}
    for axis, length in enumerate(case.values.shape):
        if length >= 3 and not case.ends(axis):
            ends = [(length - 1, length - 2)] + [(0, 1)] * (not case.begins(axis))  # nothing comes before a zero lag
            shares[axis] = max(_left_beyond(above, axis, *end) for end in ends)
    shares = {axis: share for axis, share in shares.items() if share > BORDER_NOTE}
    wanted = larger(case) if shares else None
    if wanted is not None:  # a microscope's PSF is as long as planes hold light, whatever the last of them holds
        shares = {axis: share for axis, share in shares.items() if wanted[axis] > case.values.shape[axis]}
    if not shares:
        return Finding("border", OK, f"At its border it has fallen below {BORDER_NOTE:.0%} of its peak, or ends there.")
    words = " and ".join(f"{share:.1%} along {'zyx'[axis - case.values.ndim]}" for axis, share in shares.items())
    severity = WARNING if max(shares.values()) > BORDER_WARNING else NOTE
    text = f"At its border it still has {words} of its peak: light beyond is cut off; make or crop it larger."
    return Finding("border", severity, text, None if wanted is None else lambda: remade(case, wanted))


def _left_beyond(above: Values, axis: int, last: int, before: int) -> float:
    """Return the light of an end over the peak's; 0 where the next sample would hold no more than is looked at.

    Light is cut off from the next sample on, so an end that is hardly above that and falls fast is where one ends.
    """
    from scipy import ndimage

    faces = np.take(above, (last, before), axis=axis)
    sizes = [1 if other == axis else 3 for other in range(faces.ndim)]
    # Averaged, since one noisy sample is no light.
    smooth = ndimage.uniform_filter(faces, sizes, mode="nearest")
    end, inner = (float(np.take(smooth, place, axis=axis).max()) for place in (0, 1))
    if end <= _noise_at(np.take(faces, 0, axis=axis), np.take(smooth, 0, axis=axis)) / math.sqrt(math.prod(sizes)):
        return 0.0
    share = end / float(above.max())
    beyond = share * min(end / inner, 1.0) if inner > 0 else share
    return 0.0 if share <= BORDER_FALLING and beyond <= BORDER_NEXT else share


def _noise_at(face: Values, smooth: Values) -> float:
    """Return how high the noise of an end reaches; 0 for few samples, of which one may be light."""
    if face.size < MANY:
        return 0.0
    chance = CHANCE_CUT if float(np.mean(face <= 0)) >= CUT else CHANCE
    return chance * float(np.quantile(np.abs(face - smooth), QUARTER)) / OF_QUARTER


SAMPLE_CHECKS = (
    check_values,
    check_size,
    check_centre,
    check_negative,
    check_saturation,
    check_border,
)


def _prepared(case: Case, center: str, background: float | str) -> PSF:
    how: dict[str, Any] = {"center": case.center_or(center), "background": background, "negative": "zero"}
    return from_array(case.values, case.spacing, unit=case.unit, **how)


def _without_pedestal(case: Case) -> PSF:
    return _prepared(_on_no_pedestal(case), "middle", 0.0)


def _on_no_pedestal(case: Case) -> Case:
    """Return the case with its pedestal taken off, for any correction: a move would smear its edge."""
    found = _pedestal(case)
    return replace(case, values=np.maximum(found.taken_off(case.values), 0)) if found else case


def finite(given: Values) -> Values:
    """Return the samples, 0 where they are not finite, scaled so that their squares do not overflow."""
    values = np.where(np.isfinite(given), given, 0.0)
    size = float(np.abs(values).max())
    return values / size if size > 0 and not TINY < size < 1 / TINY else values
