"""The readme as PyPI and napari show it: relative links lead to the repository, as there are no files beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)\s]+)\)")
PICTURES = (".png", ".svg")


def absolute(text: str, repository: str) -> str:
    """Return a text whose relative links lead to a repository: pictures to their samples, other files to their page."""

    def made(link: re.Match[str]) -> str:
        kind = "raw" if link[1].endswith(PICTURES) else "blob"
        return f"]({repository}/{kind}/main/{link[1]})"

    return LINK.sub(made, text)


class ReadmeHook(MetadataHookInterface):
    """Sets `readme`, which pyproject.toml names as dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the readme."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        repository = metadata["urls"]["Repository"]
        metadata["readme"] = {"content-type": "text/markdown", "text": absolute(text, repository)}
