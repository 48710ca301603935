"""Where a batch stands: which files are done, and how far those are that are being done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from napari_deconvolve.cli.batch.crew import Step
from napari_deconvolve.cli.batch.rows import DONE, FAILED, Row


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Where a batch stands.

    Attributes
    ----------
    rows : mapping
        Of the files that are done, by file; those that an earlier batch has done come first.
    running : mapping
        How far the files are that are being done, by file.
    """

    rows: Mapping[str, Row] = field(default_factory=dict)
    running: Mapping[str, Step] = field(default_factory=dict)

    @property
    def counts(self) -> str:
        """How many files are done, have warnings, were refused: "6 done, 1 warning, 1 refused"."""
        rows = self.rows.values()
        done, refused = sum(row.status == DONE for row in rows), sum(row.status == FAILED for row in rows)
        warned = sum(bool(row.warnings) for row in rows if row.status == DONE)
        parts = [f"{done} done"] + [f"{warned} warning{'s' * (warned > 1)}"] * bool(warned)
        return ", ".join([*parts, *([f"{refused} refused"] * bool(refused))])

    @property
    def flawless(self) -> bool:
        """Whether no file was refused, and none has a warning."""
        return not any(row.status == FAILED or row.warnings for row in self.rows.values())

    def share(self, files: Sequence[str], looked: Mapping[str, Row]) -> float:
        """Return how much of the work is done, from 0 to 1, by what was said of the files when they were looked at."""
        known = [row.seconds for row in looked.values() if row.seconds > 0]
        usual = sum(known) / len(known) if known else 1.0
        each = {file: looked[file].seconds if file in looked and looked[file].seconds > 0 else usual for file in files}
        done = sum(each[file] for file in self.rows)
        done += sum(each[file] * step.done / max(step.total, step.done, 1) for file, step in self.running.items())
        return done / max(sum(each.values()), 1e-9)
