"""What can go wrong, as one tree of exceptions.

::

    DeconvolutionError              everything that this package raises on purpose
    ├── ParameterError (ValueError)     a number, name or array that cannot be used
    ├── PSFError       (ValueError)     a PSF that cannot be used, or does not fit the image
    ├── FileError      (OSError)        a file that cannot be read or written
    ├── ResourceError  (MemoryError)    the job does not fit into this machine
    └── Cancelled                       the user stopped the job; nothing is wrong

Each message is one sentence: what is wrong, the value, the bound, and the remedy. A value from outside may be of any
length: a quoted word is cut at 80 characters, all else at 300, which leaves room for paths and commands.
"""

import re

LONGEST_VALUE = 80  # characters
LONGEST_WORD = 300
QUOTED_WORD = re.compile(rf"(?<!\w)(?P<quote>['\"])(?P<value>[^'\"\s]{{{LONGEST_VALUE + 1},}})(?P=quote)(?!\w)")
QUOTED = re.compile(rf"(?<!\w)(?P<quote>['\"])(?P<value>[^'\"]{{{LONGEST_WORD + 1},}})(?P=quote)(?!\w)")
LONG_WORD = re.compile(rf"[^\s'\"]{{{LONGEST_WORD + 1},}}")


def shortened(text: str, most: int = LONGEST_VALUE) -> str:
    """Return a text of at most so many characters: the middle of a longer one is left out."""
    if len(text) <= most:
        return text
    head = (most - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


def readable(message: str) -> str:
    """Return a message whose values are short."""
    if len(message) <= LONGEST_VALUE:
        return message
    for quoted in (QUOTED_WORD, QUOTED):
        message = quoted.sub(lambda one: one["quote"] + shortened(one["value"]) + one["quote"], message)
    return LONG_WORD.sub(lambda one: shortened(one[0], LONGEST_WORD), message)


class DeconvolutionError(Exception):
    """The root of the tree: catch it to catch all that this package raises on purpose."""

    def __init__(self, message: object = "", *more: object) -> None:
        super().__init__(message, *more)
        self.args = (readable(message) if isinstance(message, str) else message, *more)


class ParameterError(DeconvolutionError, ValueError):
    """A number, name or array that cannot be used."""


class PSFError(DeconvolutionError, ValueError):
    """A PSF that cannot be used, or that does not fit the image."""


class FileError(DeconvolutionError, OSError):
    """A file that cannot be read or written."""


class ResourceError(DeconvolutionError, MemoryError):
    """A job that does not fit into the memory of this machine."""


class Cancelled(DeconvolutionError):  # noqa: N818 - not an error, but it travels like one
    """The job was stopped by its user."""


class DeconvolutionWarning(UserWarning):
    """Something that was put right on the way, and that the user may want to know."""
