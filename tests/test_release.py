"""What a release takes: the readme as PyPI shows it, changelog, citation, conda recipe, and the files for the hub."""

from __future__ import annotations

import datetime
import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest

import napari_deconvolve as nd

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REPOSITORY = PROJECT["urls"]["Repository"]
TOOL = runpy.run_path(str(ROOT / "tools" / "release.py"))
REFUSED = TOOL["ReleaseError"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def names(requirements: list[str]) -> dict[str, str]:
    """Return each requirement's name, spelt in one way, with its bounds."""
    found = (re.fullmatch(r"([\w.-]+)\s*(.*)", one) for one in requirements)
    return {one[1].lower().replace("_", "-"): one[2].strip() for one in found if one is not None}


# ---- the files as they are


def test_the_readme_of_the_package_has_no_relative_link() -> None:
    pytest.importorskip("hatchling")
    absolute = runpy.run_path(str(ROOT / "tools" / "readme_hook.py"))["absolute"]
    text = absolute(read("README.md"), REPOSITORY)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    assert len(targets) == len(re.findall(r"\]\(([^)\s]+)\)", read("README.md")))
    assert not [target for target in targets if not target.startswith("https://")]
    assert f"{REPOSITORY}/raw/main/docs/pictures/front_cell.png" in targets


def test_the_changelog_keeps_its_form() -> None:
    text = read("CHANGELOG.md")
    assert text.startswith("# Changelog\n")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", one) for one in headings[1:])
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    for name in re.findall(r"^## \[(.*?)\]", text, re.MULTILINE):
        assert f"\n[{name}]: https://" in text


def test_the_citation_is_complete() -> None:
    """The keys that the schema of version 1.2.0 asks for, and those that belong to this program."""
    found = yaml.safe_load(read("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= set(found)
    assert found["cff-version"] == "1.2.0"
    assert found["type"] == "software"
    assert (found["version"], found["license"]) == (nd.__version__, PROJECT["license"])
    assert found["repository-code"] == REPOSITORY
    assert datetime.date.fromisoformat(found["date-released"])
    assert all({"name"} == set(one) or "family-names" in one for one in found["authors"])
    for one in found["references"]:
        assert {"type", "title", "authors", "year"} <= set(one)


def test_the_conda_recipe_asks_for_what_the_package_asks_for() -> None:
    recipe = yaml.safe_load(read("packaging/conda/recipe.yaml"))
    run = names(recipe["requirements"]["run"])
    assert run.pop("python") == ">=${{ python_min }}"
    assert recipe["context"]["python_min"] == PROJECT["requires-python"].removeprefix(">=")
    assert run == names(PROJECT["dependencies"])
    build = tomllib.loads(read("pyproject.toml"))["build-system"]["requires"]
    assert names(build).items() <= names(recipe["requirements"]["host"]).items()
    scripts = [f"{name} = {place}" for name, place in PROJECT["scripts"].items()]
    assert recipe["build"]["python"]["entry_points"] == scripts
    assert recipe["context"]["version"] == nd.__version__
    assert recipe["about"]["license"] == PROJECT["license"]
    assert recipe["about"]["summary"] == PROJECT["description"]


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.stem
)
def test_issue_templates_can_be_shown(path: Path) -> None:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    if path.stem == "config":
        assert all({"name", "url", "about"} == set(one) for one in found["contact_links"])
        return
    assert {"name", "description", "body"} <= set(found)
    fields = [one for one in found["body"] if one["type"] != "markdown"]
    assert all(one["type"] in {"textarea", "input", "dropdown", "checkboxes"} for one in fields)
    assert len({one["id"] for one in fields}) == len(fields)
    assert all(one["attributes"]["label"] for one in fields)


def test_the_hub_has_a_short_summary_and_a_description() -> None:
    found = yaml.safe_load(read(".napari-hub/config.yml"))
    assert len(found["summary"]) <= 200
    assert found["authors"][0]["name"] == PROJECT["authors"][0]["name"]
    assert read(".napari-hub/DESCRIPTION.md").startswith("# napari-deconvolve\n")


# ---- the next release


def test_a_release_dates_the_changes_and_begins_a_new_list_above_them() -> None:
    before = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- one\n\n## [0.1.0] - 2026-01-01\n\n- old\n\n"
    before += "[Unreleased]: https://x\n[0.1.0]: https://y\n"
    after = TOOL["dated"](before, "0.2.0", "2026-02-03")
    assert "## [Unreleased]\n\n## [0.2.0] - 2026-02-03\n\n### Added\n\n- one\n" in after
    assert f"[Unreleased]: {REPOSITORY}/compare/v0.2.0...main\n[0.2.0]: {REPOSITORY}/releases/tag/v0.2.0\n" in after
    assert after.endswith("[0.1.0]: https://y\n")
    with pytest.raises(REFUSED, match="no change"):
        TOOL["dated"](after, "0.3.0", "2026-02-04")
    with pytest.raises(REFUSED, match="already"):
        TOOL["dated"](after, "0.2.0", "2026-02-04")
    with pytest.raises(REFUSED, match="no heading"):
        TOOL["dated"]("# Changelog\n", "0.2.0", "2026-02-04")


def test_a_release_changes_version_citation_and_recipe_as_they_are_written_here() -> None:
    version = TOOL["with_version"](read("src/napari_deconvolve/_version.py"), "9.8.7")
    scope: dict[str, str] = {}
    exec(version, scope)
    assert scope["__version__"] == "9.8.7"
    cited = yaml.safe_load(TOOL["cited"](read("CITATION.cff"), "9.8.7", "2030-01-02"))
    assert (cited["version"], cited["date-released"], cited["cff-version"]) == ("9.8.7", "2030-01-02", "1.2.0")
    recipe = yaml.safe_load(TOOL["packed"](read("packaging/conda/recipe.yaml"), "9.8.7", "ab" * 32))
    assert (recipe["context"]["version"], recipe["source"]["sha256"]) == ("9.8.7", "ab" * 32)
    assert TOOL["dated"](read("CHANGELOG.md"), "9.8.7", "2030-01-02").count("## [") >= 2
    with pytest.raises(REFUSED, match="no version"):
        TOOL["with_version"]("nothing", "9.8.7")


def test_what_is_no_version_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert TOOL["main"](["1.x"]) == 1
    assert "is not a version" in capsys.readouterr().err
