"""What the commands ``napari-deconvolve psf ...`` are asked: each request is a frozen value, its fields are options."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from napari_deconvolve.cli.declare import Option, argument, flag, needed, option
from napari_deconvolve.cli.options import AXES_HELP, NUMBER_HELP, whole
from napari_deconvolve.cli.psf.values import length, lengths, real, zernike_terms


def um(name: str, help: str) -> Any:
    """Declare an option for a length in um, or with a unit; its name may have the unit too."""
    return option(name, f"{name}-um", metavar="UM", help=help, read=length)


def pure(name: str, help: str) -> Any:
    """Declare an option for a pure number."""
    return option(name, metavar="N", help=help, read=real)


@dataclass(frozen=True, kw_only=True)
class Shaped:
    """A PSF of a chosen shape that is written to a file."""

    output: str = needed("-o", "--output", metavar="PSF.ome.tif", help="OME-TIFF to write.")
    shape: int | tuple[int, ...] | None = option(
        "--shape", metavar="Z,Y,X", help="Odd numbers of pixels. Default: as many as needed.", read=lengths
    )


@dataclass(frozen=True, kw_only=True)
class Sampled(Shaped):
    """A PSF on a chosen grid."""

    spacing: str | None = option(
        "--spacing", metavar="Z,Y,X", help="Distance of pixels, one for all or one per axis. Default: 1."
    )
    spacing_from: str | None = option("--spacing-from", metavar="IMAGE", help="Take the spacing from an image.")
    number: int | None = option(
        "--image",
        metavar="N",
        help="Which image of that file, if it has several, from 1. Default: the largest.",
        read=whole,
    )


@dataclass(frozen=True, kw_only=True)
class InUnit(Sampled):
    """A PSF whose lengths are in a unit of choice."""

    unit: str | None = option(
        "--unit", help="Unit of all lengths. Default: um, or that of the image of --spacing-from."
    )


@dataclass(frozen=True, kw_only=True)
class Wide:
    """A PSF of a chosen width."""

    fwhm: str = needed("--fwhm", metavar="Z,Y,X", help="Full width at half maximum, one for all or one per axis.")


@dataclass(frozen=True, kw_only=True)
class WidthRequest(InUnit, Wide):
    """What `psf gaussian` and `psf lorentzian` are asked."""


@dataclass(frozen=True, kw_only=True)
class FormulaRequest(InUnit):
    """What `psf formula` is asked."""

    formula_argument: str | None = argument("FORMULA", "Such as 'a=0.3,2^(-(x^2+y^2)/(a/2)^2)'.", default=None)
    formula: str | None = option("--formula", metavar="FORMULA", help="The same, as an option.")


@dataclass(frozen=True, kw_only=True)
class PointsRequest(InUnit):
    """What `psf points` is asked."""

    offsets: str | None = option(
        "--offsets", metavar="'Z,Y,X; Z,Y,X'", help="Places of the points from the centre, ; between points."
    )
    weights: str | None = option("--weights", metavar="W,W,...", help="Share of the light of each point.")
    lobes_of: str | None = option(
        "--lobes-of",
        metavar="IMAGE",
        help="Find the points instead: main peak and side lobes of the image's bright spots.",
    )
    axis: str = option("--axis", metavar="z|y|x", help="Axis of that image along which the lobes lie.", default="z")


@dataclass(frozen=True, kw_only=True)
class Optics:
    """Parameters of `nd.psf.microscope`, by its names."""

    numerical_aperture: float | None = option(
        "--numerical-aperture",
        "--na",
        metavar="NA",
        help="Numerical aperture, engraved on the objective; below the immersion's index.",
        read=real,
    )
    emission_um: float | None = um("--emission", "Wavelength in um, or with a unit: 520nm.")
    excitation_um: float | None = um("--excitation", "Wavelength in um or with a unit. Default: the usual one.")
    immersion_index: float | None = pure(
        "--immersion-index", "Oil 1.515, glycerol 1.46, water 1.33, air 1. Default: 1.515."
    )
    sample_index: float | None = pure(
        "--sample-index", "Refractive index of the sample's medium. Default: the immersion's."
    )
    depth_um: float | None = um("--depth", "Below the coverslip, in um. Default: 0.")
    pinhole_airy: float | None = option(
        "--pinhole",
        "--pinhole-airy",
        metavar="AIRY",
        help="Diameter in Airy units; 0 is a point. Default: 1.",
        read=real,
    )
    sheet_um: float | None = um("--sheet", "1/e2 half width of the light sheet. Default: 2 um.")
    model: str | None = option("--model", metavar="NAME", help="vectorial, scalar or born-wolf. Default: vectorial.")
    sampling: str | None = option(
        "--sampling", metavar="NAME", help="pixel (cameras) or point (scanners). Default: that of the modality."
    )
    coverslip_um: float | None = um("--coverslip", "Its thickness. Default: 170 um.")
    coverslip_index: float | None = pure("--coverslip-index", "Default: the one the objective is designed for.")
    design_immersion_index: float | None = pure(
        "--design-immersion-index", "Immersion index that the objective is designed for."
    )
    design_coverslip_um: float | None = um(
        "--design-coverslip", "Coverslip thickness that the objective is designed for."
    )
    design_coverslip_index: float | None = pure(
        "--design-coverslip-index", "Coverslip index that the objective is designed for."
    )
    working_distance_um: float | None = um("--working-distance", "Thickness of the immersion.")
    zernike: dict[int, float] | None = option(
        "--zernike", metavar="N:WAVES,...", help="Aberrations (wide field): 11:0.1,5:-0.05.", read=zernike_terms
    )
    zernike_order: str | None = option("--zernike-order", metavar="NAME", help="noll or osa. Default: noll.")

    def arguments(self) -> dict[str, Any]:
        """Return the parameters that were given."""
        values = {one.name: getattr(self, one.name) for one in fields(Optics)}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Depths:
    """Options for the PSFs of several depths, which are called strata."""

    depths: str | None = option(
        "--depths", metavar="UM,UM,...", help="Of 2 to 5 strata, in um: a PSF for each, in one file."
    )
    strata: str | None = option(
        "--strata", metavar="N", help="Number of strata of equal thickness over --depth-range: 2 to 5."
    )
    depth_range: str | None = option(
        "--depth-range", metavar="UM,UM", help="From and to which depth the image goes, in um."
    )
    top: str | None = option(
        "--top", metavar="UM", help="Stage distance of the plane nearest to the coverslip, for strata."
    )
    coverslip_at: str | None = option(
        "--coverslip-at", metavar="END", help="Plane nearest to it, for strata: first or last. Default: first."
    )


@dataclass(frozen=True, kw_only=True)
class MicroscopeRequest(Sampled, Depths, Optics):
    """What `psf microscope` is asked."""

    spacing: str | None = option("--spacing", metavar="Z,Y,X", help="Distance of pixels in um, or with units: 90nm.")
    modality_argument: str | None = argument(
        "MODALITY", "widefield, confocal, spinning-disk, two-photon or light-sheet.", default=None
    )
    modality: str | None = option("--modality", metavar="NAME", help="The same, as an option.")
    optics_from: str | None = option(
        "--optics-from",
        metavar="IMAGE",
        help="Read what is not given here from the metadata of an OME-TIFF, with its spacing.",
    )
    channel: str | None = option("--channel", metavar="C", help="Of that image: its name, or its number from 0.")


@dataclass(frozen=True, kw_only=True)
class BeadsRequest(Shaped):
    """What `psf beads` is asked."""

    stack: str = argument("STACK", "Image of beads: TIFF, OME-TIFF, ImageJ TIFF or NPY.")
    bead_diameter: float = option(
        "--bead-diameter", metavar="UM", help="Removed from the PSF where it matters.", default="0", read=length
    )
    combine: str = option("--combine", metavar="NAME", help="mean or median of the beads.", default="mean")
    fwhm: str | None = option(
        "--fwhm", metavar="Z,Y,X", help="Approximate width of a bead's image. Default: estimated from the brightest."
    )
    min_snr: float = option("--min-snr", metavar="N", help="Fainter beads are not used.", default="10", read=real)
    saturation: float | None = option(
        "--saturation", metavar="COUNTS", help="Where the camera saturates. Default: found.", read=real
    )
    spacing: str | None = option("--spacing", metavar="Z,Y,X", help="Voxel size in um instead of the file's.")
    channel: str | None = option("--channel", metavar="C", help="Its name, or its number from 0.")
    report: str | None = option("--report", metavar="BEADS.csv", help="Write a line per bead.")
    number: int | None = option("--image", metavar="N", help=NUMBER_HELP, read=whole)
    axes: str | None = option("--axes", metavar="LETTERS", help=AXES_HELP)


@dataclass(frozen=True, kw_only=True)
class CheckRequest:
    """What `psf check` is asked."""

    file: str = argument("FILE", "PSF: TIFF, NPY, CSV or TXT.")
    image: str | None = option("--image", metavar="IMAGE", help="Image that it is meant for.")
    spacing: str | None = option("--spacing", metavar="Z,Y,X", help="Distance of pixels in um, or with units: 90nm.")
    center: str | None = option(
        "--center",
        metavar="C",
        help="Zero lag, as in run: middle, peak, first, or an index per axis. Default: that of the core.",
    )
    numerical_aperture: float | None = option(
        "--numerical-aperture", "--na", metavar="NA", help="To compare with theory.", read=real
    )
    emission_um: float | None = um("--emission", "To compare with theory.")
    immersion_index: float | None = pure("--immersion-index", "To compare the axial width as well.")
    fix: bool = flag("--fix", help="Repair the PSF where possible, and write the result to -o.")
    output: str | None = option("-o", "--output", metavar="PSF.ome.tif", help="OME-TIFF to write, with --fix.")


def names_of(kind: Any) -> dict[str, str]:
    """Return the first long name of each option of a request, by the names of its fields."""
    made: dict[str, Option] = {one.name: one.metadata["option"] for one in fields(kind)}
    return {name: one.called for name, one in made.items()}
