"""How much memory may be used: the least of what machine, control groups and limits leave; sizes as written."""

from __future__ import annotations

from pathlib import Path

import pytest

import napari_deconvolve as nd
from napari_deconvolve import memory


@pytest.mark.parametrize(
    ("text", "size"),
    [("1.5GB", 1_500_000_000), ("800 MiB", 800 << 20), ("2g", 2_000_000_000), ("4096", 4096), ("1e9", 10**9), (7, 7)],
)
def test_sizes(text: str | int, size: int) -> None:
    assert memory.as_bytes(text) == size


@pytest.mark.parametrize("wrong", ["", "much", "-1GB", "0", "1.5XB", "nan", True, float("inf")])
def test_other_sizes_are_refused(wrong: object) -> None:
    with pytest.raises(nd.ParameterError):
        memory.as_bytes(wrong)  # type: ignore[arg-type]


def group(folder: Path, limit: str, used: str, names: tuple[str, ...], reclaimable: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in zip(names, (limit, used, f"{names[3]} {reclaimable}\nanon 5"), strict=False):
        (folder / name).write_text(text, encoding="ascii")


def test_the_least_of_all_groups_counts(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("0::/jobs/mine\n", encoding="ascii")
    group(tmp_path / "jobs" / "mine", "max", "100", memory.V2)
    group(tmp_path / "jobs", "1000", "400", memory.V2, reclaimable=50)
    assert list(memory.cgroup_free(own, tmp_path)) == [650]


def test_version_1(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("5:cpu:/a\n7:memory,hugetlb:/a\n", encoding="ascii")
    group(tmp_path / "memory" / "a", "2000", "1900", memory.V1, reclaimable=300)
    assert list(memory.cgroup_free(own, tmp_path)) == [400]


def test_a_system_without_groups_has_no_limit(tmp_path: Path) -> None:
    assert list(memory.cgroup_free(tmp_path / "none", tmp_path)) == []


def test_free_memory_is_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    before = memory.free_bytes()
    assert before > 0
    monkeypatch.setattr(memory, "cgroup_free", lambda: iter([12345]))
    assert memory.free_bytes() == 12345
    assert memory.room() == int(memory.USABLE_MEMORY * 12345)


def test_the_limit_of_addresses_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    import psutil

    own = psutil.Process().memory_info().vms
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (own + 5_000_000, -1))
    assert memory.free_bytes() <= 5_000_000


def test_room_is_up_to_the_given_total() -> None:
    assert memory.room(memory.used_bytes() + 10_000_000) <= 10_000_000 + 2_000_000
    assert memory.room(1) == 0
