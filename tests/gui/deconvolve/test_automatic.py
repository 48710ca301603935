"""The dock "Deconvolve": settings found from the image, priors, and going on from any estimate."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import SPACING, Dock, add_image, add_psf, cells, plain
from qtpy.QtCore import QPointF, Qt

import napari_deconvolve as nd
from napari_deconvolve._napari.docks.deconvolve.diagnostics import width_words
from napari_deconvolve._napari.docks.deconvolve.plots import FIT, SCORE, ScorePlot
from napari_deconvolve._napari.layers.source import contrast_of
from napari_deconvolve.tuning.results import Curve


def ours(layer):
    return layer.metadata["napari_deconvolve"]


def near(data, expected):
    np.testing.assert_allclose(data, expected, rtol=1e-4, atol=1e-3 * float(np.max(expected)))


@pytest.fixture
def large(viewer, qtbot, psf):
    """A dock whose search takes long enough to be interrupted."""
    add_image(viewer, cells((24, 80, 80)))
    add_psf(viewer, psf)
    return Dock(viewer, qtbot)


def test_auto_is_the_default_and_equals_the_library(dock, image, psf):
    assert dock["iterations"].text() == "Auto"
    time, _, memory = dock["cost"].text().partition(" · ")
    assert time.endswith(", plus time to find the best number")
    assert " of " in memory
    dock.click("run")
    dock.wait_for_end()
    expected = nd.deconvolve(image, psf)
    layer = dock.viewer.layers.selection.active
    assert layer.name == f"cells · RL {expected.iterations}"
    near(layer.data, expected.estimate)
    said = dock.state()
    assert said.startswith(f"Done: {expected.iterations} iterations, chosen from the data (")
    assert f"{expected.choices[0].gain:.3g} counts per photon" in said
    again = nd.deconvolve(image, psf, nd.Recipe.from_dict(ours(layer)["recipe"]))
    near(again.estimate, layer.data)
    assert ours(layer)["chosen"]["iterations"] == expected.iterations


def test_the_score_is_drawn_with_a_star_at_the_chosen_number(dock):
    dock.click("run")
    dock.wait(lambda: dock["score"].curves)
    dock.wait_for_end()
    choice = dock.session.choice
    assert dock["score"].star[0] == choice.iterations
    curves = dock["score"].curves
    chosen = next(curve for curve in curves if curve.sieve == choice.sieve)
    assert dock["score"].star[1] == min(chosen.scores)
    assert dock["convergence"].chosen == choice.iterations
    assert dock["plot"].currentText() == SCORE, "it says what was chosen, and how sure that is"
    assert not dock["score"].isHidden()
    assert dock["convergence"].isHidden()
    dock.choose("plot", FIT)
    assert dock["score"].isHidden()
    assert not dock["convergence"].isHidden()


def test_a_search_that_ends_before_the_window_looks_shows_its_scores(dock):
    dock.click("run")
    assert dock["plot"].currentText() == FIT, "there are no scores yet"
    end = time.monotonic() + 60
    while dock.session.result is None and time.monotonic() < end:
        time.sleep(0.02)  # the window is busy, and hears of nothing meanwhile
    dock.wait_for_end()
    assert dock["plot"].currentText() == SCORE
    assert not dock["score"].isHidden()


def test_search_says_what_it_does_and_can_be_paused_and_stopped(large):
    large.click("run")
    large.wait(lambda: "trying" in large.state())
    assert large.state().startswith("Looking for the best number: trying")
    assert not large["score"].isHidden() or not large["score"].curves
    assert large["stop"].text() == "Stop", "nothing can be kept yet"
    assert large["cost"].text() == "Esc stops; there is no result yet."
    large.click("pause")
    large.wait(lambda: large.state().startswith("Paused while looking"))
    large.qtbot.wait(300)
    stage = large.session.stage
    large.qtbot.wait(300)
    assert large.session.stage == stage
    large.click("stop")
    large.wait_for_end()
    assert "while looking for the best number" in large.state()
    assert "no result" in large.state()
    assert not any("RL" in layer.name for layer in large.viewer.layers)
    assert large["run"].isEnabled()


def test_a_search_is_seen_before_the_first_iteration(large):
    cells_layer = large.viewer.layers["cells"]
    large.click("run")
    large.wait(lambda: "cells · RL running" in large.viewer.layers)
    assert large.session.iteration == 0
    large.click("pause")
    large.wait(lambda: large.state().startswith("Paused while looking"))
    seen = large.viewer.layers["cells · RL running"]
    assert seen.data.shape == cells_layer.data.shape
    part = large.session.search.region
    assert not np.allclose(seen.data[part], np.maximum(cells_layer.data[part] - 100, 0), atol=1)
    large.wait(lambda: seen.visible)
    large.click("stop")
    large.wait_for_end()
    assert "cells · RL running" not in large.viewer.layers
    assert cells_layer.visible


def test_continue_goes_on_after_auto(dock, image, psf):
    dock.click("run")
    dock.wait_for_end()
    found = dock.session.choice.iterations
    recipe = nd.Recipe.from_dict(ours(dock.viewer.layers.selection.active)["recipe"])
    dock["continue_iterations"].setValue(3)
    dock.click("continue")
    dock.wait_for_end()
    layer = dock.viewer.layers.selection.active
    assert layer.name == f"cells · RL {found + 3}"
    near(layer.data, nd.deconvolve(image, psf, recipe.replace(iterations=found + 3)).estimate)
    assert f"{found} would be best" in dock.state()


def test_a_number_can_be_typed_and_auto_too(dock):
    box = dock["iterations"]
    box.selectAll()
    dock.qtbot.keyClicks(box, "17")
    dock.qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 17
    assert dock["stop_rule"].isHidden()
    box.selectAll()
    dock.qtbot.keyClicks(box, "Auto")
    dock.qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 0
    box.stepUp()
    assert box.value() == 30
    assert dock.widget.form.settings.recipe().iterations == 30


def test_rules_that_look_on_the_way_end_the_run(dock, image, psf):
    dock.choose("stop_rule", "change")
    assert dock["gain"].isHidden()
    dock.click("run")
    dock.wait_for_end()
    expected = nd.deconvolve(image, psf, nd.Recipe(stop="change"))
    layer = dock.viewer.layers.selection.active
    assert layer.name == f"cells · RL {expected.iterations}"
    near(layer.data, expected.estimate)
    assert "by the rule “change”" in dock.state()
    dock["continue_iterations"].setValue(2)
    dock.click("continue")
    dock.wait_for_end()
    assert layer.name == f"cells · RL {expected.iterations + 2}"


def test_consensus_of_halves_takes_no_prior(dock, image, psf):
    dock.choose("prior", "tv")
    dock.choose("method", "RL-GC")
    assert dock["prior"].isHidden()
    assert "no prior" in dock["method_info"].text()
    layer = dock.run(iterations=4)
    assert layer.name == "cells · RL-GC 4"
    near(layer.data, nd.deconvolve(image, psf, nd.Recipe(method="rl-gc", iterations=4)).estimate)


def test_prior_and_strength_of_slider_and_number(dock, image, psf):
    assert dock["strength"].isHidden() or not dock["strength"].isVisibleTo(dock.widget)
    dock.choose("prior", "tv")
    assert dock["strength"].isVisibleTo(dock.widget)
    dock["strength_slider"].setValue(-200)
    assert dock["strength"].value() == pytest.approx(0.01)
    dock["strength"].setValue(1e-6)
    assert dock["strength_slider"].value() == -600
    assert "1e-6" in dock["strength"].text()
    dock["strength"].setValue(0.02)
    layer = dock.run(iterations=5)
    assert layer.name == "cells · TV 5"
    recipe = nd.Recipe(iterations=5, prior="tv", strength=0.02)
    near(layer.data, nd.deconvolve(image, psf, recipe).estimate)
    assert dock.session.objectives[-1] > dock.session.deviances[-1]
    assert dock["convergence"].deviances == tuple(dock.session.objectives)


def test_target_resolution_in_the_images_unit(viewer, qtbot, image):
    add_image(viewer, image, scale=(300, 100, 100), units=("nm",) * 3)
    psf = nd.psf.gaussian((0.9, 0.3, 0.3), SPACING)
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock["target_fwhm"].setCurrentText("200")
    layer = dock.run(iterations=3)
    assert ours(layer)["recipe"]["target_fwhm"] == pytest.approx(0.2)
    expected = nd.deconvolve(image, psf, nd.Recipe(iterations=3, target_fwhm=0.2), spacing=SPACING)
    near(layer.data, expected.estimate)
    dock["target_fwhm"].setCurrentText("narrow")
    assert "write Auto" in dock["target_fwhm_info"].text()
    assert not dock["run"].isEnabled()
    dock["target_fwhm"].setCurrentText("1, 2")
    assert "3 axes" in dock["target_fwhm_info"].text()


def test_time_points_share_one_choice(viewer, qtbot):
    movie = np.stack([cells((32, 40), seed=seed) for seed in range(3)])
    add_image(viewer, movie, scale=(1, 0.1, 0.1), units=("s", "um", "um"))
    flat = nd.psf.gaussian((0.3, 0.3), (0.1, 0.1))
    add_psf(viewer, flat)
    dock = Dock(viewer, qtbot)
    dock.click("run")
    dock.wait_for_end()
    expected = nd.deconvolve(movie, flat)
    near(viewer.layers.selection.active.data, expected.estimate)
    assert dock.session.choice.iterations == expected.iterations


def test_auto_on_a_rectangle(viewer, qtbot, psf):
    given = add_image(viewer, cells((10, 64, 64), seed=3))
    add_psf(viewer, psf)
    corners = np.array([[20, 20], [20, 50], [50, 50], [50, 20]])
    viewer.add_shapes([corners], scale=given.scale[-2:], translate=given.translate[-2:], units=("um", "um"))
    dock = Dock(viewer, qtbot)
    dock.choose("image", "cells")
    dock.choose("region", "rectangle")
    dock.click("run")
    dock.wait_for_end()
    assert "chosen from the data" in dock.state()
    assert viewer.layers.selection.active.data.shape[1] < 40


def test_branch_from_a_kept_iterate(dock, image, psf):
    assert not dock["branch"].isEnabled()
    dock.run(iterations=6, keep_every=2)
    kept = dock.viewer.layers["cells · RL iterations"].data.copy()
    dock.viewer.dims.set_point(0, 4)
    assert dock["branch"].text() == "Branch from iteration 4"
    dock.choose("prior", "tv")
    dock["strength"].setValue(0.01)
    dock["keep_every"].setValue(0)
    dock["continue_iterations"].setValue(3)
    dock.click("branch")
    dock.wait_for_end()
    layer = dock.viewer.layers["cells · RL 4 + TV 3"]
    recipe = nd.Recipe(iterations=3, prior="tv", strength=0.01)
    near(layer.data, nd.deconvolve(image, psf, recipe, start=kept[1]).estimate)
    (step,) = ours(layer)["branched_from"]
    assert step["name"] == "RL 4"
    assert step["recipe"]["iterations"] == 4
    assert step["recipe"]["prior"] is None
    assert ours(layer)["recipe"]["prior"] == "tv"
    assert "cells · RL 6" in dock.viewer.layers


def test_paused_run_goes_on_with_another_prior(dock):
    dock["iterations"].setValue(5000)
    dock.click("run")
    dock.wait(lambda: dock.session.iteration >= 3)
    assert not dock["branch"].isEnabled()
    dock.click("pause")
    dock.qtbot.wait(300)
    first = dock.session
    assert "settings" not in dock.state()
    dock.choose("prior", "tikhonov")
    dock["strength"].setValue(0.1)
    dock.wait(lambda: "keeps the original settings; “Branch from” uses the settings above" in dock.state())
    dock["continue_iterations"].setValue(2)
    dock.click("branch")
    dock.wait(lambda: dock.session is not first)
    dock.wait_for_end()
    assert f"cells · RL {first.iteration}" in dock.viewer.layers
    assert f"cells · RL {first.iteration} + Tikhonov 2" in dock.viewer.layers


def test_branch_of_an_earlier_result_that_is_selected(dock, image, psf):
    first = dock.run(iterations=3)
    dock.run(iterations=2, acceleration="none")
    dock.viewer.layers.selection = {first}
    assert dock["branch"].text() == "Branch from iteration 3"
    dock["continue_iterations"].setValue(2)
    dock.click("branch")
    dock.wait_for_end()
    layer = dock.viewer.layers["cells · RL 3 + RL 2"]
    recipe = nd.Recipe(iterations=2, acceleration="none")
    near(layer.data, nd.deconvolve(image, psf, recipe, start=first.data).estimate)


def test_start_and_auto_are_doubted(dock):
    dock.run(iterations=2)
    dock["iterations"].setValue(0)
    dock.choose("start", "cells · RL 2")
    assert "Auto cannot see noise" in dock["start_info"].text()
    assert dock["run"].isEnabled()


def test_settings_are_taken_from_a_recipe(dock):
    recipe = nd.Recipe(iterations=12, prior="hessian", strength=0.5, background=3.0, acceleration=None, target_fwhm=0.2)
    dock.widget.take_settings(recipe)
    assert dock.widget.form.settings.recipe() == recipe
    dock.widget.take_settings(nd.Recipe())
    assert dock.widget.form.settings.recipe() == nd.Recipe()


def look(dock, button):
    dock.click(button)
    dock.wait(lambda: not dock["stop"].isEnabled())
    return dock.viewer.layers[-1]


def test_residual_is_a_layer_told_in_words(dock, image, psf):
    assert not dock["residual"].isEnabled()
    result = dock.run(iterations=20)
    layer = look(dock, "residual")
    assert layer.name == "cells · residual of RL 20"
    recipe = nd.Recipe.from_dict(ours(result)["recipe"])
    expected = nd.residual(image, psf, result.data, recipe)
    np.testing.assert_allclose(layer.data, expected.values, rtol=1e-3, atol=1e-3)
    assert layer.contrast_limits == [-4, 4]
    np.testing.assert_allclose(layer.scale, result.scale)
    np.testing.assert_allclose(layer.translate, result.translate)
    assert f"whiteness {expected.whiteness:.2g}" in dock.state()
    assert ours(layer)["look"] == "residual"


def test_trust_map_is_a_layer(dock, image, psf):
    result = dock.run(iterations=5)
    layer = look(dock, "trust")
    assert layer.name == "cells · uncertainty map of RL 5"
    recipe = nd.Recipe.from_dict(ours(result)["recipe"])
    known = nd.uncertainty_map(image, psf, recipe)
    near(layer.data, known.relative)
    for part in ("noise", "blur"):
        hidden = dock.viewer.layers[f"cells · uncertainty map of RL 5, {part}"]
        near(hidden.data, getattr(known, part) * known.relative / known.deviation)
        assert layer.visible
        assert not hidden.visible
    for word in ("imaged again", "blur", "does not hold"):
        assert word in dock.state()


def test_auto_decides_whether_a_prior_is_worth_it(dock, image, psf):
    dock.choose("prior", "auto")
    recipe = dock.widget.form.settings.recipe()
    assert recipe == nd.Recipe(prior="auto")
    layer = dock.run(iterations=0)
    expected = nd.deconvolve(image, psf, recipe)
    near(layer.data, expected.estimate)
    choice = dock.session.choice
    assert nd.Recipe.from_dict(ours(layer)["recipe"]).prior == choice.prior == expected.recipe.prior
    assert {curve.prior for curve in dock["score"].curves} == {None, "tv", "hessian"}
    legend = dock["score"].legend.text().replace("&nbsp;", " ")
    score = dock["score"]
    assert any(name.startswith("TV, strength") for name in score.names)
    assert score.names[score._chosen[0]] in legend, "many curves: the best one is named, and how many others there are"
    assert f"{len(score.names) - 1} other settings" in legend


def test_looks_on_a_rectangle_have_its_place(viewer, qtbot, psf):
    given = add_image(viewer, cells((10, 64, 64), seed=3))
    add_psf(viewer, psf)
    corners = np.array([[20, 20], [20, 50], [50, 50], [50, 20]])
    viewer.add_shapes([corners], scale=given.scale[-2:], translate=given.translate[-2:], units=("um", "um"))
    dock = Dock(viewer, qtbot)
    dock.choose("image", "cells")
    result = dock.run(region="rectangle", iterations=3)
    layer = look(dock, "residual")
    assert layer.data.shape == result.data.shape
    np.testing.assert_allclose(layer.translate, result.translate)


def test_look_can_be_stopped(large):
    large.run(iterations=60)
    names = [layer.name for layer in large.viewer.layers]
    large.click("trust")
    large.wait(lambda: "draw" in large.state())
    assert not large["run"].isEnabled()
    assert "A check is running" in large["run"].toolTip()
    large.click("stop")
    large.wait_for_end()
    assert "stopped; there is no result" in large.state()
    assert [layer.name for layer in large.viewer.layers] == names
    assert large["run"].isEnabled()


def test_a_width_that_the_image_does_not_tell_is_not_praised():
    check = nd.check_psf_width(np.full((32, 32), 7.0), nd.psf.gaussian(3.0, ndim=2))
    assert not check.told
    text, level = width_words(check)
    assert level == "info"
    assert "does not tell how wide" in text
    assert "inf" not in text


@pytest.mark.parametrize(
    ("best", "level", "words"),
    [
        (1.18, "info", "1.18 ± 0.12 of its width: that may be chance"),
        (0.97, "success", "(best: 0.97 ± 0.12 of its width)"),
    ],
)
def test_a_width_is_told_with_how_sure_it_is(best, level, words):
    check = nd.check_psf_width(np.full((32, 32), 7.0), nd.psf.gaussian(3.0, ndim=2))
    found = width_words(replace(check, best=best, uncertainty=0.12, told=True))
    assert found[1] == level
    assert words in found[0]
    assert width_words(replace(check, warning="too wide")) == ("too wide", "warning")


def test_width_of_the_psf_is_checked_and_a_better_one_offered(viewer, qtbot):
    truth = nd.psf.gaussian((0.9, 0.3, 0.3), SPACING)
    rng = np.random.default_rng(2)
    sample = np.zeros((16, 48, 48), np.float32)
    for _ in range(150):
        sample[tuple(rng.integers(2, length - 2) for length in sample.shape)] = rng.uniform(2e4, 1e5)
    add_image(viewer, rng.poisson(nd.convolve(sample, truth) + 20).astype(np.float32))
    add_psf(viewer, nd.psf.gaussian((1.2, 0.4, 0.4), SPACING))
    dock = Dock(viewer, qtbot)
    assert dock["use_width"].isHidden()
    dock.click("check_width")
    dock.wait(lambda: not dock["stop"].isEnabled())
    check = dock.widget._runs.diagnostics.check
    assert check.warning
    assert check.warning in dock.state()
    assert len(dock["widths"].points) >= 5
    assert dock["widths"].best == check.best < 0.9
    assert not dock["use_width"].isHidden()
    dock["use_width"].click()
    assert "as wide" in dock["psf"].currentText()
    narrower = nd.psf.gaussian((1.2, 0.4, 0.4), SPACING).fwhm[2] * check.best
    assert dock.widget.form.psf.value is viewer.layers[dock["psf"].currentText()]
    dock.wait(lambda: dock.widget._review.plan is not None)
    assert dock.widget._review.plan.psf.fwhm[2] == pytest.approx(narrower, rel=0.1)
    assert dock["use_width"].isHidden()


def test_the_contrast_of_a_preview_is_steady_and_the_users(large):
    large["iterations"].setValue(60)
    large.choose("acceleration", "none")
    large.click("run")
    large.wait(lambda: large.widget._runs.result_layer() is not None)
    layer, limits = large.widget._runs.result_layer(), []
    layer.events.contrast_limits.connect(lambda: limits.append(layer.contrast_limits[1]))
    large.wait(lambda: large.session.iteration > 20)
    changes = [max(one, other) / min(one, other) for one, other in pairwise(limits)]
    assert all(change > 1.4 for change in changes)
    layer.contrast_limits = (0, 123)
    large.wait_for_end()
    assert layer.contrast_limits == [0, 123]


def test_a_result_has_the_contrast_of_its_brightest_samples(large):
    layer = large.run(iterations=30)
    np.testing.assert_allclose(layer.contrast_limits, contrast_of(layer.data))


def test_a_legend_of_many_curves_names_the_best_alone(qtbot):
    plot = ScorePlot()
    qtbot.addWidget(plot)
    curves = [
        Curve(sieve=0.1 * index, iterations=(1, 2, 3), scores=(3.0, 2.0 - index / 100, 2.5)) for index in range(17)
    ]
    names = [f"sieve {index}" for index in range(17)]
    plot.show_curves(curves[:3], names[:3])
    assert plot.legend.text().count("sieve") == 3
    plot.show_curves(curves, names)
    assert "sieve&nbsp;16" in plot.legend.text()
    assert "16&nbsp;other&nbsp;settings" in plot.legend.text()
    assert plot.legend.text().count("sieve") == 1


def test_a_click_on_a_kept_point_shows_it_and_offers_to_branch(dock):
    dock["keep_every"].setValue(2)
    dock.run(iterations=9)
    fit = dock.widget.panel.curves.fit
    assert fit.kept.iterations == (2, 4, 6, 8)
    snapshots = dock.widget._runs.layers.snapshots.layer
    snapshots.visible = False
    place = fit._plot.getViewBox().mapViewToScene(QPointF(*fit.kept._places[1]))
    fit._plot.scene().sigMouseClicked.emit(SimpleNamespace(scenePos=lambda: place))
    assert snapshots.visible
    assert dock.viewer.dims.point[0] == 4
    assert dock["branch"].text() == "Branch from iteration 4"
    assert not dock["branch"].isHidden()


def test_a_small_part_is_tried_and_the_region_stays(viewer, qtbot, psf):
    add_image(viewer, cells((6, 200, 180)))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock["iterations"].setValue(2)
    dock["try_small"].click()
    dock.wait(lambda: dock["run"].isEnabled())
    made = viewer.layers.selection.active
    assert made.data.shape == (6, 128, 128)
    start = np.array(ours(made)["region"]["start"])
    whole = dock.widget._channels.runs[0].plan
    expected = plain(viewer.layers["cells"].data, psf, 2)[:, start[1] : start[1] + 128, start[2] : start[2] + 128]
    np.testing.assert_allclose(made.data, expected, rtol=0.02, atol=2)
    assert dock["region"].currentText() == "whole image"
    assert whole.crop.shape == (6, 200, 180), "Run is of the whole again"
