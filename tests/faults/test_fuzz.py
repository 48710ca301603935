"""A first share of what `make fuzz` feeds to all that reads: nothing hangs, breaks, grows or is written elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("needs alarms and limits of POSIX", allow_module_level=True)
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import fuzz
import fuzz_targets

EACH = 34  # inputs, for 15 targets


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    return {name: one.slow for name, one in fuzz_targets.targets(tmp_path_factory.mktemp("good")).items()}


TARGETS = (
    "recipe", "recipe text", "simulation", "annotation", "tiff", "npy", "psf", "psf annotation", "table", "jcamp",
    "emsa", "formula", "zarr", "microscopes", "command line",
)  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_inputs_are_read_or_refused(tmp_path, name, slow):
    found = fuzz.fed(name, max(4, EACH // slow[name]), 11, tmp_path)
    assert found["inputs"] > 0
    assert {kind: found[kind] for kind in fuzz.KINDS if found[kind]} == {}, sorted(tmp_path.iterdir())


def test_all_targets_are_tried(slow):
    assert set(slow) == set(TARGETS)
