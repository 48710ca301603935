"""Which part of a file a run was of, so that a script can cut the same one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of an image that is deconvolved with a margin, which is cut off afterwards.

    Attributes
    ----------
    outer : tuple of slice
        With the margin, along the axes of the image apart from that of channels.
    inner : tuple of slice
        Without, in what `outer` cuts out.
    channel : int or None
        Which one of the file; None where it has none.
    """

    outer: tuple[slice, ...]
    inner: tuple[slice, ...]
    channel: int | None = None

    @property
    def words(self) -> str:
        """Say what it is of the file."""
        return (
            "a part of the image" if self.channel is None else f"channel {self.channel + 1} of the file, or of a part"
        )

    def before(self) -> list[str]:
        """Return the lines that cut it out of `image`."""
        lines = [f"index = [{', '.join(map(_text, self.outer))}]"]
        if self.channel is not None:
            lines.append(f'index.insert(image.axes.index("C"), {self.channel})  # the channel, from 0')
        return [*lines, "part = image.image.part(tuple(index))"]

    def after(self) -> str:
        """Return the line that cuts the margin off the `result`."""
        return f"sharp = part.with_data(result.estimate).part(({', '.join(map(_text, self.inner))},))"


def _text(one: slice) -> str:
    return f"slice({one.start}, {one.stop})"
