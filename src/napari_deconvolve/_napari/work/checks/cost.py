"""What a run costs, in one form for all docks."""

from __future__ import annotations

from napari_deconvolve._napari.work.remarks import Remark
from napari_deconvolve.memory import USABLE_MEMORY, duration_text, free_bytes, size_text
from napari_deconvolve.run.cost import Cost


def cost_remark(cost: Cost, remedy: str, *, runs: str = "", searched: bool = False) -> Remark:
    """Say how long a run takes, and how much of the free memory; refuse it, with a remedy, where that is too little.

    `runs` says how many there are; where a best number is `searched` first, the time of that is not known.
    """
    free = free_bytes()
    if cost.bytes > USABLE_MEMORY * free:
        needed, there = f"{cost.bytes / 1e9:.3g} GB", f"{free / 1e9:.3g} GB"
        return Remark("cost", f"This needs {needed} of memory and {there} are free; {remedy}.", "error")
    time = f"{'' if cost.seconds <= 0.5 else 'about '}{duration_text(cost.seconds)}"
    search = ", plus time to find the best number" if searched else ""
    said = f"{runs}{time}{search} · {size_text(cost.bytes)} of {size_text(free)}"
    return Remark("cost", said[0].upper() + said[1:])
