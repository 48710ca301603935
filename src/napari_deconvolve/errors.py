"""What can go wrong, as one tree of exceptions.

::

    DeconvolutionError              everything that this package raises on purpose
    ├── ParameterError (ValueError)     a number, name or array that cannot be used
    ├── PSFError       (ValueError)     a PSF that cannot be used, or does not fit the image
    ├── FileError      (OSError)        a file that cannot be read or written
    ├── ResourceError  (MemoryError)    the job does not fit into this machine
    └── Cancelled                       the user stopped the job; nothing is wrong

Each message is one sentence: what is wrong, the value, the bound, and the remedy.
"""


class DeconvolutionError(Exception):
    """The root of the tree: catch it to catch all that this package raises on purpose."""


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
