"""Sentences of commands in the words of docks: what an option is called there."""

from __future__ import annotations

import re

WORDS = (
    (r"give another --name or folder|give another folder or --name", "choose another folder or name"),
    (r"--psf and IMAGE:? ?", "PSF and image: "),
    (r"; give --spacing( Z,Y,X)?", "; enter the pixel size in More settings"),
    (r"--spacing is", "The pixel size is"),
    (r"make the PSF by '[^']*' and give it with --psf(, one for each channel)?", "take a PSF from files"),
    (r" ?Make the PSF by 'psf microscope'[^.]*\.", " For another, take a PSF from files."),
    (r"--optics: ", ""),
    (r"--name\b", "The name"),
    (r"; give --psf FILE.*$", "; choose another PSF."),
    (r"--psf ", "The PSF "),
)
PATTERNS = tuple((re.compile(pattern), words) for pattern, words in WORDS)


def in_dock(sentence: str) -> str:
    """Return a sentence of a command as a dock says it."""
    for pattern, words in PATTERNS:
        sentence = pattern.sub(words, sentence)
    return sentence
