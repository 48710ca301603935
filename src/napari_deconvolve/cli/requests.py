"""What the commands that take an image are asked: each request is a frozen value, and its fields are the options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from napari_deconvolve.cli.declare import argument, flag, needed, option, options_of, several
from napari_deconvolve.cli.match import open_image, open_psf
from napari_deconvolve.cli.options import AXES_HELP, NUMBER_HELP, bytes_of, lengths, share, whole
from napari_deconvolve.cli.spectra import SpectrumFile, tell_notes
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.ome_zarr.library import is_store
from napari_deconvolve.io import ImageFile
from napari_deconvolve.phantoms.samples import SAMPLES
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.recipe.recipe import Recipe, parameter
from napari_deconvolve.recipe.simulation import Simulation
from napari_deconvolve.run.tiles.run import Share
from napari_deconvolve.run.tiles.store import Begin


@dataclass(frozen=True, kw_only=True)
class ImageRequest:
    """An image and the PSF that blurred it: shared by `run`, `sweep` and `blur`."""

    image: str = argument("IMAGE", "TIFF, OME-TIFF, ImageJ TIFF, OME-Zarr, NPY; CSV for spectra.")
    output: str = needed(
        "-o",
        "--output",
        metavar="OUT",
        help="OME-TIFF (.ome.tif, .tif), .ome.zarr or .npy to write; .csv, .txt for spectra.",
    )
    psf: tuple[str, ...] = several(
        "--psf",
        metavar="FILE",
        help="PSF: TIFF, NPY, or CSV or TXT for a spectrum. Given several times: one per channel, in their order.",
    )
    gaussian: str | None = option(
        "--gaussian", metavar="FWHM", help="Gaussian PSF: one width, or one per axis as Z,Y,X, in the image's unit."
    )
    optics: bool = flag(
        "--optics", help="PSF of the microscope, by what the image's file tells of lens and light: one per channel."
    )
    center: str | None = option(
        "--center",
        metavar="C",
        help="Zero lag in the PSF file: auto, middle, peak, first, or an index per axis. Default: auto.",
    )
    spacing: str | None = option(
        "--spacing", metavar="Z,Y,X", help="Voxel size of the image instead of the file's, in its unit or in um."
    )
    unit: str | None = option(
        "--unit", metavar="UNIT", help="Unit of --spacing, or of a table's axis, instead of the file's."
    )
    column: str | None = option(
        "--column",
        metavar="NAME|N|all",
        help="Data in a table; 2,4 or 2-5 or all run several spectra. Default: the first column behind the axis.",
    )
    axis_column: str | None = option(
        "--axis-column", metavar="NAME|N", help="Positions in a table. Default: the first column that is an axis."
    )
    resample: bool = flag("--resample", help="Interpolate at equal steps where a table's positions are uneven.")
    number: int | None = option("--image", metavar="N", help=NUMBER_HELP, read=whole)
    axes: str | None = option("--axes", metavar="LETTERS", help=AXES_HELP)

    @property
    def lazily(self) -> bool:
        """Whether samples stay in their file until parts of them are needed."""
        return False

    def open_image(self, lazily: bool | None = None) -> ImageFile:
        """Read the image or spectrum, as the request wants it or `lazily`; show what one should know of its file."""
        image = open_image(
            self.image,
            self.spacing,
            self.column,
            self.resample,
            axis_column=self.axis_column,
            unit=self.unit,
            number=self.number,
            named_axes=self.axes,
            lazily=self.lazily if lazily is None else lazily,
        )
        if not isinstance(image, SpectrumFile):
            tell_notes(self.image, image)
        return image

    def open_psf(self, source: ImageFile, formula: str | None = None) -> PointSpread | None:
        """Read or make the PSF for an image; None where no option names one."""
        return open_psf(self.image, source, self.psf, self.gaussian, self.center, formula, optics=self.optics)


@dataclass(frozen=True, kw_only=True)
class RunRequest(ImageRequest):
    """What `run` is asked."""

    formula: str | None = option("--formula", metavar="TEXT", help="Kernel of a spectrum, such as 1/cosh(x/0.1)^2.")
    recipe: str | None = option(
        "--recipe", metavar="R.json", help="Repeat a run: a recipe, or an image that this program wrote."
    )
    as_found: bool = flag(
        "--as-found", help="Take the numbers of --recipe also where they were found on another image."
    )
    changes: dict[str, Any] = options_of(Recipe)
    start: str | None = option("--start", metavar="FILE", help="First estimate, of the image's shape. Default: flat.")
    resumed: str | None = option(
        "--continue",
        metavar="RESULT",
        help="Continue a result of this program by its recipe, with --iterations more (30 or +30).",
    )
    resumable: bool = flag(
        "--resumable", help="Write OUT.whole.npy beside OUT, with which --continue continues the run exactly."
    )
    every: int | None = option(
        "--every",
        metavar="N",
        help="Write every N-th estimate too, to OUT's name with .iterations.ome.tif.",
        read=whole,
    )
    save_background: str | None = option(
        "--save-background", metavar="FILE", help="Write the background, in counts; --background takes it again."
    )
    uncertainty: str | None = option(
        "--uncertainty",
        metavar="FILE",
        help="Write how far the estimate may be from the object, in counts, too: noise and blur together, and each "
        "part. Takes about as long as 25 runs.",
    )
    save_psf: str | None = option("--save-psf", metavar="PSF.ome.tif", help="Write the PSF that --method blind finds.")
    memory: int | None = option(
        "--memory",
        metavar="SIZE",
        help="Memory to use in all, such as 1.5GB. What takes more is run in tiles. Default: what is free.",
        read=bytes_of,
    )
    tile: tuple[int, ...] | None = option(
        "--tile", metavar="Z,Y,X", help="Samples of a tile, instead of what fits into memory.", read=lengths
    )
    part: Share | None = option(
        "--part", metavar="K/N", help="Run the K-th of N shares of the tiles, as a job of an array does.", read=share
    )
    workers: int | None = option(
        "--workers",
        metavar="N",
        help="Run tiles in N processes, which share cores and memory. Needs distributed.",
        read=whole,
    )
    scheduler: str | None = option(
        "--scheduler",
        metavar="ADDRESS",
        help="Run tiles by the workers of a scheduler of dask, such as tcp://node7:8786; --memory is for each of them.",
    )
    resume: bool = flag("--resume", help="Go on with the tiles of OUT.ome.zarr that are not done.")
    restart: bool = flag("--restart", help="Replace OUT.ome.zarr.")
    dry_run: bool = flag("--dry-run", help="Print settings and tiles; write nothing.")

    @property
    def lazily(self) -> bool:
        """Whether samples stay in their file until parts of them are needed."""
        return self.memory is not None or is_store(self.output)

    @property
    def begin(self) -> Begin:
        """What becomes of a store that is there."""
        if self.resume and self.restart:
            raise ParameterError("--resume and --restart are both given; give one of them.")
        return "restart" if self.restart else "resume" if self.resume or self.part is not None else "new"


@dataclass(frozen=True, kw_only=True)
class CameraRequest(ImageRequest):
    """What `camera` is asked."""

    output: str = option(
        "-o", "--output", metavar="TABLE.csv", help="Write the photon transfer, variance over mean.", default=""
    )


@dataclass(frozen=True, kw_only=True)
class SweepRequest(ImageRequest):
    """What `sweep` is asked."""

    output: str = needed("-o", "--output", metavar="TABLE.csv", help="Table to write, one row each.")
    iterations: str = option(
        "--iterations",
        metavar="N,N,...",
        help="Numbers of iterations, or FROM:TO:STEP for every so many.",
        default="10,20,40,80",
    )
    truth: str | None = option("--truth", metavar="T", help="The true object: errors are measured against it.")
    prior: str | None = option(
        "--prior",
        metavar="NAME,...|auto",
        help=f"Priors, one run each: {parameter('prior').kind.meanings}; auto, none and those that are worth a try.",
    )
    strengths: str | None = option(
        "--strengths", metavar="S,S,...", help="Strengths of the prior, one run each; 0 is without prior."
    )
    sieves: str | None = option(
        "--sieves", metavar="W,W,...", help="Widths of sieves over the PSF's, one run each; 0 is without sieve."
    )
    stack: str | None = option(
        "--stack", metavar="STACK.ome.tif", help="Write all estimates too, in the table's order."
    )
    changes: dict[str, Any] = options_of(
        Recipe, only=("background", "acceleration", "boundary"), defaults={"background": "0", "acceleration": "none"}
    )


@dataclass(frozen=True, kw_only=True)
class BlurRequest(ImageRequest):
    """What `blur` is asked."""

    gaussian: str | None = option(
        "--gaussian",
        metavar="FWHM",
        help="Smooth by a Gaussian instead: one width for Z, Y and X, or one per axis for as many of the last "
        "ones, in the image's unit; 4 at most for a series of stacks.",
    )
    recipe: str | None = option(
        "--recipe", metavar="FILE", help="Repeat a simulation: an image that this command wrote, or JSON."
    )
    changes: dict[str, Any] = options_of(
        Simulation, without=("fwhm", "spacing"), said={"poisson": "with --photons or --total"}
    )


@dataclass(frozen=True, kw_only=True)
class _ResultRequest:
    result: str = argument("RESULT", "Result of this program, with its recipe: an image or a table.")


@dataclass(frozen=True, kw_only=True)
class VerifyRequest(ImageRequest, _ResultRequest):  # whose argument comes before IMAGE
    """What `verify` is asked."""

    output: str = option("-o", "--output", metavar="FILE.json", help="Write what was found, too.", default="")


@dataclass(frozen=True, kw_only=True)
class InspectRequest:
    """What `inspect` is asked."""

    file: str = argument("FILE", "Image, spectrum or PSF, or a recipe with --recipe.")
    column: str | None = option("--column", metavar="NAME|N|all", help="Data in a table, as in run.")
    axis_column: str | None = option("--axis-column", metavar="NAME|N", help="Positions in a table, as in run.")
    recipe: bool = flag("--recipe", help="Print only the recipe, as JSON.")
    methods: bool = flag("--methods", help="Print only how a result was made, for the methods of a paper.")
    number: int | None = option("--image", metavar="N", help=NUMBER_HELP, read=whole)
    axes: str | None = option("--axes", metavar="LETTERS", help=AXES_HELP)


@dataclass(frozen=True, kw_only=True)
class SampleRequest:
    """What `sample` is asked."""

    name: str = argument("NAME", f"One of {', '.join(SAMPLES)}.")
    output: str = needed(
        "-o", "--output", metavar="OUT", help="OME-TIFF (.ome.tif, .tif), .ome.zarr or .npy; .csv, .txt for spectra."
    )
    truth: str | None = option("--truth", metavar="FILE", help="Write the object without blur and noise, too.")
    psf: str | None = option("--psf", metavar="PSF.ome.tif", help="Write the PSF that blurred it, too.")
    seed: int = option("--seed", metavar="N", help="Seed of the noise.", read=whole, default="0")
