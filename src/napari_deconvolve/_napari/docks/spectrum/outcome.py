"""What the run of a spectrum came to, in one sentence and in all words."""

from __future__ import annotations

from napari_deconvolve._napari.docks.spectrum.session import SpectrumSession
from napari_deconvolve._napari.kit.status import done, headline, verdict, warnings
from napari_deconvolve._napari.work.remarks import Level

NOISE = "The residual looks like noise."


def sentence(session: SpectrumSession) -> str:
    """Return what came of a run that has a result: "5 iterations, chosen from the data. The residual looks …"."""
    how = verdict(session)
    said = f"{headline(session)}, {how[0].lower()}{how[1:]}" if how else f"{headline(session)}."
    left = session.residual
    return f"{said} {NOISE}" if left is not None and not left.words else said


def account(session: SpectrumSession) -> tuple[str, Level, tuple[str, ...]]:
    """Return all that is to be said of a run that has ended, how serious it is, and what limits its result."""
    if session.error:
        kept = f" The {session.iteration} iterations before are kept." if session.latest is not None else ""
        return session.error + kept, "error", ()
    if session.latest is None:
        when = "while looking for the best number" if session.stage else "before the first iteration"
        return f"Stopped {when}; there is no result.", "info", ()
    warned = tuple(_of_spectra(text) for text in _warnings(session))
    return _of_spectra(done(session)), "success", warned


def _warnings(session: SpectrumSession) -> list[str]:
    """Return warnings about the result and its residual."""
    found = list(warnings(session))
    left = () if session.residual is None else session.residual.words
    misfit = any("misfit" in text for text in found)  # which the residual would say once more
    return [*found, *(word for word in left if not misfit or "structure" in word)]


def _of_spectra(text: str) -> str:
    return text.replace("PSF", "kernel").replace("The image ", "The spectrum ")
