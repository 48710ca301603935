"""The options of ``napari-deconvolve psf``; what they do is loaded when it is asked for."""

from __future__ import annotations

from typing import Annotated, Any

import typer

HOW: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}
"""How help and errors of all commands are shown: as plain lines."""

psf_app = typer.Typer(help="Make a PSF and save it, or look at one.", **HOW)

Output = Annotated[str, typer.Option("-o", "--output", metavar="PSF.ome.tif", help="OME-TIFF to write.")]
Widths = Annotated[
    str, typer.Option("--fwhm", metavar="Z,Y,X", help="Full width at half maximum, one for all or one per axis.")
]
Steps = Annotated[
    str | None,
    typer.Option("--spacing", metavar="Z,Y,X", help="Distance of samples, one for all or one per axis. Default: 1."),
]
SpacingUm = Annotated[
    str | None, typer.Option("--spacing", metavar="Z,Y,X", help="Distance of samples in um, or with units: 90nm.")
]
SpacingFrom = Annotated[
    str | None, typer.Option("--spacing-from", metavar="IMAGE", help="Take the spacing from an image.")
]
Shape = Annotated[
    str | None, typer.Option("--shape", metavar="Z,Y,X", help="Odd numbers of samples. Default: as many as needed.")
]
Unit = Annotated[
    str | None, typer.Option("--unit", help="Unit of all lengths. Default: um, or that of the image of --spacing-from.")
]
Formula = Annotated[str | None, typer.Argument(metavar="FORMULA", help="Such as 'a=0.3,2^(-(x^2+y^2)/(a/2)^2)'.")]
FormulaOption = Annotated[str | None, typer.Option("--formula", metavar="FORMULA", help="The same, as an option.")]
Offsets = Annotated[
    str | None,
    typer.Option(metavar="'Z,Y,X; Z,Y,X'", help="Places of the points from the centre, ; between points."),
]
Weights = Annotated[str | None, typer.Option(metavar="W,W,...", help="Share of the light of each point.")]
LobesOf = Annotated[
    str | None,
    typer.Option(
        "--lobes-of",
        metavar="IMAGE",
        help="Find the points instead: main peak and side lobes of the image's bright spots.",
    ),
]
LobeAxis = Annotated[str, typer.Option("--axis", metavar="z|y|x", help="Of that image, along which the lobes lie.")]
Modality = Annotated[
    str | None,
    typer.Argument(metavar="MODALITY", help="widefield, confocal, spinning-disk, two-photon or light-sheet."),
]
ModalityOption = Annotated[str | None, typer.Option("--modality", metavar="NAME", help="The same, as an option.")]
OpticsFrom = Annotated[
    str | None,
    typer.Option(
        "--optics-from",
        metavar="IMAGE",
        help="Take what is not given here from an OME-TIFF that tells it, with its spacing.",
    ),
]
Channel = Annotated[str | None, typer.Option(metavar="C", help="Of that image: its name, or its number from 0.")]
Aperture = Annotated[
    str | None,
    typer.Option("--numerical-aperture", "--na", metavar="NA", help="Of the lens; below the immersion's index."),
]
Emission = Annotated[
    str | None,
    typer.Option("--emission", "--emission-um", metavar="UM", help="Wavelength in um, or with a unit: 520nm."),
]
Excitation = Annotated[
    str | None,
    typer.Option(
        "--excitation", "--excitation-um", metavar="UM", help="Wavelength in um or with a unit. Default: the usual one."
    ),
]
ImmersionIndex = Annotated[
    str | None, typer.Option(metavar="N", help="Oil 1.515, glycerol 1.46, water 1.33, air 1. Default: 1.515.")
]
SampleIndex = Annotated[
    str | None, typer.Option(metavar="N", help="Of what the sample lies in. Default: the immersion's.")
]
Depth = Annotated[
    str | None, typer.Option("--depth", "--depth-um", metavar="UM", help="Below the coverslip, in um. Default: 0.")
]
Depths = Annotated[
    str | None,
    typer.Option("--depths", metavar="UM,UM,...", help="Of 2 to 5 strata, in um: a PSF for each, in one file."),
]
Strata = Annotated[
    str | None,
    typer.Option("--strata", metavar="N", help="So many strata of equal thickness over --depth-range: 2 to 5."),
]
DepthRange = Annotated[
    str | None, typer.Option("--depth-range", metavar="UM,UM", help="From and to which depth the image goes, in um.")
]
Top = Annotated[
    str | None,
    typer.Option("--top", metavar="UM", help="Stage distance of the plane nearest to the coverslip, for strata."),
]
CoverslipAt = Annotated[
    str | None,
    typer.Option(
        "--coverslip-at", metavar="END", help="Plane nearest to it, for strata: first or last. Default: first."
    ),
]
Coverslip = Annotated[
    str | None, typer.Option("--coverslip", "--coverslip-um", metavar="UM", help="Its thickness. Default: 170 um.")
]
CoverslipIndex = Annotated[str | None, typer.Option(metavar="N", help="Default: as the lens is made for.")]
DesignImmersion = Annotated[
    str | None, typer.Option("--design-immersion-index", metavar="N", help="What the lens is made for.")
]
DesignCoverslip = Annotated[
    str | None,
    typer.Option("--design-coverslip", "--design-coverslip-um", metavar="UM", help="What the lens is made for."),
]
DesignCoverslipIndex = Annotated[
    str | None, typer.Option("--design-coverslip-index", metavar="N", help="What the lens is made for.")
]
WorkingDistance = Annotated[
    str | None,
    typer.Option("--working-distance", "--working-distance-um", metavar="UM", help="Thickness of the immersion."),
]
Pinhole = Annotated[
    str | None,
    typer.Option(
        "--pinhole", "--pinhole-airy", metavar="AIRY", help="Diameter in Airy units; 0 is a point. Default: 1."
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option("--sheet", "--sheet-um", metavar="UM", help="1/e2 half width of the light sheet. Default: 2 um."),
]
Sampling = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="pixel (cameras) or point (scanners). Default: what the modality has."),
]
Model = Annotated[str | None, typer.Option(metavar="NAME", help="vectorial, scalar or born-wolf. Default: vectorial.")]
Zernike = Annotated[str | None, typer.Option(metavar="N:WAVES,...", help="Aberrations (wide field): 11:0.1,5:-0.05.")]
ZernikeOrder = Annotated[str | None, typer.Option(metavar="NAME", help="noll or osa. Default: noll.")]
Stack = Annotated[str, typer.Argument(metavar="STACK", help="Image of beads: TIFF, OME-TIFF, ImageJ TIFF or NPY.")]
PsfFile = Annotated[str, typer.Argument(metavar="FILE", help="PSF: TIFF, NPY, CSV or TXT.")]


