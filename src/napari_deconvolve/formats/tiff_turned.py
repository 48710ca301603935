"""TIFF's Orientation tag, by which some programs turn or mirror a picture on the screen."""

from __future__ import annotations

from typing import Any

SHOWN = {  # from how samples lie in the file to how a picture is meant to be seen
    2: "mirrored from left to right",
    3: "turned by 180 degrees",
    4: "mirrored from top to bottom",
    5: "with rows and columns exchanged",
    6: "turned by 90 degrees clockwise",
    7: "with rows and columns exchanged, turned by 180 degrees",
    8: "turned by 90 degrees counter-clockwise",
}


def turned_note(page: Any) -> tuple[str, ...]:
    """Say that a page asks to be shown in another way than its samples lie; nothing for usual ones.

    Samples are read as they lie, as ImageJ and napari read them, so that a result lies on its image.
    """
    tag = page.tags.get("Orientation")
    shown = None if tag is None or not isinstance(tag.value, int) else SHOWN.get(int(tag.value))
    if shown is None:
        return ()
    return (f"its Orientation tag, {int(tag.value)}, asks to show it {shown}; it is read as it lies in the file",)
