"""What all tests share: where the real data are, settings that stay out of the user's, steady examples in CI."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"
IN_CI = os.environ.get("CI") == "true"

# napari reads its settings when it is imported: they have to be out of the way before any test is.
os.environ["NAPARI_CONFIG"] = str(Path(tempfile.mkdtemp(prefix="napari-deconvolve-")) / "settings.yaml")

# ducc0 comes with the tests, which name it where they mean it: what is pinned to the last bit is scipy's.
os.environ.setdefault("NAPARI_DECONVOLVE_FFT", "scipy")

settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if IN_CI else "default")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real data that lies beside the repository; skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the real data are not at {SHARED_DATA}")
    return SHARED_DATA


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let a test fail in CI that skips for want of real data although the folder is there."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if IN_CI and report.skipped and SHARED_DATA.is_dir() and str(SHARED_DATA) in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, but the real data are at {SHARED_DATA}."
