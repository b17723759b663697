"""Tables of every kind: what separates their fields and fractions, which column is what, and what is said of it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_core.data import NO_TARGET, Dataset
from rnn_core.errors import InputError, RnnError, Undecided, UsageError
from rnn_core.formats import sequences
from rnn_core.reading import Reading
from tests.formats.making import npz

X = [[0.5, 1.25], [-3.0, 4.0], [5.0, 6.0]]


def table(text: str, name: str = "t.csv", **reading: Any) -> Dataset:
    return sequences.load(name, data=text.encode(), reading=Reading(**reading))


def refusal(text: str, name: str = "t.csv", **reading: Any) -> str:
    with pytest.raises(RnnError) as caught:
        table(text, name, **reading)
    return str(caught.value)


def assumed(dataset: Dataset) -> str:
    return "\n".join(str(notice) for notice in dataset.notices if not notice.plain)


def x(dataset: Dataset) -> list[list[float]]:
    return dataset.sequences[0].x.tolist()


def y(dataset: Dataset) -> list[int]:
    return dataset.sequences[0].y.tolist()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("head", ["u{}v\n", ""], ids=["header", "no header"])
def test_the_delimiter_is_told_by_content(separator: str, head: str) -> None:
    text = head.replace("{}", separator) + "".join(f"{a}{separator}{b}\n" for a, b in X)
    for name in ("t.csv", "t.txt", "t.tsv", "t"):
        assert x(table(text, name)) == X


def test_what_numpy_writes_as_text_is_a_table_separated_by_spaces() -> None:
    stream = io.StringIO()
    np.savetxt(stream, np.array(X))
    dataset = table(stream.getvalue(), "t.txt")
    assert x(dataset) == X
    assert "read as a table, not as a text: each line has 2 fields, separated by spaces (--read-as text)" in assumed(
        dataset
    )


def test_the_header_that_numpy_writes_as_a_comment_is_left_out_and_said() -> None:
    for delimiter in (" ", ",", ";"):
        stream = io.StringIO()
        np.savetxt(stream, np.array(X), delimiter=delimiter, header="u v\nsecond line")
        dataset = table(stream.getvalue(), "t.txt")
        assert x(dataset) == X
        assert "the lines that begin with # are left out" in assumed(dataset)
    assert table("#,u\n1,5\n", "t.csv").features == ("#", "u")


def test_prose_stays_prose_and_a_person_has_the_last_word() -> None:
    prose = "One, two, three.\nFour; five; six.\n"
    assert table(prose, "t.txt").sequences[0].tokens[:3] == ("O", "n", "e")
    assert table("1,2\n3,4\n", "t.txt", read_as="text").sequences[0].tokens == tuple("1,2\n3,")
    assert x(table("1,2\n3,4\n", "t.csv", read_as="table")) == [[1, 2], [3, 4]]
    assert table("0110\n1001\n", "t.txt").classes == ("\n", "0", "1")


def test_an_unknown_suffix_and_standard_input_are_told_by_content_too() -> None:
    assert x(sequences.load("-", data=b"a;b\n1;2\n3;4\n")) == [[1, 2], [3, 4]]
    assert sequences.load("-", data=b"Rossi\tItalian\nSato\tJapanese\n").classes == ("Italian", "Japanese")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a;b\n1,5;2\n", [1.5, 2]),
        ("a;b\n1.234,5;2,25\n", [1234.5, 2.25]),
        ("a;b\n1.234,5;1.234\n", [1234.5, 1234]),
        ('a,b\n"1,234.5","2"\n', [1234.5, 2]),
        ('a,b\n"1,234,567",2.5\n', [1234567, 2.5]),
        ('a,b\n"1,5",2\n', [1.5, 2]),
        ("a;b\n-0,5;+1,5e-3\n", [-0.5, 0.0015]),
        ("a\tb\n1,25\t,5\n", [1.25, 0.5]),
    ],
)
def test_the_comma_in_a_number_means_what_it_must(text: str, numbers: list[float]) -> None:
    dataset = table(text)
    assert x(dataset) == [numbers]
    assert "the comma " in assumed(dataset)


def test_a_comma_that_may_mean_either_is_asked_about_and_both_answers_work() -> None:
    with pytest.raises(Undecided) as caught:
        table("a;b\n1,234;2\n")
    assert [option for option, _ in caught.value.choices] == ["--decimal comma", "--decimal point"]
    assert x(table("a;b\n1,234;2\n", decimal="comma")) == [[1.234, 2]]
    assert x(table("a;b\n1,234;2\n", decimal="point")) == [[1234, 2]]


@pytest.mark.parametrize(
    "name", ["targets", "label", "y", "class", "output", "y_true", "category", "target_class", "Class", "Y"]
)
def test_a_column_that_may_hold_the_targets_is_taken_so_with_a_notice_and_never_as_a_feature(name: str) -> None:
    dataset = table(f"u,{name}\n1.5,0\n2,1\n3,\n")
    assert (dataset.features, y(dataset)) == (("u",), [0, 1, NO_TARGET])
    assert f"the column {name} holds the targets: its name (--target-column none makes it a feature)" in assumed(
        dataset
    )
    other = table(f"u,{name}\n1.5,0\n2,1\n", target_column=("none",))
    assert (other.features, y(other)) == (("u", name), [NO_TARGET] * 2)


def test_beside_a_column_called_target_the_others_are_features_and_that_is_said() -> None:
    dataset = table("x,y,target\n0.5,0.5,1\n1,1,0\n")
    assert (dataset.features, y(dataset)) == (("x", "y"), [1, 0])
    assert "y is taken as a feature: the column target holds the targets (--target-column y)" in assumed(dataset)


def test_two_columns_that_may_hold_the_targets_are_asked_about() -> None:
    with pytest.raises(Undecided, match='"y" and "label" may each hold the targets'):
        table("u,y,label\n1,0,1\n")
    assert table("u,y,label\n1,0,1\n2,1,0\n", target_column=("label",)).features == ("u", "y")


@pytest.mark.parametrize(
    ("head", "classes"),
    [("target_0,target_1,target_2", ()), ("class_no,class_maybe,class_yes", ("no", "maybe", "yes")), ("y0,y1,y2", ())],
)
def test_one_hot_columns_are_the_targets_with_a_notice(head: str, classes: tuple[str, ...]) -> None:
    dataset = table(f"u,{head}\n1,0,0,1\n2,1,0,0\n3,0,0,0\n")
    assert (dataset.features, y(dataset), dataset.classes) == (("u",), [2, 0, NO_TARGET], classes)
    assert "hold the targets, one-hot: their names (--target-column none makes them features)" in assumed(dataset)


def test_columns_can_be_named_one_by_one() -> None:
    text = "id,a,b,no,yes\n7,1,2,1,0\n8,3,4,0,1\n"
    dataset = table(text, features=("b",), target_column=("no", "yes"))
    assert (dataset.features, x(dataset), y(dataset)) == (("b",), [[2], [4]], [0, 1])
    assert dataset.classes == ("no", "yes")
    assert '--features: no column "c" (there are id, a, b, no, yes)' in refusal(text, features=("c",))
    assert '--target-column: no column "c"' in refusal(text, target_column=("c",))


@pytest.mark.parametrize("name", ["id", "Date", "timestamp", "index", "Time"])
def test_columns_that_say_which_row_it_is_are_left_out_and_said(name: str) -> None:
    dataset = table(f"{name},u\n1,5\n2,6\n")
    assert dataset.features == ("u",)
    assert f"left out: {name}: their names (--features {name},u)" in assumed(dataset)
    assert table(f"{name},u\n1,5\n2,6\n", features=(name, "u")).features == (name, "u")


@pytest.mark.parametrize(
    "name", ["customer_id", "sampleId", "Passenger ID", "created_date", "Date/Time", "event.timestamp"]
)
def test_columns_whose_names_end_so_are_left_out_too_and_said(name: str) -> None:
    dataset = table(f"{name},u\n1,5\n2,6\n")
    assert dataset.features == ("u",)
    assert f"left out: {name}: their names (--features {name},u)" in assumed(dataset)


@pytest.mark.parametrize("name", ["response_time", "heat_index", "humid", "grid", "acid", "candidate", "update"])
def test_columns_whose_names_only_look_like_these_are_features(name: str) -> None:
    assert table(f"{name},u\n1,5\n2,6\n").features == (name, "u")


def test_a_column_of_token_ids_is_no_column_of_row_ids() -> None:
    assert table("word_id,target\n1,0\n2,1\n").inputs == 3  # one-hot over 0, 1, 2


def test_another_spelling_of_sequence_is_taken_with_a_notice() -> None:
    dataset = table("sequence_id,u\na,1\nb,2\n")
    assert [s.name for s in dataset.sequences] == ["a", "b"]
    assert "the column sequence_id tells sequences apart" in assumed(dataset)


def test_text_labels_of_a_column_are_classes_and_words_among_numbers_a_slip() -> None:
    dataset = table("u,target\n1,cat\n2,dog\n3,\n4,cat\n")
    assert (y(dataset), dataset.classes) == ([0, 1, NO_TARGET, 0], ("cat", "dog"))
    ordered = table("u,target\n1,cat\n2,dog\n", classes_order=("dog", "cat", "bird"))
    assert (y(ordered), ordered.classes) == ([1, 0], ("dog", "cat", "bird"))
    assert '"cat" is not a class index' in refusal("u,target\n1,cat\n2,1\n")


def test_whether_the_first_line_is_a_header_can_be_said() -> None:
    assert len(table("1,2\n3,4\n", header="no").sequences[0]) == 2
    assert table("1,2\n3,4\n", header="yes").features == ("1", "2")
    names = "name\tlanguage\nRossi\tItalian\n"
    assert [s.name for s in table(names).sequences] == ["Rossi"]
    assert "the first line names the columns: name, language: its words (--header no)" in assumed(table(names))
    assert [s.name for s in table(names, header="no").sequences] == ["name", "Rossi"]


def test_a_column_of_tokens_is_one_hot_and_its_numbers_are_never_magnitudes() -> None:
    dataset = table("sequence,token_id,target\na,0,179\na,179,1\nb,2,1\n")
    assert dataset.inputs == 180
    assert [s.x.argmax(axis=1).tolist() for s in dataset.sequences] == [[0, 179], [2]]
    assert [s.y.tolist() for s in dataset.sequences] == [[179, 1], [1]]
    assert "token_id are token ids, one-hot over 180" in assumed(dataset)
    assert table("token\n3\n1\n", vocabulary=9).inputs == 9
    words = table("word,tag\nthe,DET\ncat,NOUN\n")
    assert (words.features, words.classes, y(words)) == (("cat", "the"), ("DET", "NOUN"), [0, 1])
    assert y(table("char\na\nb\na\n")) == [1, 0, NO_TARGET]
    mixed = table("word_id,pitch,target\n12,0.5,1\n3,0.25,0\n")
    assert "the numbers in word_id are taken as magnitudes" in assumed(mixed)
    assert "line 3, column 1: an empty token (give every timestep its token)" in refusal("word,tag\na,X\n,Y\n")


def test_dates_and_words_in_a_feature_say_how_their_column_is_left_out() -> None:
    assert '"16/12/2006" is not a number (call the column date or time in a header' in refusal("1,16/12/2006\n")
    assert table("u,date\n1,16/12/2006\n").features == ("u",)
    assert "--features NAME,… leaves other columns out" in refusal("u,city\n1,Rome\n")
    assert table("u,city\n1,Rome\n", features=("u",)).features == ("u",)


def test_what_is_said_of_tables_is_refused_for_arrays_and_lists() -> None:
    for name, data in (("x.json", b'{"inputs": [[1]]}'), ("x.npz", npz(x=np.ones((2, 1))))):
        with pytest.raises(UsageError, match="--decimal is for tables"):
            sequences.load(name, data=data, reading=Reading(decimal="comma"))


def test_labels_that_are_numbers_stay_numbers_and_words_can_be_the_symbols() -> None:
    dataset = sequences.load("t.csv", data=b"text,label\nI like it,1\nI do not,0\n", tokens="words")
    assert [s.y[-1] for s in dataset.sequences] == [1, 0]
    assert dataset.features == ("I", "do", "it", "like", "not")


@pytest.mark.parametrize(
    ("reading", "what"),
    [
        ({"time_first": True}, "--time-first is for arrays with three axes"),
        ({"vocabulary": 5}, "--vocabulary is for token ids: a column called token"),
        ({"classes_order": ("a", "b")}, "--classes-order is for labels that are words"),
    ],
)
def test_an_option_that_says_nothing_about_the_file_is_refused(reading: dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        table("u,target\n1,0\n2,1\n", **reading)


def test_windows_line_ends_and_the_last_newline_of_a_text_are_said() -> None:
    dataset = table("ab\r\nba\r\n", "t.txt")
    assert "Windows line ends are read as plain ones (--text keeps them)" in assumed(dataset)
    assert "the newline at the very end is left out" in [str(notice) for notice in dataset.notices]
    assert not assumed(table("ab\nba\n", "t.txt"))
    assert sequences.from_text("ab\r\nba\r\n").classes == ("\n", "\r", "a", "b")


def test_float32_is_said_to_be_widened(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.ones((3, 2), dtype=np.float32))
    assert "the inputs are widened to float64" in assumed(sequences.load(tmp_path / "x.npy"))


def test_what_a_file_says_itself_is_told_but_assumed_of_nothing() -> None:
    dataset = table("sequence,u,target\na,1,0\na,2,1\nb,3,1\n")
    assert not assumed(dataset)
    assert (
        str(dataset.notices[0])
        == "2 sequences of 1 to 2 timesteps, 1 feature (u); 3 targets in 2 classes, all of which occur"
    )


class TestParquet:
    """Parquet needs an extra, and says so."""

    def test_its_columns_mean_what_those_of_a_csv_do(self) -> None:
        pa = pytest.importorskip("pyarrow")
        pq = pytest.importorskip("pyarrow.parquet")
        stream = io.BytesIO()
        columns = {"sequence": ["a", "a", "b"], "u": [0.1, 1e-300, 3.0], "n": [1, 2, 3], "y": ["no", None, "yes"]}
        pq.write_table(pa.table(columns), stream)
        dataset = sequences.load("t.parquet", data=stream.getvalue())
        assert [s.x.tolist() for s in dataset.sequences] == [[[0.1, 1], [1e-300, 2]], [[3.0, 3]]]
        assert [s.y.tolist() for s in dataset.sequences] == [[0, NO_TARGET], [1]]
        assert dataset.classes == ("no", "yes")
        assert "the column y holds the targets" in assumed(dataset)

    def test_a_missing_number_names_its_row(self) -> None:
        pa = pytest.importorskip("pyarrow")
        pq = pytest.importorskip("pyarrow.parquet")
        stream = io.BytesIO()
        pq.write_table(pa.table({"u": [0.1, None]}), stream)
        with pytest.raises(InputError, match="line 3, column 1: an empty field where a number should be"):
            sequences.load("t.parquet", data=stream.getvalue())

    def test_damaged_bytes_are_refused(self) -> None:
        pytest.importorskip("pyarrow")
        with pytest.raises(InputError, match=r"t.parquet: is damaged or cut short"):
            sequences.load("t.parquet", data=b"PAR1nothing")

    def test_without_its_extra_the_install_line_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
        with pytest.raises(InputError, match=r"pip install 'rnn-tui\[parquet\]'"):
            sequences.load("t.parquet", data=b"PAR1")


@pytest.mark.parametrize("rows", [2, 3])
def test_last_columns_that_are_one_hot_are_no_features_without_a_notice(rows: int) -> None:
    lines = ["0.5,1,0\n", "0.25,0,1\n", "0,0,1\n"][:rows]
    named = table("a,yes,no\n" + "".join(lines))
    assert named.inputs == 3
    said = "the last 2 columns (yes, no) are one-hot, and taken as features: their names (--target-column yes,no)"
    assert said in assumed(named)
    assert y(table("a,yes,no\n" + "".join(lines), target_column=("yes", "no"))) == [0, 1, 1][:rows]
    unnamed = table("".join(lines))
    assert "a header with target_0, target_1, …" in assumed(unnamed)
    assert y(table("a,target_0,target_1\n" + "".join(lines))) == [0, 1, 1][:rows]


def test_one_hot_inputs_throughout_and_columns_that_are_not_one_hot_are_taken_without_a_word() -> None:
    for text in ("1,0,0\n0,1,0\n", "5,1,0\n6,1,1\n", "5,1,0\n6,1,0\n", "a,b,c\n5,1,0\n6,0,0\n"):
        assert not assumed(table(text))
    assert "one-hot" not in assumed(table("a,b,c\n5,1,0\n6,0,1\n", target_column=("none",)))
