"""SPC files of Galactic and its followers, read by the library spc-io."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path

import numpy as np

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.text.table import TextTable

SPC = ".spc"
AXES = {  # the library's names of kinds of axes
    "XWAVEN": "wave number (cm-1)",
    "XUMETR": "wavelength (um)",
    "XNMETR": "wavelength (nm)",
    "XSECS": "time (s)",
    "XMINUTS": "time (min)",
    "XHERTZ": "frequency (Hz)",
    "XKHERTZ": "frequency (kHz)",
    "XMHERTZ": "frequency (MHz)",
    "XPPM": "shift (ppm)",
    "XRAMANS": "Raman shift (cm-1)",
    "XEV": "energy (eV)",
    "XDEGRS": "angle (deg)",
    "XDEGRK": "temperature (K)",
    "XMSEC": "time (ms)",
    "XUSEC": "time (us)",
    "XNSEC": "time (ns)",
    "XGHERTZ": "frequency (GHz)",
    "XCM": "position (cm)",
    "XMETERS": "position (m)",
    "XMMETR": "position (mm)",
    "XHOURS": "time (h)",
}
VALUES = {"YCOUNT": "counts", "YABSRB": "absorbance", "YTRANS": "transmission", "YINTENS": "intensity"}


def read_spc(path: Path) -> TextTable:
    """Read the spectra of a file that share their axis; raise `FileError` where the library is not installed."""
    if importlib.util.find_spec("spc_io") is None:
        raise FileError(
            f'{path} is an SPC file, which needs the library spc-io: pip install "napari-deconvolve[spc]"; or export '
            "it as text in two columns."
        )
    import spc_io

    logging.getLogger("spc_io").addHandler(logging.NullHandler())  # it warns of dates that nobody set
    with path.open("rb") as file:
        found = spc_io.SPC.from_bytes_io(file)
    spectra = [(np.asarray(one.xarray, np.float64), np.asarray(one.yarray, np.float64)) for one in found]
    if not spectra:
        raise FileError(f"{path} holds no spectrum; export it again.")
    axis = spectra[0][0]
    if any(len(one) != len(axis) or not np.array_equal(one, axis) for one, _ in spectra):
        raise FileError(f"{path} holds {len(spectra)} spectra over different axes; export them as texts, one each.")
    name = VALUES.get(str(found.ytype), "data")
    names = [name] if len(spectra) == 1 else [f"{name} {place}" for place in range(1, len(spectra) + 1)]
    columns = np.column_stack([axis, *(values for _, values in spectra)])
    return TextTable(columns, (AXES.get(str(found.xtype), ""), *names), True, words="SPC")
