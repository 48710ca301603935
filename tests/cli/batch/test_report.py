"""The report of a batch: valid HTML that holds all it shows, whatever files are called."""

from __future__ import annotations

import base64
import csv
import re
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

import napari_deconvolve as nd
from napari_deconvolve.cli.batch.pictures import LONGEST, picture
from napari_deconvolve.cli.batch.report import headline, write_report
from napari_deconvolve.cli.batch.rows import COLUMNS, Row, write_table

EVIL = 'a<script>alert("1")</script>&amp;\'.tif'
VOID = {"meta", "img", "link", "br", "hr"}


class Checked(HTMLParser):
    """Holds what is in a page, and refuses what is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs), attrs
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read(path) -> Checked:
    page = Checked()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    assert page.open == []
    return page


@pytest.fixture
def rows(tmp_path) -> tuple[Row, ...]:
    made = np.random.default_rng(0).random((3, 30, 40))
    good = Row(
        file=EVIL,
        output=str(tmp_path / "out" / "b #1 <x>.ome.tif"),
        status="done",
        seconds=3.21,
        shape=(3, 30, 40),
        iterations=12,
        background=(20.5, 30.25),
        gain=2.5,
        flux_ratio=1.02,
        image="ab12",
        made="napari-deconvolve 1 & more on <CPU>",
        time="2026-01-02T03:04:05+00:00",
        warnings=("Light < 3 & more.",),
        notes=('said "so"',),
        pictures=(picture(made), picture(made**2)),
    )
    return good, Row(file="bad.tif", output="x.ome.tif", status="failed", reason="It is <empty>; save it.")


def test_it_is_valid_and_escaped(rows, tmp_path):
    path = tmp_path / "r.html"
    write_report(str(path), rows, 3, nd.Recipe(background=3), {"psf": ("<p>.tif",), "memory": None})
    text, page = path.read_text(encoding="utf-8"), read(path)
    assert text.startswith("<!DOCTYPE html>")
    assert "<script" not in text
    assert EVIL in page.text
    by = ("1 & more on <CPU>", "ab12")
    for words in ("Light < 3 & more.", 'said "so"', "It is <empty>; save it.", "12 iterations", "<p>.tif", *by):
        assert words in page.text
    assert "20.5 to 30.25" in page.text
    assert f"napari-deconvolve {nd.__version__}" in page.text
    assert page.text.count("1 of 3 files done, 1 failed, 1 not run") == 2  # title and heading
    html = next(attrs for tag, attrs in page.tags if tag == "html")
    assert html["lang"] == "en"


def test_it_holds_all_it_shows(rows, tmp_path):
    path = tmp_path / "r.html"
    write_report(str(path), rows, 2, nd.Recipe(), {})
    page = read(path)
    images = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(images) == 2
    for one in images:
        assert one["alt"]
        kind, data = one["src"].split(",", 1)
        assert kind == "data:image/png;base64"
        assert Image.open(BytesIO(base64.b64decode(data))).size == (40, 30)
    assert not any("src" in attrs and not attrs["src"].startswith("data:") for _, attrs in page.tags)
    assert not any(tag in ("link", "script", "iframe") for tag, _ in page.tags)
    assert "http" not in path.read_text(encoding="utf-8")
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert [unquote(one) for one in links] == ["out/b #1 <x>.ome.tif"]


def test_it_is_made_for_dark_and_light_windows(rows, tmp_path):
    write_report(str(tmp_path / "r.html"), rows, 2, nd.Recipe(), {})
    style = re.search(r"<style>(.*?)</style>", (tmp_path / "r.html").read_text(encoding="utf-8"), re.DOTALL)[1]
    assert "color-scheme: light dark" in style
    assert "prefers-color-scheme: dark" in style


def test_a_headline_counts(rows):
    assert headline(rows[:1], 1) == "1 of 1 file done"
    assert headline(rows, 2) == "1 of 2 files done, 1 failed"


def test_a_row_comes_back_from_plain_json(rows):
    import json

    for row in rows:
        back = Row.from_dict(json.loads(json.dumps(row.to_dict())))
        assert back.to_dict() == row.to_dict()
        assert back.sentence == row.sentence


def test_the_table_has_a_line_for_each(rows, tmp_path):
    write_table(rows, str(tmp_path / "t.csv"))
    with open(tmp_path / "t.csv", encoding="utf-8", newline="") as file:
        good, bad = csv.DictReader(file)
    assert tuple(good) == COLUMNS
    assert COLUMNS[-4:] == ("image", "recipe", "made", "time")  # as in a sweep's table
    assert "pictures" not in COLUMNS
    assert (good["file"], good["shape"], good["background"]) == (EVIL, "3 × 30 × 40", "20.5; 30.25")
    assert (bad["status"], bad["iterations"], bad["gain"]) == ("failed", "", "")


# ---- pictures


def grey(data) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(base64.b64decode(picture(data)))))


def test_a_picture_is_the_brightest_along_the_other_axes():
    stack = np.zeros((2, 5, 20, 30))
    stack[1, 4, 3, 7] = stack[0, 0, 15, 20] = 1.0
    shown = grey(stack)
    assert shown.shape == (20, 30)
    assert (shown[3, 7], shown[15, 20], np.count_nonzero(shown)) == (255, 255, 2)


def test_single_points_stay_in_a_small_picture():
    large = np.zeros((1000, 1500), np.uint16)
    large[501, 707] = 1000
    shown = grey(large)
    assert max(shown.shape) <= LONGEST
    assert np.count_nonzero(shown) == 1


@pytest.mark.parametrize(
    "data",
    [np.full((4, 4), np.nan), np.zeros((3, 3)), np.ones(5), np.full((2, 9, 9), -7.0), np.eye(3, dtype=bool), [1.0]],
)
def test_odd_data_have_a_picture(data):
    assert grey(np.asarray(data)).dtype == np.uint8


def test_a_spectrum_is_a_line():
    x = np.arange(1000.0)
    shown = grey(np.exp(-(((x - 500) / 60) ** 2)))
    top = shown.argmax(axis=0)
    assert top[0] == top[-1] == shown.shape[0] - 1
    assert top.min() == 0
    assert (shown == 255).any(axis=0).all()
