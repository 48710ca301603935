"""Print every sentence and label that the window can show, each once, by the file that says it.

    python tools/sentences.py [SRC]

They are the texts in the code of `_napari` and of what warns in it, apart from docstrings, names of objects and keys.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1] / "src" / "napari_deconvolve"
PARTS = ("_napari", "job", "psf", "recipe", "run", "tuning", "formats", "io", "image")
WORDS = re.compile(r"[A-Za-zµ×–-]{2,}")
NAME = re.compile(r"[a-z0-9_./:#{}*-]*")  # of an object, a key, a format


def texts(path: Path) -> Iterator[str]:
    """Yield the texts of a module for people: those with a capital letter or several words."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = {id(one) for node in ast.walk(tree) for one in _docstrings(node)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented | inside:
            text = node.value
        else:
            continue
        if _is_for_people(text):
            yield " ".join(text.split())


def _docstrings(node: ast.AST) -> Iterator[ast.AST]:
    """Yield texts that stand alone: docstrings, and those below attributes."""
    for one in getattr(node, "body", ()) if isinstance(getattr(node, "body", ()), list) else ():
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant):
            yield one.value


def _is_for_people(text: str) -> bool:
    words = WORDS.findall(text)
    return bool(words) and not NAME.fullmatch(text) and (len(words) > 1 or text[:1].isupper())


def main() -> None:
    """Print the list, and how long it is."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    seen: set[str] = set()
    for part in PARTS:
        for path in sorted((root / part).rglob("*.py")):
            found = [one for one in texts(path) if one not in seen]
            seen.update(found)
            if found:
                print(f"\n{path.relative_to(root)}")
                print("\n".join(f"  {one}" for one in found))
    print(f"\n{len(seen)} texts, {sum(len(WORDS.findall(one)) for one in seen)} words")


if __name__ == "__main__":
    main()
