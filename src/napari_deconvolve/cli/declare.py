"""Options of a command: declared once, as fields of the frozen value that the command receives.

``add(app, "run", run)`` reads the fields of the request that ``run(request: RunRequest)`` takes, and makes the command
with its arguments and options. `options_of` stands for options that are made from the parameters of a recipe.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.printing import printing
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.fields import Parameter, parameters
from napari_deconvolve.recipe.kinds import Flag

Request = TypeVar("Request")
Reader = Callable[[str, str], Any]  # of an option's name and its text


@dataclass(frozen=True, slots=True)
class Option:
    """An argument or an option of a command."""

    names: tuple[str, ...]  # with their dashes; none for an argument
    metavar: str
    help: str
    kind: Any = str | None  # type of what the parser of the command line returns
    read: Reader | None = None  # makes a value of the text; without it the text is the value
    show_default: bool = True  # whether the help shows the default that the parser knows

    @property
    def called(self) -> str:
        """The first long name, for sentences."""
        return next((name for name in self.names if name.startswith("--")), self.metavar)

    def annotation(self) -> Any:
        """Return the type with all that typer needs to know."""
        if not self.names:
            return Annotated[self.kind, typer.Argument(metavar=self.metavar, help=self.help)]
        made = typer.Option(*self.names, metavar=self.metavar or None, help=self.help, show_default=self.show_default)
        return Annotated[self.kind, made]

    def value(self, given: Any) -> Any:
        """Return the value that a text stands for."""
        if isinstance(given, str) and self.read is not None:
            return self.read(self.called, given)
        return tuple(given or ()) if self.kind == (list[str] | None) else given


@dataclass(frozen=True, slots=True)
class ParameterOptions:
    """Options that are made from the parameters of a frozen value such as a recipe."""

    owner: Any
    only: tuple[str, ...] = ()  # parameters that have an option here; empty for all
    without: tuple[str, ...] = ()  # those that have none
    defaults: Mapping[str, str] = field(default_factory=dict)  # texts that count where an option is not given
    said: Mapping[str, str] = field(default_factory=dict)  # what the help says of a default that is neither

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters that have an option here."""
        for name, one in parameters(self.owner).items():
            if one.metavar and name not in self.without and (not self.only or name in self.only):
                yield one

    def option(self, one: Parameter) -> Option:
        """Return a parameter's option."""
        name = option_name(one.name)
        default = self.said.get(one.name, self.defaults.get(one.name, one.default_text))
        if isinstance(one.kind, Flag):
            return Option((f"{name}/--no-{name[2:]}",), "", help_of(one, default), bool | None, show_default=False)
        return Option((name,), one.metavar, help_of(one, default), show_default=False)

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of all options that were given, by the names of their parameters."""
        found: dict[str, Any] = {}
        for one in self.parameters():
            value = given[one.name]
            if value is not None:
                with named(option_name(one.name)):
                    found |= _changes(self.owner, one, value)
        return found


def _changes(owner: Any, one: Parameter, value: str | bool) -> dict[str, Any]:
    """Return a parameter's value, and that of the parameter that it is joined with: "tv:0.01" has a strength."""
    if isinstance(value, bool):
        return {one.name: value}
    if not one.joined:
        return {one.name: one.check(_parsed(one, value))}
    name, colon, text = value.partition(":")
    chosen, other = one.check(name.strip().lower()), parameters(owner)[one.joined]
    if chosen is None:
        return {one.name: None}
    if colon and not text.strip():
        form = f"NAME:{one.joined.upper()} with {other.kind.range}"
        raise ParameterError(f"The {one.noun or one.name} is {value!r}; write {form}, or NAME alone.")
    return {one.name: chosen, other.name: other.check(other.parse(text)) if colon else other.default}


def option_name(name: str) -> str:
    """Return the option of a parameter."""
    return f"--{name.replace('_', '-')}"


