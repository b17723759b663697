"""Files as people really have them, each with the right answer: what is made of it, and what is said to be assumed.

The files stand in tests/data/brought; what they hold is read here a second time, by NumPy or by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_core.data import Dataset
from rnn_core.errors import InputError, RnnError, Undecided, UsageError
from rnn_core.formats import models, sequences
from rnn_core.model import Params
from rnn_core.notices import Notice
from rnn_core.reading import ModelReading, Reading
from rnn_core.recorder import record
from tests.formats.making import npy
from tests.formats.making import npz as arrays

FILES = Path(__file__).parents[1] / "data" / "brought"
N = -1  # no target


def opened(name: str, **reading: Any) -> Dataset:
    return sequences.load(FILES / name, reading=Reading(**reading))


def raw(name: str) -> Any:
    return np.load(FILES / name)


def targets(dataset: Dataset) -> list[list[int]]:
    return [sequence.y.tolist() for sequence in dataset.sequences]


def assumed(dataset: Dataset) -> str:
    return "\n".join(str(notice) for notice in dataset.notices if not notice.plain)


def refusal(name: str, **reading: Any) -> str:
    with pytest.raises(RnnError) as caught:
        opened(name, **reading)
    return str(caught.value)


# -- tables ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["meter.txt", "meter.csv", "meter_de.csv", "meter_commas.csv", "meter_nodate.csv"])
def test_a_question_mark_is_a_missing_number_and_never_prose(name: str) -> None:
    column = 1 if "nodate" in name else 3
    assert refusal(f"tables/{name}").startswith(
        f'{name}, line 4, column {column}: "?" stands for a missing number (a feature cannot be missing: fill the gap'
    )


@pytest.mark.parametrize("name", ["meter.txt", "meter.csv", "meter_de.csv", "meter_commas.csv"])
def test_a_table_without_the_gap_is_read_whatever_it_is_called(name: str, tmp_path: Path) -> None:
    text = (FILES / "tables" / name).read_text()
    (tmp_path / name).write_text("".join(line for line in text.splitlines(True) if "?" not in line))
    dataset = sequences.load(tmp_path / name)
    assert dataset.features == ("Active_power", "Reactive_power", "Voltage", "Intensity", "Sub_1")
    assert dataset.sequences[0].x[0].tolist() == [4.216, 0.418, 234.84, 18.4, 0.0]
    assert len(dataset.sequences[0]) == 4
    assert "left out: Date, Time: their names (--features NAME,…)" in assumed(dataset)
    assert ("read as a table, not as a text" in assumed(dataset)) == name.endswith("txt")


def test_decimal_commas_are_read_and_said() -> None:
    dataset = opened("tables/decimal_comma.csv")
    assert dataset.sequences[0].x.tolist() == [[4.216, 0.418], [5.36, 0.436], [5.388, 0.502]]
    assert targets(dataset) == [[1, 1, 0]]
    assert "the comma separates the fraction of the numbers" in assumed(dataset)


# -- texts with labels, other targets --------------------------------------------------------------------------

LANGUAGES = {"Adeyemi": "Yoruba", "Kowalczyk": "Polish", "Nguyen": "Vietnamese", "Rossi": "Italian",
             "Matsuo": "Japanese"}  # fmt: skip


@pytest.mark.parametrize("name", ["names.tsv", "names.txt", "names.csv"])
def test_names_with_a_language_are_sequences_of_characters_with_a_label_at_the_end(name: str) -> None:
    dataset = opened(f"labels/{name}")
    listed = {s.name: dataset.classes[s.y[-1]] for s in dataset.sequences}
    assert listed == {key: LANGUAGES[key] for key in listed}
    assert len(listed) == (3 if name.endswith("csv") else 5)
    assert all("".join(s.tokens) == s.name for s in dataset.sequences)
    assert all((s.y[:-1] == N).all() for s in dataset.sequences)
    assert all((s.x.sum(axis=1) == 1).all() for s in dataset.sequences)
    assert dataset.classes[:2] == ("Yoruba", "Polish")
    assert "order of their first appearance (--classes-order" in assumed(dataset)


def test_the_order_of_text_labels_can_be_given() -> None:
    order = ("Italian", "Japanese", "Polish", "Vietnamese", "Yoruba")
    dataset = opened("labels/names.tsv", classes_order=order)
    assert dataset.classes == order
    assert [s.y[-1] for s in dataset.sequences] == [4, 2, 3, 0, 1]
    assert "first appearance" not in assumed(dataset)
    assert '"Japanese" is none of the classes' in refusal("labels/names.tsv", classes_order=("Yoruba", "Polish",
                                                          "Vietnamese", "Italian"))  # fmt: skip


def test_json_lines_are_a_sequence_a_line() -> None:
    reviews = opened("labels/reviews.jsonl")
    assert ["".join(s.tokens) for s in reviews.sequences] == ["good", "bad"]
    assert (targets(reviews), reviews.classes) == ([[N, N, N, 0], [N, N, 1]], ("pos", "neg"))
    seqs = opened("labels/seqs.jsonl")
    assert [s.x.tolist() for s in seqs.sequences] == [[[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.1]]]
    assert targets(seqs) == [[0, 1], [1]]


def test_json_lines_name_the_line_in_errors(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"inputs": [[1]]}\n{"inputs": [["x"]]}\n')
    with pytest.raises(InputError, match=r"s.jsonl, line 2, inputs\[0\]\[0\]: \"x\", a string, is not a number"):
        sequences.load(tmp_path / "s.jsonl")
    (tmp_path / "t.jsonl").write_text('{"inputs": [[1]]}\n{"inputs": [[1]\n')
    with pytest.raises(InputError, match=r"t.jsonl, line 2, column 16: not JSON"):
        sequences.load(tmp_path / "t.jsonl")


def test_one_hot_and_text_targets_of_json_are_read() -> None:
    assert targets(opened("labels/onehot_targets.json")) == [[0, 1]]
    assert "one-hot over 2 classes" in assumed(opened("labels/onehot_targets.json"))
    words = opened("labels/string_targets.json")
    assert (targets(words), words.classes) == ([[0, 1]], ("no", "yes"))
    names = opened("labels/names_onehot.json")
    assert {s.name: names.classes[s.y[-1]] for s in names.sequences} == LANGUAGES


# -- unequal lengths, targets of every kind --------------------------------------------------------------------


@pytest.mark.parametrize(("name", "array"), [("ragged.npz", "inputs"), ("ragged_xy.npz", "x")])
def test_object_arrays_are_refused_with_the_two_ways_that_work(name: str, array: str) -> None:
    said = refusal(f"ragged/{name}")
    assert said.startswith(f"{name}, {array}: an array of Python objects")
    assert "pad sequences to one (N,T,I) array and save lengths (N,), too, or write them as lists in JSON" in said


def test_a_dict_in_an_npy_is_refused_with_what_to_save() -> None:
    assert "np.savez('data.npz', inputs=…, targets=…)" in refusal("ragged/dict.npy")


@pytest.mark.parametrize("name", ["concat_lengths.npz", "cumlen.npz"])
def test_lengths_beside_one_long_array_cut_it(name: str) -> None:
    dataset, held = opened(f"ragged/{name}"), raw(f"ragged/{name}")
    assert [len(s) for s in dataset.sequences] == [4, 2, 3]
    assert np.array_equal(np.concatenate([s.x for s in dataset.sequences]), held["inputs"])
    assert np.concatenate([s.y for s in dataset.sequences]).tolist() == held["targets"].tolist()
    assert "is cut into 3 sequences" in assumed(dataset)


def test_names_for_training_are_taken_with_a_notice() -> None:
    dataset, held = opened("ragged/X_train.npz"), raw("ragged/X_train.npz")
    assert targets(dataset) == held["y_train"].tolist()
    assert "X_train is taken as inputs" in assumed(dataset)
    assert refusal("ragged/traintest.npz").startswith("traintest.npz: no array inputs or x; it holds train, valid")


@pytest.mark.parametrize("name", ["onehot_y.npz", "onehot_y_int.npz"])
def test_one_hot_targets_over_an_axis_are_the_place_of_the_one(name: str) -> None:
    dataset, held = opened(f"ragged/{name}"), raw(f"ragged/{name}")
    assert targets(dataset) == held["targets"].argmax(-1).tolist()
    assert "targets (3, 4, 2) is one-hot over 2 classes" in assumed(dataset)


def test_whole_numbers_saved_as_floats_are_classes_with_a_notice() -> None:
    dataset = opened("ragged/float_targets.npz")
    assert targets(dataset) == raw("ragged/float_targets.npz")["targets"].tolist()
    assert "taken as class indices, -1 as none: they are float64" in assumed(dataset)


NONE = [np.nan, np.nan]


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (np.ones((3, 2)), [0.0, 0.5, np.nan], [[[0.0], [0.5], [np.nan]]]),
        (np.ones((3, 2)), [[0.2, 0.8], [0.5, -0.5], [1.5, 2.0]], [[[0.2, 0.8], [0.5, -0.5], [1.5, 2.0]]]),
        (np.ones((2, 2, 1)), [[0.5, 1.0], [2.0, 3.0]], [[[0.5], [1.0]], [[2.0], [3.0]]]),
        (np.ones((2, 2, 1)), [0.5, 2.0], [[[np.nan], [0.5]], [[np.nan], [2.0]]]),
        (np.ones((2, 3, 1)), [[0.5, 2.0], [1.0, 1.0]], [[NONE, NONE, [0.5, 2.0]], [NONE, NONE, [1.0, 1.0]]]),
    ],
)
def test_targets_with_a_fraction_are_real_values_and_never_classes(x: Any, y: Any, expected: Any) -> None:
    data = arrays(x=x, y=np.array(y))
    dataset = sequences.load("r.npz", data=data)
    for sequence, rows in zip(dataset.sequences, expected, strict=True):
        assert np.array_equal(sequence.y, rows, equal_nan=True)
    assert "y are real values" in assumed(dataset)


def test_real_targets_are_read_from_tables_lists_and_files_of_their_own(tmp_path: Path) -> None:
    table = sequences.load("t.csv", data=b"u,target\n1,0.5\n2,\n3,2\n")
    listed = sequences.load("t.json", data=b'{"inputs": [[1], [2], [3]], "targets": [0.5, null, 2]}')
    np.save(tmp_path / "y.npy", np.array([0.5, np.nan, 2]))
    beside = sequences.load("x.npy", data=npy(np.ones((3, 1))), targets=tmp_path / "y.npy")
    for dataset in (table, listed, beside):
        assert np.array_equal(dataset.sequences[0].y, [[0.5], [np.nan], [2.0]], equal_nan=True)
        assert "2 targets of 1 real value" in str(dataset.notices[0])
        assert "are real values: such as 0.5" in assumed(dataset)
    several = sequences.load("t.csv", data=b"u,a,b\n1,0.5,2\n", reading=Reading(target_column=("a", "b")))
    assert several.sequences[0].y.tolist() == [[0.5, 2.0]]
    commas = sequences.load("t.csv", data=b"u;target\n1;0,5\n2;1,25\n")
    assert commas.sequences[0].y.tolist() == [[0.5], [1.25]]


def test_a_sign_for_a_class_is_refused_with_what_counts_the_classes() -> None:
    with pytest.raises(InputError, match="save y > 0, which counts the two classes 0 and 1") as caught:
        sequences.load("r.npz", data=arrays(x=np.ones((3, 2)), y=np.array([-1.0, 1.0, 1.0])))
    assert "astype" not in str(caught.value)


def test_text_labels_count_in_the_order_of_their_first_appearance() -> None:
    dataset, held = opened("ragged/str_labels.npz"), raw("ragged/str_labels.npz")
    assert dataset.classes == ("yes", "no")
    assert [[dataset.classes[y] for y in row] for row in targets(dataset)] == held["targets"].tolist()


def test_one_label_a_sequence_stands_at_its_last_timestep() -> None:
    assert targets(opened("ragged/one_label_per_seq.npz")) == [[N, N, N, 0], [N, 1], [N, N, 1]]


def test_rows_of_zeros_at_the_end_are_suspected_of_being_padding() -> None:
    assert "the rows of zeros that end 2 sequences are taken as data" in assumed(opened("ragged/padded_zero.npz"))
    assert "zeros" not in assumed(opened("ragged/padded.npz"))


# -- which axis is time ----------------------------------------------------------------------------------------


def test_three_axes_are_said_to_be_sequences_first_and_may_be_told_to_be_time_first() -> None:
    held = raw("axes/tn.npz")
    dataset = opened("axes/tn.npz")
    assert "6 sequences of 4 timesteps" in assumed(dataset)
    assert "--time-first" in assumed(dataset)
    turned = opened("axes/tn.npz", time_first=True)
    assert [s.x.tolist() for s in turned.sequences] == held["inputs"].swapaxes(0, 1).tolist()
    assert targets(turned) == held["targets"].T.tolist()
    assert not assumed(turned)
    straight = opened("axes/nt.npz", batch_first=True)
    assert [s.x.tolist() for s in straight.sequences] == [s.x.tolist() for s in turned.sequences]
    assert targets(straight) == targets(turned)
    assert not assumed(straight)


@pytest.mark.parametrize("name", ["nt_y_tn.npz", "tn_y_nt.npz"])
def test_targets_the_other_way_round_are_refused_and_both_ways_out_work(name: str, tmp_path: Path) -> None:
    said = refusal(f"axes/{name}")
    assert "it looks transposed: save targets.T, or give --time-first" in said
    held = raw(f"axes/{name}")
    np.savez(tmp_path / "t.npz", inputs=held["inputs"], targets=held["targets"].T)
    assert targets(sequences.load(tmp_path / "t.npz")) == held["targets"].T.tolist()
    turned = opened(f"axes/{name}", time_first=True)
    assert targets(turned) == held["targets"].tolist()
    assert [s.x.tolist() for s in turned.sequences] == held["inputs"].swapaxes(0, 1).tolist()


@pytest.mark.parametrize("name", ["square_right.npz", "square_slip.npz"])
def test_targets_as_many_as_they_are_long_are_suspicious(name: str) -> None:
    assert "N = T, so that a transposed array looks the same (save targets.T" in assumed(opened(f"axes/{name}"))


@pytest.mark.parametrize("name", ["windows.npy", "one.npy"])
def test_sequences_of_one_timestep_are_suspicious(name: str) -> None:
    held = raw(f"axes/{name}")
    assert "every sequence has one timestep" in assumed(opened(f"axes/{name}"))
    (whole,) = opened(f"axes/{name}", time_first=True).sequences
    assert np.array_equal(whole.x, held[:, 0])


def test_targets_in_one_row_are_cut_as_the_inputs_are() -> None:
    held = raw("axes/int_flat.npz")
    dataset = opened("axes/int_flat.npz")
    assert targets(dataset) == held["targets"].reshape(6, 4).tolist()
    assert "targets (24,) is cut into 6 rows of 4" in assumed(dataset)


def test_a_long_series_is_cut_into_windows() -> None:
    series = raw("axes/windows.npy")[:, 0]
    dataset = opened("axes/windows.npy", time_first=True, window=20, stride=10)
    assert [s.x.tolist() for s in dataset.sequences] == [series[i : i + 20].tolist() for i in range(0, 81, 10)]
    assert len(opened("axes/windows.npy", time_first=True, window=30).sequences) == 3
    assert "10 timesteps at the end left out" in assumed(opened("axes/windows.npy", time_first=True, window=30))
    with pytest.raises(UsageError, match=r"--window 101, and a sequence has 100 timesteps \(1 to 100\)"):
        opened("axes/windows.npy", time_first=True, window=101)
    with pytest.raises(UsageError, match=r"--stride is for --window"):
        opened("axes/windows.npy", stride=2)


# -- one label a sequence --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["labels.npz", "last.npz", "onehot.npz", "onehot_int.npz"])
def test_many_to_one_labels_stand_at_the_last_timestep(name: str) -> None:
    dataset = opened(f"last/{name}")
    assert [row[-1] for row in targets(dataset)] == [0, 3, 2, 0, 3]
    assert all(set(row[:-1]) == {N} for row in targets(dataset))


def test_labels_that_count_from_one_are_said() -> None:
    dataset = opened("last/labels_1to4.npz")
    assert [row[-1] for row in targets(dataset)] == [1, 4, 3, 1, 4]
    assert "they seem to count from 1 (save the targets less 1)" in assumed(dataset)


def test_one_label_a_sequence_comes_from_a_file_of_its_own() -> None:
    dataset = sequences.load(FILES / "last/x.npy", targets=FILES / "last/y.npy")
    assert [row[-1] for row in targets(dataset)] == [0, 3, 2, 0, 3]
    assert "one label a sequence, put at its last timestep" in assumed(dataset)


# -- token ids and words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["token_ids.json", "token_ids_same_length.json"])
def test_lists_of_whole_numbers_are_token_ids_of_equal_length_or_not(name: str) -> None:
    ids = json.loads((FILES / "tokens" / name).read_text())
    dataset = opened(f"tokens/{name}")
    assert dataset.inputs == 417
    assert [s.x.argmax(axis=1).tolist() for s in dataset.sequences] == ids
    assert all((s.x.sum(axis=1) == 1).all() for s in dataset.sequences)
    assert targets(dataset) == [[*row[1:], N] for row in ids]
    assert "token ids, one-hot over 417: the largest id is 416 (--vocabulary N has N" in assumed(dataset)


def test_a_vocabulary_is_as_large_as_it_is_said_to_be() -> None:
    dataset = opened("tokens/token_ids.json", vocabulary=8000)
    assert dataset.inputs == len(dataset.classes) == 8000
    assert "one-hot" not in assumed(dataset)
    said = refusal("tokens/token_ids.json", vocabulary=400)
    assert "token id 416, beyond --vocabulary 400" in said
    assert "--vocabulary 417 has room for it" in said


def test_ids_with_targets_keep_them() -> None:
    for name in ("token_inputs.json", "token_xy.json"):
        held = json.loads((FILES / "tokens" / name).read_text())
        x, y = (held[key] for key in held)
        dataset = opened(f"tokens/{name}")
        assert [s.x.argmax(axis=1).tolist() for s in dataset.sequences] == (x if isinstance(x[0], list) else [x])
        assert targets(dataset) == (y if isinstance(y[0], list) else [y])
    arrays = raw("ragged/int_tokens.npz")
    dataset = opened("ragged/int_tokens.npz")
    assert [s.x.argmax(axis=1).tolist() for s in dataset.sequences] == arrays["inputs"].tolist()
    assert targets(dataset) == arrays["targets"].tolist()


def test_ids_stand_in_each_sequence_and_share_one_vocabulary() -> None:
    data = b'{"sequences": [{"inputs": [3, 1], "targets": [0, 1]}, {"inputs": [7], "targets": [1]}]}'
    dataset = sequences.load("x.json", data=data)
    assert [s.x.argmax(axis=1).tolist() for s in dataset.sequences] == [[3, 1], [7]]
    assert dataset.inputs == 8


def test_one_hot_targets_beside_whole_features_are_not_taken_for_ids() -> None:
    dataset = sequences.load("x.json", data=b'{"inputs": [[1, 2], [3, 4]], "targets": [[1, 0], [0, 1]]}')
    assert dataset.sequences[0].x.tolist() == [[1, 2], [3, 4]]
    assert targets(dataset) == [[0, 1]]


def test_arrays_of_ids_may_be_time_first() -> None:
    held = raw("ragged/int_tokens.npz")
    assert "2 sequences of 4 tokens: inputs (2, 4) is taken as (N, T) (--time-first" in assumed(
        opened("ragged/int_tokens.npz")
    )
    turned = opened("ragged/int_tokens.npz", time_first=True)
    assert [s.x.argmax(axis=1).tolist() for s in turned.sequences] == held["inputs"].T.tolist()
    assert targets(turned) == held["targets"].T.tolist()


def test_words_are_one_hot_over_those_that_occur() -> None:
    dataset = opened("tokens/token_words.json")
    assert dataset.features == ("a", "cat", "dog", "ran", "sat", "the")
    assert [s.tokens for s in dataset.sequences] == [("the", "cat", "sat"), ("a", "dog", "ran")]
    assert targets(dataset) == [[1, 4, N], [2, 3, N]]
    tagged = opened("tokens/tagged.json")
    assert (tagged.sequences[0].tokens, tagged.classes, targets(tagged)) == (("the", "cat"), ("DET", "N"), [[0, 1]])
    bare = opened("tokens/tokens_only.json")
    assert ["".join(s.tokens) for s in bare.sequences] == ["Rossi", "Li"]
    assert targets(bare) == [[N, N, N, N, 1], [N, 0]]


# -- weights ---------------------------------------------------------------------------------------------------

LOSS = 10.935025527305166
"""Of weights/aliases_transposed.npz on weights/seq.json, as its makers have it."""


def model(name: str, **reading: Any) -> tuple[Params, str]:
    notices: list[Notice] = []
    params = models.load(FILES / "weights" / name, ModelReading(**reading), notices)
    return params, "\n".join(map(str, notices))


def loss(params: Params, data: str = "seq.json") -> float:
    (sequence,) = opened(f"weights/{data}").sequences
    return record(params, sequence).loss


def model_refusal(name: str, **reading: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        model(name, **reading)
    return caught.value


@pytest.mark.parametrize(
    "name", ["aliases_transposed", "aliases_untransposed", "keras", "keras_dense", "keras_full", "getweights"]
)
def test_one_network_has_one_loss_whoever_stored_its_matrices(name: str) -> None:
    params, said = model(f"{name}.npz")
    assert loss(params) == pytest.approx(LOSS, rel=1e-13)
    assert "the cell is h = tanh(a)" in said


def test_w_is_turned_where_u_and_v_are_and_that_is_said() -> None:
    params, said = model("aliases_untransposed.npz")
    held = raw("weights/aliases_untransposed.npz")
    assert np.array_equal(params.W, held["Wh"].T)
    assert "Wx, Wh, Wy are stored input-major and turned: the shapes of Wx (4, 3) and Wy (3, 2) fit only so" in said
    kept, _ = model("aliases_untransposed.npz", transposed="no")
    assert np.array_equal(kept.W, held["Wh"])
    assert kept.U.shape == (3, 4)


def test_w_goes_with_the_others_where_only_one_of_them_tells(tmp_path: Path) -> None:
    held = dict(raw("weights/aliases_untransposed.npz"))
    held["Wx"] = np.arange(9.0).reshape(3, 3)  # as square as Wh: only Wy tells
    np.savez(tmp_path / "w.npz", **held)
    params = models.load(tmp_path / "w.npz")
    assert np.array_equal(params.W, held["Wh"].T)
    assert np.array_equal(params.U, held["Wx"].T)


def test_a_half_turned_file_stands_as_its_shapes_say_and_can_be_told_otherwise() -> None:
    params, said = model("half.npz")
    assert np.array_equal(params.W, raw("weights/half.npz")["Wh"])
    assert "Wh stands output-major: Wx (3, 4) and Wy (2, 3) do (--transposed yes turns Wh)" in said
    assert loss(model("half.npz", transposed="yes")[0]) == pytest.approx(LOSS, rel=1e-13)


def test_square_matrices_under_names_that_say_nothing_are_asked_about() -> None:
    error = model_refusal("square_untransposed.npz")
    assert isinstance(error, Undecided)
    assert [option for option, _ in error.choices] == ["--transposed yes", "--transposed no"]
    held = raw("weights/square_untransposed.npz")
    turned, _ = model("square_untransposed.npz", transposed="yes")
    kept, _ = model("square_untransposed.npz", transposed="no")
    for ours, name in (("U", "Wx"), ("W", "Wh"), ("V", "Wy")):
        assert np.array_equal(getattr(turned, ours), held[name].T)
        assert np.array_equal(getattr(kept, ours), held[name])


@pytest.mark.parametrize(
    ("names", "turned"),
    [
        (("weight_ih_l0", "weight_hh_l0", "fc.weight"), False),
        (("Wxh", "Whh", "Why"), False),
        (("Wax", "Waa", "Wya"), False),
        (("kernel", "recurrent_kernel", "dense/kernel"), True),
        (("W_xh", "W_hh", "W_hq"), True),
        (("U", "W", "V"), False),
    ],
)
def test_square_matrices_stand_as_their_tool_has_them(names: Any, turned: bool, tmp_path: Path) -> None:
    matrices = [np.arange(9.0).reshape(3, 3) + i for i in range(3)]
    biases = {"b": np.zeros(3), "c": np.zeros(3)}
    np.savez(tmp_path / "w.npz", **dict(zip(names, matrices, strict=True)), **biases)
    params = models.load(tmp_path / "w.npz")
    for found, given in zip((params.U, params.W, params.V), matrices, strict=True):
        assert np.array_equal(found, given.T if turned else given)


def test_matrices_that_contradict_each_other_are_asked_about(tmp_path: Path) -> None:
    held = dict(raw("weights/aliases_transposed.npz"))
    np.savez(tmp_path / "w.npz", **{**held, "Wy": held["Wy"].T})
    with pytest.raises(Undecided, match="Wx and Wy are stored in different ways round"):
        models.load(tmp_path / "w.npz")
    assert loss(models.load(tmp_path / "w.npz", ModelReading(transposed="no"))) == pytest.approx(LOSS, rel=1e-13)


def test_names_of_courses_and_books_are_known() -> None:
    held = raw("weights/coursera.npz")
    params, _ = model("coursera.npz")
    assert np.array_equal(params.U, held["Wax"])
    assert np.array_equal(params.W, held["Waa"])
    assert np.array_equal(params.V, held["Wya"])
    held = raw("weights/d2l.npz")
    params, _ = model("d2l.npz")
    assert np.array_equal(params.U, held["W_xh"].T)
    assert np.array_equal(params.W, held["W_hh"].T)
    assert np.array_equal(params.V, held["W_hq"].T)


def test_one_matrix_for_inputs_and_hidden_units_is_taken_apart_in_the_order_given(tmp_path: Path) -> None:
    error = model_refusal("wa.npz")
    assert isinstance(error, Undecided)
    assert "Wa (16, 73) holds U (16, 57) and W (16, 16) side by side" in str(error)
    held = raw("weights/wa.npz")["Wa"]
    first, _ = model("wa.npz", concatenated="xh")
    assert np.array_equal(np.hstack([first.U, first.W]), held)
    last, _ = model("wa.npz", concatenated="hx")
    assert np.array_equal(np.hstack([last.W, last.U]), held)
    both = raw("weights/i2h.npz")["i2h.weight"]
    head = {"h2o.weight": np.ones((5, 16)), "h2o.bias": np.zeros(5), "i2h.bias": np.zeros(16)}
    np.savez(tmp_path / "i2h.npz", **{"i2h.weight": both}, **head)
    notices: list[Notice] = []
    params = models.load(tmp_path / "i2h.npz", notices=notices)
    assert np.array_equal(np.hstack([params.U, params.W]), both)
    assert any("taken apart into U, then W" in notice.what for notice in notices)


def test_outputs_from_inputs_and_hidden_units_together_are_refused() -> None:
    said = str(model_refusal("i2h.npz"))
    assert said.startswith("i2h.npz, i2o.weight: shape (5, 73): outputs from x[t] and h[t-1] together")


def test_arrays_under_other_names_are_told_ours_by_their_shapes(tmp_path: Path) -> None:
    said = str(model_refusal("as_named.npz"))
    assert "by their shapes wx is U, wh is W, w is V, b0 is b, b is c: save them so" in said
    held = raw("weights/as_named.npz")
    renamed = {"U": held["wx"], "W": held["wh"], "V": held["w"], "b": held["b0"], "c": held["b"]}
    np.savez(tmp_path / "w.npz", **renamed)
    assert loss(models.load(tmp_path / "w.npz")) == pytest.approx(LOSS, rel=1e-13)


@pytest.mark.parametrize("name", ["w.npy", "wh.npy", "wx.npy", "b.npy", "b0.npy"])
def test_one_array_is_no_model_and_all_of_them_in_one_file_are(name: str, tmp_path: Path) -> None:
    assert "save all of them in one file, by name: np.savez" in str(model_refusal(name))
    held = {ours: raw(f"weights/{file}.npy") for ours, file in zip("UWVbc", ("wx", "wh", "w", "b0", "b"), strict=True)}
    np.savez(tmp_path / "w.npz", **held)
    assert loss(models.load(tmp_path / "w.npz")) == pytest.approx(LOSS, rel=1e-13)


def test_weights_as_json_are_read() -> None:
    held = json.loads((FILES / "weights/params.json").read_text())
    params, _ = model("params.json")
    for ours, theirs in (("U", "Wxh"), ("W", "Whh"), ("V", "Why")):
        assert np.array_equal(getattr(params, ours), held[theirs])
    assert params.b.tolist() == [row[0] for row in held["bh"]]


def test_recurrentjs_is_read_with_its_embedding_multiplied_in_and_its_relu_said() -> None:
    held = json.loads((FILES / "weights/recurrentjs.json").read_text())["model"]

    def matrix(name: str) -> Any:
        n, d, w = (held[name][key] for key in "ndw")
        return np.array([[w[str(i * d + j)] for j in range(d)] for i in range(n)])

    params, said = model("recurrentjs.json")
    one_hot = np.eye(4)
    assert np.allclose(params.U @ one_hot[2], matrix("Wxh0") @ matrix("Wil")[2], rtol=1e-14)
    assert np.array_equal(params.W, matrix("Whh0"))
    assert np.array_equal(params.V, matrix("Whd"))
    assert "recurrentjs itself computes relu(a), so its numbers differ" in said


def test_weights_opened_as_a_sequence_are_sent_to_where_they_belong() -> None:
    for name in ("coursera.npz", "keras_full.npz", "aliases_transposed.npz", "params.json"):
        with pytest.raises(InputError, match="open them with --model, beside a sequence"):
            opened(f"weights/{name}")
