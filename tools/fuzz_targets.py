"""What is fuzzed: every place where values come from outside, with good examples of what it reads."""

from __future__ import annotations

import contextlib
import io as streams
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from fuzz_mutations import damaged_bytes, damaged_json, damaged_text
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve import cli, io
from napari_deconvolve.errors import DeconvolutionError

COUNTS = np.random.default_rng(0).poisson(20.0, (4, 12, 12)).astype(np.uint16)
SPECTRUM = "position nm,counts\n" + "".join(f"{400 + 0.5 * at},{20 + at % 7}\n" for at in range(60))
JCAMP = (
    "##TITLE=lines\n##JCAMP-DX=4.24\n##DATA TYPE=RAMAN SPECTRUM\n##XUNITS=1/CM\n##YUNITS=COUNTS\n##XFACTOR=1\n"
    "##YFACTOR=1\n##FIRSTX=400\n##LASTX=409\n##NPOINTS=10\n##XYDATA=(X++(Y..Y))\n400 1 2 3 4 5\n"
    "405 6 7 8 9 10\n##END=\n"
)
EMSA = (
    "#FORMAT      : EMSA/MAS Spectral Data File\n#VERSION     : 1.0\n#TITLE       : lines\n#NPOINTS     : 6.\n"
    "#NCOLUMNS    : 2.\n#XUNITS      : eV\n#YUNITS      : counts\n#DATATYPE    : XY\n#XPERCHAN    : 10.\n"
    "#OFFSET      : 0.\n#SPECTRUM    :\n0, 1\n10, 3\n20, 9\n30, 4\n40, 2\n50, 1\n#ENDOFDATA   :\n"
)
LABSPEC = "#Acq. time (s)=\t1\n#Laser=\t532 nm\n" + "".join(f"{100 + at}\t{at % 9},5\n" for at in range(40))
FORMULAS = (
    b"2^(-4*(x^2+y^2)/0.3^2)",
    b"q = 9*sqrt(x^2+y^2) + 1e-9, (2*j1(q)/q)^2",
    b"exp(-(abs(x) + abs(y))/0.2)*cos(z)^2",
)
OPTIONS = (
    "--iterations", "--gain", "--background", "--prior", "--spacing", "--axes", "--boundary", "--psf", "--fwhm",
    "--gaussian", "--memory", "--stop", "--target", "--offset", "--read-noise", "--start", "--recipe", "--image",
    "--channel", "--device", "--keep-every", "--region", "--acceleration", "--max-iterations", "--until", "--part",
)  # fmt: skip
VALUES = (
    "", "0", "-1", "nan", "inf", "1e308", "1e-320", "auto", "none", "1,2", "1,2,3,4,5,6", "a" * 300, "../up", "/",
    "0.3,0.3,0.3", "tv", "tv:1e-3", "tv:x", "image.tif", "psf.npy", "recipe.json", "\x1b[31m", "ZYX", "YXQ", "3/2",
    "1GB",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A place where values come from outside.

    Attributes
    ----------
    file : str
        Name of the file under which a drawn input is kept.
    inputs : strategy
        Of the bytes of such a file.
    read : callable
        Takes the file, and raises what it raises.
    slow : int
        How many inputs of others one of these takes the time of.
    """

    file: str
    inputs: st.SearchStrategy[bytes]
    read: Callable[[Path], object]
    slow: int = 1


def targets(folder: Path) -> dict[str, Target]:
    """Make good examples in a folder, and return all targets by name."""
    folder.mkdir(parents=True, exist_ok=True)
    recipe = nd.Recipe(iterations=3, prior="tv", strength=0.01, psf={"source": "gaussian", "fwhm": [2.0, 2.0, 2.0]})
    image = _bytes(folder / "image.ome.tif", lambda path: io.write_image(path, COUNTS, spacing=0.1, recipe=recipe))
    array = _bytes(folder / "image.npy", lambda path: np.save(path, COUNTS))
    psf = nd.psf.gaussian((2.0, 2.0, 2.0), spacing=0.1)
    stored = _bytes(folder / "psf.ome.tif", lambda path: nd.psf.save(psf, path))
    recipes = (recipe.to_json().encode(), nd.Recipe().to_json().encode(), nd.Recipe(method="wiener").to_json().encode())
    own = _annotation(image)
    tables = tuple(text.encode() for text in (SPECTRUM, JCAMP, EMSA, LABSPEC))
    return {
        "recipe": Target("recipe.json", damaged_json(recipes), _recipe),
        "recipe text": Target("recipe.json", damaged_text(recipes), _recipe),
        "simulation": Target(
            "simulation.json",
            damaged_json((nd.Simulation().to_json().encode(),)),
            lambda path: nd.Simulation.from_json(path.read_text("utf-8")),
        ),
        "annotation": Target(
            "own.ome.tif", damaged_json((own,)).map(lambda text: _with_annotation(image, own, text)), _result
        ),
        "tiff": Target("image.ome.tif", damaged_bytes((image,)), _image),
        "npy": Target("image.npy", damaged_bytes((array,)), _image),
        "psf": Target("psf.ome.tif", damaged_bytes((stored, image)), nd.psf.load),
        "psf annotation": Target(
            "psf.ome.tif",
            damaged_json((_annotation(stored),)).map(lambda text: _with_annotation(stored, _annotation(stored), text)),
            nd.psf.load,
        ),
        "table": Target("table.csv", damaged_text(tables[:1] + tables[3:]), _spectra),
        "jcamp": Target("table.jdx", damaged_text((tables[1],)), _spectra),
        "emsa": Target("table.msa", damaged_text((tables[2],)), _spectra),
        "formula": Target("formula.txt", damaged_text(FORMULAS), _formula),
        "zarr": Target("zarr.json", damaged_json(_zarr_metadata(folder)), _ZarrStore(folder / "store.zarr"), slow=4),
        "microscopes": Target("microscopes.json", damaged_json(_microscopes()), _kept_microscopes),
        "command line": Target("arguments.json", _arguments(), _CommandLine(folder), slow=8),
    }


def _bytes(path: Path, write: Callable[[Path], object]) -> bytes:
    write(path)
    return path.read_bytes()


def _recipe(path: Path) -> object:
    from napari_deconvolve.io.recipe_files import read_recipe

    return read_recipe(path)


def _image(path: Path) -> object:
    found = io.read_image(path)
    return np.asarray(found.data).sum()


def _result(path: Path) -> object:
    for read in (io.read_image, io.read_result, nd.psf.load):
        with contextlib.suppress(DeconvolutionError):
            read(path)
    return None


def _spectra(path: Path) -> object:
    return io.read_spectra(path)


def _formula(path: Path) -> object:
    text = path.read_bytes().decode("utf-8", "replace")
    return nd.psf.from_formula(text, (5, 9, 9), 0.1)


def _annotation(image: bytes) -> bytes:
    """Return the JSON text that this program keeps in an image of its own."""
    from xml.etree import ElementTree

    import tifffile

    from napari_deconvolve.formats.ome import ANNOTATION_KEY

    with tifffile.TiffFile(streams.BytesIO(image)) as file:
        root = ElementTree.fromstring(str(file.ome_metadata))
    entries = root.iterfind("{*}StructuredAnnotations/{*}MapAnnotation/{*}Value/{*}M")
    return next(str(one.text) for one in entries if one.get("K") == ANNOTATION_KEY).encode()


def _with_annotation(image: bytes, old: bytes, new: bytes) -> bytes:
    """Return an image whose text about itself is another; it is written anew, as texts have their length in a TIFF."""
    from xml.sax.saxutils import escape

    import tifffile

    with tifffile.TiffFile(streams.BytesIO(image)) as file:
        xml, samples = str(file.ome_metadata), file.asarray()
    start = xml.index(">", xml.index('K="napari-deconvolve"')) + 1
    end = xml.index("</M>", start)
    changed = xml[:start] + escape(new.decode()) + xml[end:]
    into = streams.BytesIO()
    tifffile.imwrite(into, samples, description=changed.encode(), metadata=None, photometric="minisblack")
    return into.getvalue()


def _zarr_metadata(folder: Path) -> tuple[bytes, ...]:
    path = folder / "store.zarr"
    if not path.exists():
        from napari_deconvolve.formats.ome_zarr.writer import write_zarr
        from napari_deconvolve.formats.stored import Stored

        write_zarr(path, Stored(nd.SampledArray(COUNTS, "ZYX", spacing=(0.1, 0.1, 0.1), units="um")))
    return (path.joinpath("zarr.json").read_bytes(),)


class _ZarrStore:
    """Reads a good store whose description is another."""

    def __init__(self, good: Path) -> None:
        self._good = good

    def __call__(self, path: Path) -> object:
        store = path.with_name("store.zarr")
        shutil.copytree(self._good, store)
        try:
            shutil.copy(path, store / "zarr.json")
            return _image(store)
        finally:
            shutil.rmtree(store)


def _microscopes() -> tuple[bytes, ...]:
    values = {"modality": "confocal", "objective": "63x/1.40 oil", "numerical_aperture": 1.4, "immersion_index": 1.515}
    known = {"format": 1, "last": "ours", "microscopes": [{"name": "ours", "values": values}]}
    return (json.dumps(known).encode(),)


def _kept_microscopes(path: Path) -> object:
    from napari_deconvolve._napari.docks.psf.microscopes import load

    return load(path)


def _arguments() -> st.SearchStrategy[bytes]:
    option = st.tuples(st.sampled_from(OPTIONS), st.sampled_from(VALUES)).map(list)
    commands = st.sampled_from(
        (["run"], ["inspect"], ["sweep"], ["blur"], ["camera"], ["psf", "check"], ["psf", "gaussian"])
    )
    files = st.sampled_from((["image.ome.tif"], ["image.npy"], ["psf.ome.tif"], ["table.csv"], ["none.tif"], [""], []))
    return st.tuples(commands, files, st.lists(option, max_size=4)).map(
        lambda parts: json.dumps([*parts[0], *parts[1], *(word for one in parts[2] for word in one)]).encode()
    )


class _CommandLine:
    """Executes the program in a folder with good files; its exit code and its words are looked at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.joinpath("table.csv").write_text(SPECTRUM, encoding="utf-8")

    def __call__(self, path: Path) -> object:
        arguments = [*json.loads(path.read_bytes()), "-o", str(path.with_name("out.ome.tif"))]
        before, said = Path.cwd(), streams.StringIO()
        os.chdir(self._folder)
        try:
            with contextlib.redirect_stdout(streams.StringIO()), contextlib.redirect_stderr(said):
                code = cli.execute(arguments)
        finally:
            os.chdir(before)
            for one in path.parent.glob("out.*"):
                one.unlink()
        if code not in (0, 2, 3):
            raise AssertionError(f"exit code {code}: {said.getvalue()[:300]}")
        return code


ALLOWED: tuple[Any, ...] = (DeconvolutionError,)
"""What a target may raise."""
