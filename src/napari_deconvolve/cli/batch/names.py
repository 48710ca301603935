"""What the results of a batch are called: by a pattern, each another name, none that of a file that is read."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from napari_deconvolve.cli.options import same_file
from napari_deconvolve.cli.outputs import check_output
from napari_deconvolve.cli.spectra import is_table
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.io.images import stem

IMAGES, SPECTRA = "{name}_decon.ome.tif", "{name}_decon.csv"
FIELD = re.compile(r"\{([^{}]*)\}")
UNUSABLE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')  # in names of files, on one system or another


def outputs_for(inputs: Sequence[str], folder: str, pattern: str | None) -> tuple[str, ...]:
    """Return the file of each result; names that would be equal, in capitals or not, get a number."""
    used: set[str] = set()
    found = []
    for place, path in enumerate(inputs):
        name = _filled(pattern or (SPECTRA if is_table(path) else IMAGES), path, place, len(inputs))
        bare, number = stem(name), 1
        unique = name
        while unique.casefold() in used:
            number += 1
            unique = f"{bare}-{number}{name[len(bare) :]}"
        used.add(unique.casefold())
        found.append(str(Path(folder) / unique))
    return tuple(found)


def _filled(pattern: str, path: str, place: int, count: int) -> str:
    known = {
        "name": stem(path),
        "folder": Path(path).resolve().parent.name,
        "number": f"{place + 1:0{len(str(count))}d}",
    }
    unknown = [name for name in FIELD.findall(pattern) if name not in known]
    if unknown or "/" in pattern or "\\" in pattern:
        wrong = f"{{{unknown[0]}}} in it is not known" if unknown else "it holds a folder"
        raise ParameterError(
            f"--name is {pattern!r}, and {wrong}; give a name with {{name}}, {{folder}} or {{number}}, such as "
            f"{IMAGES}."
        )
    return UNUSABLE.sub(" ", FIELD.sub(lambda part: known[part[1]], pattern)).strip()


def require_free(outputs: Sequence[str], inputs: Sequence[str], ours: Collection[str]) -> None:
    """Refuse results that would replace a file that is read, or one that no earlier batch has written here."""
    for output in outputs:
        if any(same_file(output, path) for path in inputs):
            raise FileError(f"{output} is read by this batch and would be overwritten; give another --name or folder.")
        if Path(output).exists() and Path(output).name not in ours:
            raise FileError(f"{output} is there already, and not by a batch; give another folder or --name.")
        check_output(output)
