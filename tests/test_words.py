"""Words: docstrings, messages and pages use the field's terms and plain English.

The list is short on purpose: it holds words that had spread through the code with a meaning of their own making.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "napari_deconvolve"
WORDS = re.compile(
    r"\b(told|bears?|foretells?|foretold|foretelling|doubts?|mistrust\w*|cures?|spoil(?:ed|t|s)|anew"
    r"|of (?:its|their) own|is on)\b",
    re.IGNORECASE,
)
IDENTIFIER = re.compile(r"\S*\.(?:py|md)\b|^\s*\w+(?:, \w+)* : ", re.MULTILINE)  # a file, a parameter or an attribute
PLACES = re.compile(r"\bis on (?:the|a|an|both|either)\b", re.IGNORECASE)  # "is on the axis", not "the check is on"

ROOT = SOURCE.parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", ".napari-hub/DESCRIPTION.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
CODE = re.compile(r"^```.*?^```$|^<!-- test$.*?^-->$|`[^`\n]*`|\]\([^)]*\)", re.MULTILINE | re.DOTALL)

PARTS = sorted({path.relative_to(SOURCE).parts[0] for path in SOURCE.rglob("*.py")})
# Parts whose texts still hold some of the words; a part is taken out when its texts are rewritten.
NOT_YET_CLEAN = {"_napari"}


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of docstrings, and of other strings of more than one word."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.lineno, PLACES.sub("", IDENTIFIER.sub("", node.value))


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, kinds) and (text := ast.get_docstring(node)):
            yield getattr(node, "lineno", 1), text


def files(part: str) -> list[Path]:
    place = SOURCE / part
    return sorted(place.rglob("*.py")) if place.is_dir() else [place]


@pytest.mark.parametrize("part", [part for part in PARTS if part not in NOT_YET_CLEAN])
def test_no_word_of_the_list_stands_in_docstrings_and_messages(part: str) -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{line}: {match.group()}"
        for path in files(part)
        for line, text in prose(path)
        for match in WORDS.finditer(text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("part", PARTS)
def test_docstrings_return_what_they_do_not_give(part: str) -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{line}"
        for path in files(part)
        for line, text in docstrings(path)
        if text.startswith("Give ")
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_word_of_the_list_stands_on_a_page(page: Path) -> None:
    def blank(code: re.Match[str]) -> str:
        return "\n" * code.group().count("\n")

    text = PLACES.sub("", CODE.sub(blank, page.read_text(encoding="utf-8")))
    found = [
        f"{page.name}:{number}: {match.group()}"
        for number, line in enumerate(text.splitlines(), 1)
        for match in WORDS.finditer(line)
    ]
    assert not found, "\n".join(found)
