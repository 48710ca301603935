"""From a job to what all its tiles need: the survey, one decision for each channel, and the cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.likelihood.shared_scale import SharedScale
from napari_deconvolve.core.transforms.boundary import as_boundary
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.device import device_of
from napari_deconvolve.job.problem import Job
from napari_deconvolve.memory import let_go
from napari_deconvolve.run.tiles.decide import Decided, decide
from napari_deconvolve.run.tiles.halo import halo_of
from napari_deconvolve.run.tiles.needs import Needs
from napari_deconvolve.run.tiles.part import require_maps_of_planes
from napari_deconvolve.run.tiles.plan import Plan, Tile, plan_for, plan_of
from napari_deconvolve.run.tiles.space import Space, own_space
from napari_deconvolve.run.tiles.survey import ItemFacts, survey
from napari_deconvolve.run.tiles.tile import shared_scale
from napari_deconvolve.work import Work

MakeSpace = Callable[[], Work[Space]]
DEVICE_OVER_NEEDS = 3.0  # memory of a tile on a GPU, 64 bytes per sample, over what it needs here, 22 to 26
UNCUT = ("periodic",)  # boundaries under which opposite faces meet


@dataclass(frozen=True, slots=True, eq=False)
class Setup:
    """What all tiles need.

    Attributes
    ----------
    facts : tuple of ItemFacts
        Of each item.
    decided : tuple of Decided
        The settings of each channel.
    plan : Plan
        The cut.
    """

    facts: tuple[ItemFacts, ...]
    decided: tuple[Decided, ...]
    plan: Plan

    def of(self, job: Job, tile: Tile) -> tuple[Decided, SharedScale]:
        """Return the settings of a tile, and what it shares with all of its item."""
        decided = self.decided[job.channel(tile.item)]
        return decided, shared_scale(self.facts[tile.item], decided, job.items.dtype)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "facts": [asdict(one) for one in self.facts],
            "decided": [one.to_dict() for one in self.decided],
            "plan": self.plan.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned."""
        facts = tuple(ItemFacts(**one) for one in values["facts"])
        return cls(facts, tuple(map(Decided.from_dict, values["decided"])), Plan.from_dict(values["plan"]))


def find_setup(
    job: Job, memory: int | None, tile: Sequence[int] | None = None, space: MakeSpace | None = None
) -> Work[Setup]:
    """Look at a job's image, find its settings, and cut it into tiles of given lengths, or that fit into a space.

    By default that is this process, which may use so much memory. Raise `ParameterError` for what cannot be run in
    tiles, and `ResourceError` where no tile would fit.
    """
    require_tiles(job)
    known = yield from survey(job)
    let_go()
    decided: list[Decided] = []
    for channel in range(len(known.coarse)):
        decided.append((yield from decide(job, channel, known.coarse[channel])))
        let_go()
    there = own_space(memory) if space is None else (yield from space())
    return Setup(known.items, tuple(decided), cut_for(job, decided, there, tile))


def cut_for(job: Job, decided: Sequence[Decided], space: Space, tile: Sequence[int] | None = None) -> Plan:
    """Return the cut for settings that are known, with the widest halo of all channels."""
    jobs = [replace(job, recipe=one.recipe) for one in decided]  # a sieve that was found widens the PSF
    halos = [halo_of(one, channel, one.recipe) for channel, one in enumerate(jobs)]
    halo: Shape = tuple(map(max, zip(*halos, strict=True)))
    largest = max(range(len(jobs)), key=lambda channel: jobs[channel].kernel(channel).size)
    needs = Needs(replace(jobs[largest], workers=space.threads or job.workers), jobs[largest].recipe, largest)
    uncut = _uncut(job)
    if tile is not None:
        lengths = [job.frame[axis] if axis in uncut else own for axis, own in enumerate(tile)]
        return plan_of(needs, lengths, halo, len(job))
    return plan_for(needs, halo, len(job), min(space.bytes, _on_device(job, space)), uncut, space.slots)


def _on_device(job: Job, space: Space) -> int:
    """Return what a tile may need so that it fits into the memory of a GPU, which holds more beside it."""
    device = device_of(job)
    free = None if device is None else device.room()
    return space.bytes if free is None else int(free / DEVICE_OVER_NEEDS) // space.slots


def _uncut(job: Job) -> tuple[int, ...]:
    """Return the axes that are not cut: those along which the PSF changes, and all where opposite faces meet."""
    if as_boundary(job.recipe.boundary) in UNCUT:
        return tuple(range(len(job.frame)))
    return (0,) if any(one.depths for one in job.psf.channels) else ()


def require_tiles(job: Job) -> None:
    """Refuse what cannot be run in tiles, in words."""
    recipe, remedy = job.recipe, "take a part of the image, or allow more memory"
    if not recipe.traits.takes_tiles:
        raise ParameterError(
            f"The image does not fit into memory, and the method {recipe.method} cannot be run in tiles; choose "
            f"another, {remedy}."
        )
    if len(job.frame) < 2:
        raise ParameterError(f"The spectra do not fit into memory, and lines are not run in tiles; {remedy}.")
    for name, given in (("mask", job.mask), ("start estimate", job.start)):
        if given is not None:
            raise ParameterError(
                f"The image does not fit into memory, and a run in tiles takes no {name}; leave it out, {remedy}."
            )
    require_maps_of_planes(job)