@psf_app.command("gaussian")
def _gaussian(
    fwhm: Widths,
    output: Output,
    spacing: Steps = None,
    spacing_from: SpacingFrom = None,
    shape: Shape = None,
    unit: Unit = None,
) -> None:
    """Make a Gaussian PSF."""
    from napari_deconvolve.cli.psf import by_width
    from napari_deconvolve.psf import gaussian

    by_width(gaussian, output, fwhm=fwhm, spacing=spacing, spacing_from=spacing_from, shape=shape, unit=unit)


@psf_app.command("lorentzian")
def _lorentzian(
    fwhm: Widths,
    output: Output,
    spacing: Steps = None,
    spacing_from: SpacingFrom = None,
    shape: Shape = None,
    unit: Unit = None,
) -> None:
    """Make a Lorentzian PSF."""
    from napari_deconvolve.cli.psf import by_width
    from napari_deconvolve.psf import lorentzian

    by_width(lorentzian, output, fwhm=fwhm, spacing=spacing, spacing_from=spacing_from, shape=shape, unit=unit)


@psf_app.command("formula")
def _formula(
    output: Output,
    formula: Formula = None,
    formula_option: FormulaOption = None,
    spacing: Steps = None,
    spacing_from: SpacingFrom = None,
    shape: Shape = None,
    unit: Unit = None,
) -> None:
    """Make a PSF by a formula in x, y and z, which are zero at the centre."""
    from napari_deconvolve.cli.psf import by_formula, one_of

    text = one_of("--formula", formula, formula_option, "one, such as 'exp(-(x^2+y^2)/0.1)'")
    by_formula(output, formula=text, spacing=spacing, spacing_from=spacing_from, shape=shape, unit=unit)


@psf_app.command("points")
def _points(
    output: Output,
    offsets: Offsets = None,
    weights: Weights = None,
    lobes_of: LobesOf = None,
    axis: LobeAxis = "z",
    spacing: Steps = None,
    spacing_from: SpacingFrom = None,
    shape: Shape = None,
    unit: Unit = None,
) -> None:
    """Make a PSF of a few points, such as the side lobes of a 4Pi microscope."""
    from napari_deconvolve.cli.psf import of_points
    from napari_deconvolve.cli.psf_lobes import of_lobes

    if lobes_of is not None:
        given = {"--offsets": offsets, "--weights": weights, "--spacing-from": spacing_from, "--shape": shape}
        of_lobes(output, lobes_of, axis, spacing=spacing, unit=unit, others=given)
        return
    of_points(
        output,
        offsets=offsets,
        weights=weights,
        spacing=spacing,
        spacing_from=spacing_from,
        shape=shape,
        unit=unit,
    )


