"""Which items of a channel share their settings, and which of them decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from napari_deconvolve.core.model_selection.series import by_light, frame, unlike
from napari_deconvolve.job.data import visible
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.samples import is_empty
from napari_deconvolve.job.test_region import brightest_item


class Group(NamedTuple):
    """Items that share their settings, in rising order, and the one that settings are tried on."""

    items: tuple[int, ...]
    deciding: int


class Series(NamedTuple):
    """The groups of a channel's items, the brightest first, and items unlike the others, with what they are."""

    groups: tuple[Group, ...]
    odd: Mapping[int, str]


def series(job: Job, channel: int) -> Series:
    """Return which items of a channel share their settings: those whose light differs by a factor of three at most.

    The brightest that is not unlike the others decides for its group. Lines are all together.
    """
    items = job.items_of(channel)
    seen = [item for item in items if not is_empty(job, item)]
    if job.in_lines or len(seen) < 2:
        return Series((Group(tuple(items), brightest_item(job, channel)),), {})
    facts = [frame(visible(job, item)) for item in seen]
    odd = {seen[place]: how for place, how in unlike(facts).items()}
    light = dict(zip(seen, (one.light for one in facts), strict=True))
    groups = [[seen[place] for place in places] for places in by_light([one.light for one in facts])]
    groups[-1] += sorted(set(items) - set(seen))  # dark whatever is chosen
    return Series(tuple(_group(group, light, odd) for group in groups), odd)


def _group(items: list[int], light: Mapping[int, float], odd: Mapping[int, str]) -> Group:
    alike = [item for item in items if item in light and item not in odd] or [item for item in items if item in light]
    return Group(tuple(sorted(items)), max(alike, key=lambda item: light[item]))
