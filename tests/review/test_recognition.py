"""What a review recognises: which array is which of ours, however little its place, its shape or one timestep tells."""

from __future__ import annotations

import pytest

from rnn_core.review import review
from tests.review import corpus


@pytest.fixture
def reviewed(tmp_path):
    def run(style, *changes):
        text = corpus.style(style)[0].text
        for old, new in changes:
            assert text.count(old) == 1
            text = text.replace(old, new)
        path = tmp_path / "my_rnn.py"
        path.write_text(text, encoding="utf-8")
        return review(path)

    return run


def test_parameters_of_one_shape_that_pass_through_one_function_are_told_apart(reviewed):
    report = reviewed("helpers")
    assert report.identified["I"] == report.identified["H"] == report.identified["O"]
    names = {"U": "params['wx']", "W": "params['wh']", "V": "params['wy']", "b": "params['bh']", "c": "params['by']"}
    assert names.items() <= report.identified["names"].items()
    assert report.verdict == "right"


def test_a_timestep_whose_input_is_zero_does_not_say_which_matrix_is_u(reviewed):
    report = reviewed("trask")
    assert report.identified["names"]["U"] == "synapse_0"
    assert report.verdict == "right"


def test_code_without_a_single_array_product_is_read_by_what_its_loops_make_together(reviewed):
    report = reviewed("scalarloops")
    names = report.identified["names"]
    assert [names[ours].partition("[")[0] for ours in ("U", "W", "V", "b", "c")] == ["wi", "wh", "wo", "bh", "bo"]
    assert report.verdict == "right"


def test_members_of_a_batch_that_the_loss_leaves_out_have_no_target(reviewed):
    mask = "mask = (np.arange(5) < np.array([[5], [3], [4]])).astype(float)"
    report = reviewed("cs231n", ("mask = np.ones(captions_out.shape)", mask))
    assert report.verdict == "right"


@pytest.mark.parametrize("style", ["functional", "binary"])
def test_where_the_loss_shows_several_classes_the_data_say_which_is_asked_for(reviewed, style):
    assert reviewed(style).verdict == "right"