@psf_app.command("microscope")
def _microscope(
    context: typer.Context,
    output: Output,
    numerical_aperture: Aperture = None,
    emission_um: Emission = None,
    modality: Modality = None,
    modality_option: ModalityOption = None,
    optics_from: OpticsFrom = None,
    channel: Channel = None,
    excitation_um: Excitation = None,
    spacing: SpacingUm = None,
    spacing_from: SpacingFrom = None,
    shape: Shape = None,
    immersion_index: ImmersionIndex = None,
    sample_index: SampleIndex = None,
    depth_um: Depth = None,
    depths: Depths = None,
    strata: Strata = None,
    depth_range: DepthRange = None,
    top: Top = None,
    coverslip_at: CoverslipAt = None,
    pinhole_airy: Pinhole = None,
    sheet_um: Sheet = None,
    model: Model = None,
    sampling: Sampling = None,
    coverslip_um: Coverslip = None,
    coverslip_index: CoverslipIndex = None,
    design_immersion_index: DesignImmersion = None,
    design_coverslip_um: DesignCoverslip = None,
    design_coverslip_index: DesignCoverslipIndex = None,
    working_distance_um: WorkingDistance = None,
    zernike: Zernike = None,
    zernike_order: ZernikeOrder = None,
) -> None:
    """Calculate the PSF of a microscope; prints its FWHM, how far its focus is moved, and Nyquist's limits."""
    from napari_deconvolve.cli.psf import at_most_one
    from napari_deconvolve.cli.psf_microscope import microscope

    # The context holds what was typed by the names above, which are those of `psf.microscope`.
    chosen = at_most_one("--modality", modality, modality_option)
    microscope(output, chosen, {name: value for name, value in context.params.items() if "modality" not in name})


@psf_app.command("beads")
def _beads(
    stack: Stack,
    output: Output,
    bead_diameter: Annotated[str, typer.Option(metavar="UM", help="Taken out where it matters.")] = "0",
    combine: Annotated[str, typer.Option(metavar="NAME", help="mean or median of the beads.")] = "mean",
    fwhm: Annotated[
        str | None, typer.Option(metavar="Z,Y,X", help="About how wide a bead's image is. Default: the brightest tell.")
    ] = None,
    shape: Shape = None,
    min_snr: Annotated[str, typer.Option("--min-snr", metavar="N", help="Fainter beads are not used.")] = "10",
    saturation: Annotated[
        str | None, typer.Option(metavar="COUNTS", help="Where the camera saturates. Default: found.")
    ] = None,
    spacing: Annotated[
        str | None, typer.Option(metavar="Z,Y,X", help="Voxel size in um instead of the file's.")
    ] = None,
    channel: Annotated[str | None, typer.Option(metavar="C", help="Its name, or its number from 0.")] = None,
    report: Annotated[str | None, typer.Option(metavar="BEADS.csv", help="Write a line per bead.")] = None,
) -> None:
    """Make a PSF from an image of small beads; prints what was seen of each."""
    from napari_deconvolve.cli.psf_beads import beads

    beads(
        stack,
        output,
        bead_diameter=bead_diameter,
        combine=combine,
        fwhm=fwhm,
        shape=shape,
        min_snr=min_snr,
        saturation=saturation,
        spacing=spacing,
        channel=channel,
        report=report,
    )


@psf_app.command("check")
def _check(
    file: PsfFile,
    image: Annotated[str | None, typer.Option(metavar="IMAGE", help="That it is meant for.")] = None,
    spacing: SpacingUm = None,
    numerical_aperture: Annotated[
        str | None, typer.Option("--numerical-aperture", "--na", metavar="NA", help="To compare with theory.")
    ] = None,
    emission: Annotated[
        str | None, typer.Option("--emission", "--emission-um", metavar="UM", help="To compare with theory.")
    ] = None,
    immersion_index: Annotated[
        str | None, typer.Option("--immersion-index", metavar="N", help="To compare the axial width as well.")
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Cure what can be cured, and write the result to -o.")] = False,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="PSF.ome.tif", help="OME-TIFF to write, with --fix.")
    ] = None,
) -> None:
    """Say in words what is wrong with a PSF."""
    from napari_deconvolve.cli.psf_check import check

    check(
        file,
        image=image,
        spacing=spacing,
        numerical_aperture=numerical_aperture,
        emission=emission,
        immersion_index=immersion_index,
        fix=fix,
        output=output,
    )
