"""Many files by one recipe: each as `run` does it, bad ones named, what is done kept."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.cli.batch.names import IMAGES
from napari_deconvolve.io import read_image, write_image
from napari_deconvolve.job.meant import CHOSEN_AGAIN

MAIN = [sys.executable, "-c", "from napari_deconvolve.cli import main; main()"]
SPACING = (0.3, 0.1, 0.1)
PSF = nd.psf.gaussian((1.0, 0.35, 0.35), SPACING)
GOOD = [f"cell{number}" for number in range(17)]
BAD = {"damaged.tif": "not complete", "series.ome.tif": "would blur along axis 0", "empty <b>&.tif": "is empty"}


def stack(seed: int, shape=(9, 24, 24)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    for _ in range(5):
        truth[tuple(rng.integers(2, [length - 2 for length in shape]))] += rng.uniform(1e3, 4e4)
    return rng.poisson(nd.convolve(truth, PSF) + 20 + seed).astype(np.uint16)


def write(path: Path, seed: int, shape=(9, 24, 24)) -> None:
    write_image(path, stack(seed, shape), spacing=SPACING, units="um", axes="ZYX")


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A folder "in" with 17 good files and 3 bad ones, and a PSF beside it."""
    monkeypatch.chdir(tmp_path)
    os.mkdir("in")
    for seed, name in enumerate(GOOD):
        write(Path("in", f"{name}.ome.tif"), seed)
    data = Path("in/cell0.ome.tif").read_bytes()
    Path("in/damaged.tif").write_bytes(data[: len(data) // 3])
    write_image("in/series.ome.tif", np.ones((3, 24, 24)), axes="TYX")
    Path("in/empty <b>&.tif").touch()
    nd.psf.save(PSF, "psf.ome.tif")
    return tmp_path


@pytest.fixture
def few(tmp_path, monkeypatch) -> Path:
    """A folder "in" with three good files."""
    monkeypatch.chdir(tmp_path)
    os.mkdir("in")
    for seed in range(3):
        write(Path("in", f"cell{seed}.ome.tif"), seed)
    nd.psf.save(PSF, "psf.ome.tif")
    return tmp_path


def batch(capsys, *arguments: object) -> tuple[int, list[str]]:
    capsys.readouterr()
    code = cli.execute(["batch", *map(str, arguments)])
    return code, capsys.readouterr().err.splitlines()


def rows(path: str = "out/batch.csv") -> dict[str, dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return {Path(row["file"]).name: row for row in csv.DictReader(file)}


def bits(path: Path | str) -> bytes:
    return np.ascontiguousarray(read_image(path).data).tobytes()


QUICK = ("--psf", "psf.ome.tif", "-o", "out", "--iterations", 4)


def test_bad_files_do_not_stop_the_others(here, capsys):
    code, said = batch(capsys, "in", *QUICK, "--jobs", 2)
    assert code == 1
    assert len(said) == 21
    assert said[-1].startswith("out: 17 of 20 files done, 3 failed; see ")
    assert [line.split()[0] for line in said[:20]] == [str(number) for number in range(1, 21)]
    known = rows()
    assert len(known) == 20
    for name in GOOD:
        row = known[f"{name}.ome.tif"]
        assert (row["status"], row["reason"], row["iterations"], row["shape"]) == ("done", "", "4", "9 × 24 × 24")
        assert abs(float(row["background"]) - 20 - GOOD.index(name)) < 3
        made = read_image(row["output"]).made
        assert made is not None
        assert row["image"] == made.image
        assert (row["made"], row["time"]) == (str(made), made.time)
        assert nd.Recipe.from_json(row["recipe"]) == read_image(row["output"]).recipe
    for name, words in BAD.items():
        row = known[name]
        assert row["status"] == "failed"
        assert words in row["reason"]
        assert any(words in line and name in line for line in said)
    results = sorted(path.name for path in Path("out").glob("*.ome.tif"))
    assert results == sorted(f"{name}_decon.ome.tif" for name in GOOD)
    for name in GOOD[::8]:  # each as `run` does it
        arguments = ["run", f"in/{name}.ome.tif", "--psf", "psf.ome.tif", "-o", "alone.ome.tif", "--iterations", "4"]
        assert cli.execute(arguments) == 0
        assert bits("alone.ome.tif") == bits(f"out/{name}_decon.ome.tif")
        one, other = read_image("alone.ome.tif"), read_image(f"out/{name}_decon.ome.tif")
        assert (one.recipe, one.spacing, one.units, one.name) == (other.recipe, other.spacing, other.units, other.name)
        kept, alone = (
            {**read.metadata, "made": {**read.metadata["made"], "time": "", "threads": 0}} for read in (one, other)
        )
        assert kept == alone


def test_all_done_is_zero_and_settings_are_found_for_each(few, capsys):
    assert batch(capsys, "in", "--psf", "psf.ome.tif", "-o", "out")[0] == 0
    found = [read_image(f"out/cell{seed}_decon.ome.tif") for seed in range(3)]
    wanted = [nd.deconvolve(stack(seed), PSF) for seed in range(3)]
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one.data, other.estimate)
        assert one.recipe == other.recipe
    assert len({one.recipe.background for one in found}) == 3


def test_a_recipe_of_one_file_is_asked_again_of_the_others(few, capsys):
    assert cli.execute(["run", "in/cell0.ome.tif", "--psf", "psf.ome.tif", "-o", "one.ome.tif"]) == 0
    assert batch(capsys, "in", "--recipe", "one.ome.tif", "-o", "out")[0] == 0
    assert bits("out/cell0_decon.ome.tif") == bits("one.ome.tif")
    known = rows()
    assert CHOSEN_AGAIN not in known["cell0.ome.tif"]["warnings"]
    for seed in (1, 2):
        assert CHOSEN_AGAIN in known[f"cell{seed}.ome.tif"]["warnings"]
        wanted = nd.deconvolve(stack(seed), PSF)
        np.testing.assert_array_equal(read_image(f"out/cell{seed}_decon.ome.tif").data, wanted.estimate)
    assert batch(capsys, "in", "--recipe", "one.ome.tif", "-o", "forced", "--as-found")[0] == 0
    forced = rows("forced/batch.csv")
    assert len({row["background"] for row in forced.values()}) == 1


# ---- interrupted, and resumed


def begin(*arguments: object, **how: object) -> subprocess.Popen:
    return subprocess.Popen([*MAIN, "batch", *map(str, arguments)], stderr=subprocess.PIPE, text=True, **how)


def wait_for_rows(count: int) -> None:
    for _ in range(600):
        if Path("out/batch.csv").exists() and len(rows()) >= count:
            return
        time.sleep(0.1)
    raise AssertionError("no rows came")


@pytest.mark.parametrize("by", ["SIGINT", "SIGTERM", "SIGKILL"])
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_what_is_done_is_kept_and_left_out_when_it_is_resumed(few, capsys, by):
    for seed in range(3, 8):
        write(Path(f"in/cell{seed}.ome.tif"), seed, (16, 64, 64))
    how = ("in", "--psf", "psf.ome.tif", "-o", "out", "--iterations", 60, "--acceleration", "none", "--jobs", 2)
    running = begin(*how, start_new_session=True)
    wait_for_rows(3)
    os.kill(running.pid, getattr(signal, by))
    said = running.communicate(timeout=60)[1]
    if by != "SIGKILL":
        assert running.returncode == 130
        assert said.splitlines()[-1].startswith("Stopped; no output was left half-written.")
        assert "not run" in Path("out/batch.html").read_text(encoding="utf-8")
    before = rows()
    assert 3 <= len(before) < 8
    assert {row["status"] for row in before.values()} == {"done"}
    for _ in range(200):  # processes of a killed batch see its end by themselves
        if not list(Path("out").glob(".*.part")):
            break
        time.sleep(0.1)
    times = {name: os.stat(row["output"]).st_mtime_ns for name, row in before.items()}
    assert cli.execute(["batch", *map(str, how)]) == 2  # neither resumed nor begun again
    assert "--resume" in capsys.readouterr().err
    code, said = batch(capsys, *how, "--resume")
    assert code == 0, said
    after = rows()
    assert len(after) == 8
    for name, row in before.items():
        assert os.stat(row["output"]).st_mtime_ns == times[name]
        assert after[name] == row
    assert said[0].startswith(f"{len(before)} of 8 files are done already")
    assert len(said) == 1 + 8 - len(before) + 1
    assert not list(Path("out").glob(".*.part"))
    assert cli.execute(["batch", *map(str, how), "--restart"]) == 0
    for name, row in rows().items():
        assert {**row, "seconds": "", "time": ""} == {**after[name], "seconds": "", "time": ""}


def test_a_resumed_batch_has_the_same_files(few, capsys):
    assert batch(capsys, "in", *QUICK)[0] == 0
    whole = {path.name: bits(path) for path in Path("out").glob("*.ome.tif")}
    os.remove("out/cell1_decon.ome.tif")
    code, said = batch(capsys, "in", *QUICK, "--resume")
    assert code == 0
    assert said[0].startswith("2 of 3 files are done already")
    assert {path.name: bits(path) for path in Path("out").glob("*.ome.tif")} == whole


def test_what_has_changed_is_run_again(few, capsys):
    assert batch(capsys, "in", *QUICK)[0] == 0
    write(Path("in/cell1.ome.tif"), 50)
    assert batch(capsys, "in", *QUICK, "--resume")[1][0].startswith("2 of 3")
    assert batch(capsys, "in", *QUICK[:-1], 5, "--resume")[1][0].startswith("1 of 3")
    nd.psf.save(nd.psf.gaussian((1.2, 0.4, 0.4), SPACING), "psf.ome.tif")
    assert batch(capsys, "in", *QUICK[:-1], 5, "--resume")[1][0].startswith("1 of 3")
    assert batch(capsys, "in", *QUICK[:-1], 5, "--resume")[1] == [
        "3 of 3 files are done already, by this recipe and PSF.",
        "out: 3 of 3 files done; see out/batch.html and out/batch.csv.",
    ]


def test_failed_files_are_tried_again(few, capsys):
    Path("in/cell3.tif").touch()
    assert batch(capsys, "in", *QUICK)[0] == 1
    write(Path("in/cell3.tif"), 3)
    code, said = batch(capsys, "in", *QUICK, "--resume")
    assert code == 0
    assert said[0].startswith("3 of 4")


def test_a_process_that_dies_costs_its_file_alone(few, capsys, monkeypatch):
    from napari_deconvolve.cli.batch import crew

    dying = (
        "import sys, os; from napari_deconvolve.cli.batch import task, worker\n"
        "whole = task.set_up\n"
        "def set_up(request, *rest):\n"
        "    if 'cell1' in request.image: os._exit(9)\n"
        "    return whole(request, *rest)\n"
        "task.set_up = set_up; worker.serve(int(sys.argv[1]))"
    )
    monkeypatch.setattr(crew, "CODE", dying)
    assert batch(capsys, "in", *QUICK)[0] == 1
    known = rows()
    assert [row["status"] for row in known.values()] == ["done", "failed", "done"]
    assert "ended with code 9" in known["cell1.ome.tif"]["reason"]


# ---- files and names


def test_files_come_from_folders_patterns_and_lists(few, capsys):
    os.makedirs("in/more/deep")
    write(Path("in/more/deep/cell10.ome.tif"), 10)
    Path("in/more/notes.txt").write_text("nothing")
    Path("files.txt").write_text("# the second day\nin/cell2.ome.tif\n\nin/cell0.ome.tif\n", encoding="utf-8")
    assert batch(capsys, *QUICK, "--list", "files.txt")[0] == 0
    assert list(rows()) == ["cell2.ome.tif", "cell0.ome.tif"]
    assert batch(capsys, "in/**/*.tif", "in/cell0.ome.tif", *QUICK, "--restart")[0] == 0
    assert list(rows()) == ["cell0.ome.tif", "cell1.ome.tif", "cell2.ome.tif", "cell10.ome.tif"]


def test_results_beside_their_images_are_no_images_of_the_next_batch(few, capsys):
    os.rename("psf.ome.tif", "in/psf.ome.tif")
    how = ("in", "--psf", "in/psf.ome.tif", "-o", "in", "--iterations", 2)
    assert batch(capsys, *how)[0] == 0
    assert list(rows("in/batch.csv")) == [f"cell{seed}.ome.tif" for seed in range(3)]
    code, said = batch(capsys, *how, "--resume")
    assert code == 0
    assert said[0].startswith("3 of 3")


def test_equal_names_get_a_number(few, capsys):
    os.mkdir("other")
    write(Path("other/cell0.ome.tif"), 7)
    write(Path("other/Cell1.tif"), 8)
    assert batch(capsys, "in", "other", *QUICK)[0] == 0
    stems = ["cell0_decon", "cell1_decon", "cell2_decon", "cell0_decon-2", "Cell1_decon-2"]
    assert sorted(path.name for path in Path("out").glob("*.tif")) == sorted(f"{one}.ome.tif" for one in stems)
    how = ("in", "other", "--psf", "psf.ome.tif", "-o", "new", "--iterations", 2, "--name", "{number} {folder}.tif")
    assert batch(capsys, *how)[0] == 0
    names = ["1 in.tif", "2 in.tif", "3 in.tif", "4 other.tif", "5 other.tif"]
    assert sorted(path.name for path in Path("new").glob("*.tif")) == names


def test_spectra_become_tables(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    x = np.arange(200) * 0.1
    for number in range(2):
        line = 100 * np.exp(-((x - 8 - number) ** 2)) + 5
        np.savetxt(f"s{number}.csv", np.c_[x, line], delimiter=",", header="x (nm),counts", comments="")
    assert batch(capsys, "*.csv", "--gaussian", "1.0", "-o", "out", "--iterations", 5)[0] == 0
    assert Path("out/s0_decon.csv").exists()
    assert cli.execute(["run", "s1.csv", "--gaussian", "1.0", "-o", "alone.csv", "--iterations", "5"]) == 0
    alone, together = (Path(name).read_text().splitlines() for name in ("alone.csv", "out/s1_decon.csv"))
    assert alone[-1].startswith("# made: ")
    assert alone[:-1] == together[:-1]


def test_stores_are_written_too(few, capsys):
    pytest.importorskip("yaozarrs")
    how = (*QUICK, "--name", "{name}.ome.zarr")
    assert batch(capsys, "in", *how)[0] == 0
    assert cli.execute(["run", "in/cell1.ome.tif", *map(str, QUICK[:2]), "-o", "a.ome.tif", "--iterations", "4"]) == 0
    assert bits("out/cell1.ome.zarr") == bits("a.ome.tif")
    assert batch(capsys, "in", *how, "--restart")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no files to run"),
        (("nothing*.tif",), "pattern nothing*.tif holds no images"),
        (("other",), "folder other holds no images"),
        (("in", "--name", "{stem}.tif"), "{stem} in it is not known"),
        (("in", "--name", "../{name}.tif"), "it holds a folder"),
        (("in", "--name", "{name}.png"), ".png"),
        (("in", "--jobs", "0"), "The number of jobs is 0"),
        (("in", "--jobs", "999"), "as many as there are cores"),
        (("in", "--resume", "--restart"), "give one of them"),
        (("in", "--table", "t.txt"), "is to end in .csv"),
        (("in", "--report", "in/cell0.ome.tif"), "is to end in .html"),
        (("in", "--as-found"), "--as-found is for the numbers of --recipe"),
        (("in", "--psf", "in/nothing.tif"), "There is no file in/nothing.tif"),
    ],
)
def test_what_is_wrong_with_all_of_it_is_said_at_once(few, capsys, arguments, words):
    os.mkdir("other")
    psf = () if "--psf" in arguments else ("--psf", "psf.ome.tif")
    code, said = batch(capsys, *arguments, *psf, "-o", "out", "--iterations", 2)
    assert code == 2, said
    assert len(said) == 1
    assert words in said[0]
    assert not list(Path().glob("out/*.tif"))


def test_no_psf_is_refused(few, capsys):
    code, said = batch(capsys, "in", "-o", "out")
    assert (code, len(said)) == (2, 1)
    assert said[0].startswith("No PSF is given")


def test_neither_inputs_nor_foreign_files_are_overwritten(few, capsys):
    os.mkdir("out")
    Path("out/cell1_decon.ome.tif").write_text("mine")
    code, said = batch(capsys, "in", *QUICK)
    assert code == 2
    assert "is there already, and not by a batch" in said[0]
    before = Path("in/cell0.ome.tif").read_bytes()
    code, said = batch(capsys, "in", "--psf", "psf.ome.tif", "-o", "in", "--name", "{name}.ome.tif")
    assert code == 2
    assert "would be overwritten" in said[0]
    assert Path("in/cell0.ome.tif").read_bytes() == before
    assert Path("out/cell1_decon.ome.tif").read_text() == "mine"


def test_optics_of_each_file_make_its_psf(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    os.mkdir("in")
    for seed, aperture in enumerate((0.8, 1.2)):
        extra = {"optics": {"numerical_aperture": aperture, "emission_um": [0.52], "immersion_index": 1.33}}
        write_image(f"in/{seed}.ome.tif", stack(seed), spacing=SPACING, units="um", axes="ZYX", extra=extra)
    write(Path("in/2.ome.tif"), 2)
    code, _ = batch(capsys, "in", "--optics", "-o", "out", "--iterations", 2)
    known = rows()
    assert code == 1
    assert [known[f"{seed}.ome.tif"]["status"] for seed in range(3)] == ["done", "done", "failed"]
    assert "numerical aperture" in known["2.ome.tif"]["reason"]
    assert "NA 0.8" in known["0.ome.tif"]["notes"]
    assert "NA 1.2" in known["1.ome.tif"]["notes"]
    assert cli.execute(["run", "in/1.ome.tif", "--optics", "-o", "a.ome.tif", "--iterations", "2"]) == 0
    assert bits("a.ome.tif") == bits("out/1_decon.ome.tif")


# ---- from Python


def test_the_function_does_what_the_command_does(few, capsys):
    assert batch(capsys, "in", *QUICK)[0] == 0
    said: list[str] = []
    recipe = nd.Recipe(iterations=4)
    found = nd.batch("in", "python", "psf.ome.tif", recipe, tell=said.append)
    assert len(said) == 3
    assert [row.status for row in found.rows] == ["done"] * 3
    assert found.failed == ()
    assert Path(found.report).exists()
    for row in found.rows:
        assert bits(row.output) == bits(Path("out") / Path(row.output).name)
        assert row.shape == (9, 24, 24)
    given = nd.batch(["in/cell0.ome.tif"], "given", PSF, recipe)
    assert bits(given.rows[0].output) == bits("out/cell0_decon.ome.tif")
    with pytest.raises(nd.FileError, match="holds a batch already"):
        nd.batch("in", "python", "psf.ome.tif", recipe)
    assert len(nd.batch("in", "python", "psf.ome.tif", recipe, begin="resume", tell=said.append).rows) == 3
    assert said[-1].startswith("3 of 3")
    with pytest.raises(nd.ParameterError, match="has no 'colour'"):
        nd.batch("in", "x", "psf.ome.tif", colour="red")
    with pytest.raises(nd.ParameterError, match="give paths"):
        nd.batch("in", "x", [PSF])


def test_a_batch_whose_records_are_damaged_runs_these_again(few, capsys):
    assert batch(capsys, "in", *QUICK)[0] == 0
    record = next(Path("out/.batch").glob("cell1*"))
    record.write_text("{")
    record.with_name("cell2_decon.ome.tif.json").write_text(json.dumps({"file": 3}))
    code, said = batch(capsys, "in", *QUICK, "--resume")
    assert code == 0
    assert said[0].startswith("1 of 3")


def test_the_default_name_is_the_docks_too():
    assert IMAGES == "{name}_decon.ome.tif"
