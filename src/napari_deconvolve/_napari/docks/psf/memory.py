"""What the dock "PSF" remembers of a viewer's session, and how Cancel goes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary


class PSFMemory(dict[str, Any]):
    """The settings of the dock of a viewer: they outlive the dock.

    Attributes
    ----------
    docked : bool
        Whether a person has put the dock into the window.
    opened : bool
        Whether the dock was open before in this session.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self.docked, self.opened = False, False

    def kept(self) -> dict[str, Any]:
        """Return all settings as they are now, for Cancel."""
        return {name: _copied(value) for name, value in self.items()}

    def bring_back(self, kept: Mapping[str, Any]) -> None:
        """Return to settings that were kept."""
        self.clear()
        self.update(kept)


def _copied(value: Any) -> Any:
    """Return a copy of a setting, down to what was typed for each layer."""
    if isinstance(value, WeakKeyDictionary):
        return WeakKeyDictionary({key: _copied(one) for key, one in value.items()})
    return {key: _copied(one) for key, one in value.items()} if type(value) is dict else value