def _parsed(one: Parameter, text: str) -> object:
    """Return the value that a text means, or the samples of the file that it names."""
    value = one.parse(text)
    if not (one.kind.takes_file and isinstance(value, str) and value not in one.words and Path(value).is_file()):
        return value
    from napari_deconvolve.io import read_image

    return read_image(value, notes=True).data


def help_of(one: Parameter, default: str) -> str:
    """Return the help of a parameter with its choices, its unit and its default."""
    choices = f" One of {', '.join(one.choices)}." if one.choices else ""
    unit = f" Unit: {one.unit}." if one.unit else ""
    return f"{one.help}{choices}{unit} Default: {default}."


# ---- fields of a request


def argument(metavar: str, text: str, **more: Any) -> Any:
    """Declare an argument; it has to be given unless `default` is."""
    kind = str if "default" not in more else str | None
    return field(metadata={"option": Option((), metavar, text, kind)}, **more)


def option(*names: str, metavar: str = "", help: str, read: Reader | None = None, default: Any = None) -> Any:
    """Declare an option with a value; where `default` is a text, it is read like any other."""
    return field(default=default, metadata={"option": Option(names, metavar, help, read=read)})


def needed(*names: str, metavar: str, help: str) -> Any:
    """Declare an option that has to be given."""
    return field(metadata={"option": Option(names, metavar, help, str)})


def several(*names: str, metavar: str, help: str) -> Any:
    """Declare an option that may be given several times."""
    return field(default=(), metadata={"option": Option(names, metavar, help, list[str] | None)})


def flag(*names: str, help: str) -> Any:
    """Declare an option without a value."""
    return field(default=False, metadata={"option": Option(names, "", help, bool)})


def several_arguments(metavar: str, text: str) -> Any:
    """Declare an argument that may be given several times, or not at all."""
    return field(default=(), metadata={"option": Option((), metavar, text, list[str] | None)})


def shared_with(request: Any, *only: str) -> Any:
    """Declare the options that stand for some fields of another request; the value holds theirs, by name."""
    return field(metadata={"shared": tuple(one for one in fields(request) if one.name in only)})


def options_of(owner: Any, **more: Any) -> Any:
    """Declare options for the parameters of a value; for the keywords see `ParameterOptions`."""
    return field(default_factory=dict, metadata={"parameters": ParameterOptions(owner, **more)})


# ---- the command


def add(app: typer.Typer, name: str, do: Callable[[Request], None]) -> None:
    """Add a command that makes a request of its options and hands it to a function, whose docstring is its help."""
    (kind,) = (hint for part, hint in get_type_hints(do).items() if part != "return")

    def command(**given: Any) -> None:
        with printing():
            do(_request(kind, given))

    command.__doc__ = do.__doc__
    command.__signature__ = inspect.Signature(list(_signature(fields(kind))))  # type: ignore[attr-defined]
    app.command(name)(command)


def _request(kind: Callable[..., Request], given: Mapping[str, Any]) -> Request:
    return kind(**_values(fields(kind), given))  # type: ignore[arg-type]


def _values(declared: Iterable[Field[Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for one in declared:
        if "shared" in one.metadata:
            values[one.name] = _values(one.metadata["shared"], given)
            continue
        many = one.metadata.get("parameters")
        values[one.name] = one.metadata["option"].value(given[one.name]) if many is None else many.read(given)
    return values


def _signature(declared: Iterable[Field[Any]]) -> Iterator[inspect.Parameter]:
    for one in declared:
        if "shared" in one.metadata:
            yield from _signature(one.metadata["shared"])
            continue
        if "parameters" not in one.metadata:
            default = inspect.Parameter.empty if one.default is MISSING else one.default
            yield _parameter(one.name, one.metadata["option"], None if default == () else default)
            continue
        made: ParameterOptions = one.metadata["parameters"]
        for each in made.parameters():
            yield _parameter(each.name, made.option(each), made.defaults.get(each.name))


def _parameter(name: str, made: Option, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=made.annotation())
