"""What others rely on, as readable JSON beside this file: what is pinned has to stay, what is new may come."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FILES = HERE / "files"
WRITE = "NAPARI_DECONVOLVE_WRITE_PINS"


def check(subject: str, facts: Mapping[str, Any]) -> None:
    """Hold facts against a subject's pins; write them instead when `make` asks for it."""
    path = HERE / f"{subject}.json"
    plain = json.loads(json.dumps(facts))
    if os.environ.get(WRITE):
        path.write_text(json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    assert list(lost(json.loads(path.read_text(encoding="utf-8")), plain)) == []


def lost(pinned: Any, now: Any, where: str = "") -> Iterator[str]:
    """Say what is there no more: mappings and lists of names may grow, all else is to be equal."""
    if isinstance(pinned, dict) and isinstance(now, dict):
        for key, value in pinned.items():
            if key in now:
                yield from lost(value, now[key], f"{where}/{key}")
            else:
                yield f"{where}/{key} is lost"
    elif isinstance(pinned, list) and isinstance(now, list) and all(isinstance(one, str) for one in pinned):
        yield from (f"{where}: {one} is lost" for one in pinned if one not in now)
    elif isinstance(pinned, list) and isinstance(now, list) and len(pinned) == len(now):
        for index, (old, new) in enumerate(zip(pinned, now, strict=True)):
            yield from lost(old, new, f"{where}/{index}")
    elif pinned != now:
        yield f"{where} was {pinned!r} and is {now!r}"


def outline(value: Any) -> Any:
    """Give the keys of a value, and what kind of thing lies behind each; of many alike the first tells all."""
    if isinstance(value, Mapping):
        return {str(key): outline(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [outline(value[0])] if value else []
    for kind, word in ((bool, "yes or no"), ((int, float), "number"), (str, "text"), (type(None), "nothing")):
        if isinstance(value, kind):
            return word
    return type(value).__name__
