"""Write the pages of the reference that are made from the code: parameters, and the command line.

python tools/make_reference.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

import napari_deconvolve as nd
from napari_deconvolve.cli.program import PROGRAM, app
from napari_deconvolve.recipe.fields import table

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
PARAMETERS = """# Parameters

Each parameter is declared once. These tables are made from the declarations, by `tools/make_reference.py`. A name
is the key in a recipe and the keyword in Python; the option on the command line has dashes: `read_noise` is
`--read-noise`. `auto` and `none` are typed as words; in Python they are `"auto"` and `None`.

## Of a run

`nd.Recipe(iterations=20)`, or `napari-deconvolve run --iterations 20`. The strength of a prior follows its name:
`--prior tv:0.01`.

{runs}
## Of a simulation

`nd.simulate(image, psf, photons=100)`, or `napari-deconvolve blur --photons 100`. On the command line `--gaussian`
sets `fwhm`.

{simulations}"""
COMMANDS = """# Command line

All commands and options, made from the program by `tools/make_reference.py`. `napari-deconvolve COMMAND --help` prints
the same. [Work on the command line](../how_to/command_line.md) shows examples.

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | `batch`: some files failed, each named with its reason; `verify`: other numbers; else a fault of this program |
| 2 | bad input: one line on stderr names the file or option, the value, and the remedy |
| 3 | out of memory |
| 130 | interrupted |

An output file is complete or absent: it is written under another name and renamed at the end. A file that a command
reads as image, PSF, start or truth is never written over; a result may be replaced by its own continuation. The
progress bar is drawn on stderr, and only on a terminal.

{commands}"""


def pages() -> dict[Path, str]:
    """Return the text of each page."""
    commands = "\n".join(_commands(typer.main.get_command(app), PROGRAM))
    return {
        FOLDER / "parameters.md": PARAMETERS.format(runs=table(nd.Recipe), simulations=table(nd.Simulation)),
        FOLDER / "command_line.md": COMMANDS.format(commands=commands),
    }


def _commands(command: Any, name: str) -> Iterator[str]:
    """Yield a section for each command, those within others too."""
    inner = getattr(command, "commands", {})
    if not inner:
        yield _section(command, name)
    for part, one in inner.items():
        yield from _commands(one, f"{name} {part}")


def _section(command: Any, name: str) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    usage = " ".join([name, *(one.metavar if one.required else f"[{one.metavar}]" for one in arguments)])
    needed = [f"{_names(one)} {one.metavar}" for one in options if one.required]
    rows = [f"| `{one.metavar}` | {_cell(one.help)} |" for one in arguments]
    rows += [f"| {_option(one)} | {_cell(one.help)}{_default(one)} |" for one in options]
    listed = ["| option | meaning |", "|---|---|", *rows, ""] if rows else []
    return "\n".join(
        [f"## {name.removeprefix(PROGRAM).strip()}", "", _text(command.help), "", "```text",
         " ".join([usage, *needed, *(["[OPTIONS]"] if options else [])]), "```", "", *listed]
    )  # fmt: skip


def _text(words: str | None) -> str:
    return " ".join((words or "").split()).replace("``", "`")


def _cell(words: str | None) -> str:
    return _text(words).replace("|", "\\|").replace("<", "&lt;")


def _names(option: Any) -> str:
    return min((*option.opts, *option.secondary_opts), key=len)


def _option(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    shown = (option.metavar or "").replace("|", "&#124;")  # which would end a cell
    return f"{names} <code>{shown}</code>" if shown and not option.is_flag else names


def _default(option: Any) -> str:
    """Return the default that the parser knows and the help shows."""
    shown = (
        option.show_default and option.default not in (None, False, "", ()) and "Default:" not in (option.help or "")
    )
    return f" Default: {option.default}." if shown else ""


if __name__ == "__main__":
    for page, made in pages().items():
        page.write_text(made, encoding="utf-8")
        print(page)
