"""Somebody's own gradients: which agree, which differs first and how, and which mistake of the catalogue makes them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnn_core.cells import cell
from rnn_core.data import Sequence
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects.performing import perform
from rnn_core.diagnostics.mine import compare, explained, told
from rnn_core.errors import InputError, ShapeError
from rnn_core.formats import gradients
from rnn_core.mistakes import MISTAKES, numbers
from rnn_core.model import Params
from rnn_core.recorder import record
from rnn_core.updates import Clip, Options
from rnn_tui import cli
from tests.core.cases import random_params, random_run, random_sequence
from tests.debugger.sessions import demo
from tests.mistakes.test_catalogue import FIELD, NET

NAMED = {mistake.name: mistake for mistake in MISTAKES}
NET_TRACE = record(
    Params(U=NET.U, W=NET.W, V=NET.V, b=NET.b, c=NET.c, h0=NET.h0[0]), Sequence(x=NET.x[:, 0], y=NET.y[:, 0])
)
TRACE = record(*random_run(timesteps=6, inputs=5, hidden=4, classes=3))
OURS = {f"d{name}": np.array(array) for name, array in TRACE.gradients.items()}


def given(arrays, trace=TRACE, turned=()):
    return [gradients.Given(name, name, np.asarray(array), name in turned) for name, array in arrays.items()]


def answer(arrays, trace=TRACE, sequences=1):
    compared = compare(given(arrays, trace), trace, sequences)
    return compared, explained(compared)


def said(arrays, trace=TRACE, sequences=1):
    return told.verdict(*answer(arrays, trace, sequences))


def rows_of(ran):
    return {name: ran.rows[name][:, 0] for name in ("dz", "dh", "da", "dh_next")}


# -- which mistake -----------------------------------------------------------------------------------------------


def made_by(name):
    """dU … dc with a mistake, by its rule: the listing has no part in it."""
    ran = numbers.wrong(NAMED[name], NET, numbers.right(NET))
    return {f"d{parameter}": total for parameter, total in ran.totals.items()}


# These do nothing to gradients as small as these.
UNSEEN = {"p: no max", "dW: clipped at 5"}


@pytest.mark.parametrize("name", [name for name in FIELD.values() if name not in UNSEEN and name != "dz: sign"])
def test_the_mistakes_that_people_make_are_named_from_their_gradients_alone(name):
    compared, found = answer(made_by(name), NET_TRACE)
    assert not compared.agree
    assert name in {fit.mistake.name for fit in found[0].fits}
    assert len(found) == 1, "one mistake explains all"


def test_what_tells_several_fitting_mistakes_apart_is_named_and_does():
    arrays = made_by("dh_next: zero")
    _, (found,) = answer(arrays, NET_TRACE)
    assert len(found.distinct) == 3
    assert found.told_apart_by == "dh"
    rows = rows_of(numbers.wrong(NAMED["dh_next: zero"], NET, numbers.right(NET)))
    _, (found,) = answer({**arrays, "dh": rows["dh"], "da": rows["da"], "dh_next": rows["dh_next"]}, NET_TRACE)
    assert [fit.mistake.name for fit in found.distinct] == ["dh_next: zero"]


def test_two_mistakes_that_do_not_touch_each_other_are_both_named():
    arrays = {**made_by("dW: da, h[t]"), "dc": made_by("dc: never added")["dc"]}
    _, found = answer(arrays, NET_TRACE)
    assert [each.names for each in found] == [("dc",), ("dW",)]
    assert [each.fits[0].mistake.cause for each in found] == ["dc is never added to", "h[t] in place of h[t-1]"]


def test_numbers_of_no_mistake_are_blamed_on_none():
    compared, found = answer({**OURS, "dW": np.arange(16.0).reshape(4, 4)})
    assert compared.first.ours == "dW"
    assert [each.fits for each in found] == [()]


@pytest.mark.parametrize(("name", "activation"), [("lstm", ""), ("gru", ""), ("rnn", "relu")])
def test_a_line_that_another_cell_has_as_well_has_its_mistakes_there_too(name, activation):
    of = cell(name, activation)
    rng = np.random.default_rng(5)
    H, blocks = 3, of.blocks
    shapes = {
        "U": (blocks * H, 2),
        "W": (blocks * H, H),
        "V": (3, H),
        "b": (blocks * H,),
        "c": (3,),
        "bh": (blocks * H,),
    }
    arrays = {key: rng.normal(size=shapes[key]) for key in (*of.parameters, "V", "c")}
    trace = record(Params(cell=of, **arrays), random_sequence(5, 2, 3))
    da = trace.rows["dq" if name == "gru" else "da"]
    wrong = sum(np.outer(da[t], trace.h[t + 1]) for t in range(5))
    mine = {f"d{key}": array for key, array in trace.gradients.items()}
    if name == "gru":  # its line is another: the numbers differ, and no mistake of that line is known
        assert said({**mine, "dW": wrong}, trace).startswith("wrong: dW is the first that differs: 27 of 27 elements")
    else:
        assert said({**mine, "dW": wrong}, trace) == "wrong: dW is the first that differs: h[t] in place of h[t-1]"
    assert said(mine, trace).startswith("right: ")


# -- what agrees, and how the rest differs -------------------------------------------------------------------------


def test_right_gradients_are_right():
    assert said(OURS) == "right: dV dc db dU dW agree"


@pytest.mark.parametrize(
    ("factor", "sequences", "words"),
    [(1 / 6, 1, "1/6: the loss is a mean over T"), (-1, 1, "-1: right where the update adds them"),
     (1 / 4, 4, "1/4: the loss is a mean over the N sequences"), (1 / np.log(2), 1, "1/ln 2: the loss is in bits")],
)  # fmt: skip
def test_a_factor_that_losses_have_is_recognised_and_said(factor, sequences, words):
    compared, found = answer({name: factor * array for name, array in OURS.items()}, sequences=sequences)
    assert compared.agree
    text = "\n".join(told.lines(compared, found))
    assert f"every gradient of yours is {words.partition(':')[0]} times ours" in text
    assert words.partition(": ")[2] in text


def test_a_mistake_is_found_below_a_factor_of_the_loss():
    wrong = sum(np.outer(TRACE.da[t], TRACE.h[t + 1]) for t in range(6))
    arrays = {name: array / 6 for name, array in {**OURS, "dW": wrong}.items()}
    assert said(arrays) == "wrong: dW is the first that differs: h[t] in place of h[t-1]"


def test_a_factor_of_all_but_the_outputs_is_no_factor_of_the_loss():
    arrays = {name: array / (6 if name in ("dU", "dW", "db") else 1) for name, array in OURS.items()}
    compared, _ = answer(arrays)
    assert compared.factor.value == 1
    assert compared.first.ours == "db"


def test_twice_the_gradients_is_a_mistake():
    compared, found = answer({name: 2 * array for name, array in OURS.items()})
    assert compared.common == pytest.approx(2)
    assert not compared.agree
    assert found[0].fits[0].mistake.name == "dz: 2"


ROWWISE = np.array([1.0, 2.0, 3.0, 4.0])[:, None]
RELATIONS = {
    "transposed": lambda W: W.T,
    "the sign is turned": lambda W: -W,
    "1/6 times ours": lambda W: W / 6,
    "each row has a factor of its own: +1 +2 +3 +4": lambda W: ROWWISE * W,
    "all zeros": lambda W: 0 * W,
    "16 of 16 elements are not finite": lambda W: W * np.nan,
    "1 of 16 elements differ": lambda W: W + 0.5 * np.eye(16)[5].reshape(4, 4),
}


@pytest.mark.parametrize("words", RELATIONS)
def test_how_an_array_differs_is_said(words):
    compared, _ = answer({**OURS, "dW": RELATIONS[words](OURS["dW"])})
    relation = compared.first.relation.replace(".00000", "").replace(".0000", "")
    assert relation.startswith(words)


def test_what_differs_first_is_what_is_computed_first():
    da = np.array(TRACE.da)
    da[1] *= 2
    dh = np.array(TRACE.dh)
    dh[3] += 1
    compared, _ = answer({"da": da, "dh": dh, **OURS})
    assert (compared.first.ours, compared.first.first) == ("dh", 3)
    assert [item.ours for item in compared.items] == ["dV", "dc", "dh", "da", "db", "dU", "dW"]


# -- how they come ---------------------------------------------------------------------------------------------------


def test_stored_the_other_way_round_is_told_by_all_shapes_together():
    compared, _ = answer({name: array.T for name, array in OURS.items()})
    assert compared.agree
    assert [str(notice) for notice in compared.notices] == [
        "dU, dW, dV: stored input-major, and turned: their shapes fit only so"
    ]


def test_a_transposed_square_among_straight_ones_is_not_turned():
    assert answer({**OURS, "dW": OURS["dW"].T})[0].first.ours == "dW"


def test_rows_in_the_order_of_the_backward_loop_as_columns_and_cut_are_recognised():
    for mine in (TRACE.da[::-1], TRACE.da.T, TRACE.da[:, :, None], TRACE.da[:, None]):
        assert answer({"da": mine})[0].agree
    for mine in (TRACE.dh_next, TRACE.dh_next[1:], TRACE.dh_next[:-1], TRACE.dh_next[:-1][::-1], TRACE.dh_next[0]):
        assert answer({"dh_next": mine})[0].agree
    for mine in (TRACE.h, TRACE.h[1:], TRACE.h[:-1], TRACE.h[-1]):
        assert answer({"h": mine})[0].agree


def test_narrow_and_rounded_numbers_are_compared_as_far_as_they_go():
    single = {name: array.astype(np.float32) for name, array in OURS.items()}
    assert answer(single)[0].agree
    rounded = {name: np.round(array, 3) for name, array in OURS.items()}
    assert answer(rounded)[0].agree
    assert not answer({**rounded, "dW": np.round(OURS["dW"] + 0.002, 3)})[0].agree


NAMES = {
    "dW": [
        *("dWhh", "d_Whh", "grad_W_hh", "dL_dW", "W_grad", "Whh.grad", "rnn.weight_hh_l0.grad"),
        *("grads/Wh", "gradients.W", "gWhh", "dwhh"),
    ],
    "dU": ["dWxh", "weight_ih_l0.grad", "dWax"],
    "db": ["dbh", "rnn.bias_ih_l0.grad", "rnn.bias_hh_l0.grad"],
    "dV": ["dWhy", "linear.weight.grad", "dWya"],
    "dc": ["dby", "fc.bias.grad"],
    "dh_next": ["dhnext", "dh_next"],
    "da": ["delta", "dtanh", "dhraw"],
    "dz": ["dy", "dz"],
    "dh": ["dh", "grad_h", "dL_dh"],
    "h": ["hs", "h"],
    "p": ["ps", "probs"],
}


@pytest.mark.parametrize("ours", NAMES)
def test_names_of_other_tools_and_of_teaching_code_are_known(ours):
    held = {name: np.zeros(1) for name in NAMES[ours]}
    found, left = gradients.matched({**held, "dV": np.zeros(1)}, TRACE.program, [])
    assert left == []
    assert {each.ours for each in found if each.theirs in held} == {ours}


def test_names_of_parameters_alone_are_taken_as_gradients_and_it_is_said():
    notices = []
    found, _ = gradients.matched({"W_hh": np.zeros(1), "Wxh": np.zeros(1)}, TRACE.program, notices)
    assert [each.ours for each in found] == ["dU", "dW"]
    assert "taken as gradients" in str(notices[0])


def test_weights_beside_the_gradients_show_that_the_run_is_another():
    compared, _ = answer({**OURS, "W": TRACE.params["W"] + 1})
    assert compared.first.ours == "W"


def write(folder, kind, arrays):
    path = folder / f"g.{kind}"
    if kind == "npz":
        np.savez(path, **arrays)
    elif kind == "json":
        path.write_text(json.dumps({"step": 3, "grads": {name: array.tolist() for name, array in arrays.items()}}))
    else:
        pytest.importorskip("safetensors.numpy").save_file(arrays, path)
    return path


@pytest.mark.parametrize("kind", ["npz", "json", "safetensors"])
def test_each_format_is_read(kind, tmp_path):
    path = write(tmp_path, kind, {name: np.array(array) for name, array in OURS.items()})
    assert compare(gradients.load(path, TRACE.program), TRACE).agree


BAD = {
    "g.json": [("[1]", "is not an object"), ('{"dW": [[1], [1, 2]]}', "rows of different lengths"),
               ('{"dW": [1, "a"]}', "is not a number"), ('{"foo": [1]}', "no gradients; it holds foo"),
               ('{"dW": [NaN]}', "NaN is not"), ("{", "not JSON"), ('{"dW": [[[[[1]]]]]}', "lists in lists")],
    "g.safetensors": [("{}{}{}{}{}", ""), ("\x10\0\0\0\0\0\0\0{" + " " * 20, "not to be read")],
    "g.npz": [("PK\x03\x04rubbish", ""), ("", "is empty")],
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "what"), [(n, *each) for n, several in BAD.items() for each in several])
def test_a_file_that_is_none_is_refused_in_one_line(name, text, what, tmp_path, capsys):
    (tmp_path / name).write_text(text)
    assert cli.main(["check", "--mine", str(tmp_path / name)]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert what in err


def test_arrays_of_another_network_are_refused_with_what_to_do():
    with pytest.raises(ShapeError, match=r"dW has shape \(7, 7\), and dW of this run \(4, 4\)"):
        answer({"dW": np.zeros((7, 7))})


def test_safetensors_that_is_not_installed_is_answered_with_the_line_that_installs_it(tmp_path, monkeypatch):
    path = tmp_path / "g.safetensors"
    path.write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    monkeypatch.setitem(__import__("sys").modules, "safetensors", None)
    with pytest.raises(InputError, match="pip install safetensors"):
        gradients.load(path, TRACE.program)


# -- the command and the command line --------------------------------------------------------------------------------


def demo_file(tmp_path, **changed):
    trace = demo().trace
    path = tmp_path / "grads.npz"
    np.savez(path, **{f"d{name}": array for name, array in trace.gradients.items()} | changed)
    return path, trace


def test_the_command_answers_and_fails_a_script_where_they_are_wrong(tmp_path):
    path, trace = demo_file(tmp_path)
    wrong = sum(np.outer(trace.da[t], trace.h[t + 1]) for t in range(len(trace)))
    (effect,) = COMMANDS.execute(demo(), f"check --mine {path}").effects
    assert not perform(effect, demo()).failed
    demo_file(tmp_path, dW=wrong)
    done = perform(effect, demo())
    assert done.failed
    assert "with it      dW += outer(da, h[t])" in done.message
    assert COMMANDS.execute(demo(), "check --mine").failed


def test_the_command_line_has_a_status_and_json(tmp_path, capsys):
    path, trace = demo_file(tmp_path)
    assert cli.main(["check", "--mine", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "right: dV dc db dU dW agree"
    demo_file(tmp_path, dW=trace.gradients["W"].T)
    assert cli.main(["check", "--mine", str(path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["first"]) == ("wrong", "dW")
    (wrong,) = [each for each in found["arrays"] if not each["agrees"]]
    i, j = wrong["index"]
    assert wrong["theirs_value"] == trace.gradients["W"][j, i]
    assert wrong["value"] == trace.gradients["W"][i, j]
    assert "transposed" in found["explained"][0]["mistakes"][0]["cause"]


def test_assumptions_are_told_and_refused_when_strict(tmp_path, capsys):
    path = tmp_path / "g.npz"
    np.savez(path, **{name: array.T for name, array in demo().trace.gradients.items()})
    assert cli.main(["check", "--mine", str(path)]) == 0
    assert "taken as gradients" in capsys.readouterr().err
    assert cli.main(["check", "--mine", str(path), "--strict"]) == 1
    assert "--strict assumes nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv", [["--json", "--map"], ["--mine", "g.npz", "--map"], ["--mine", "g.npz", "--samples", "3"]]
)
def test_options_that_do_not_go_together_are_refused(argv, capsys):
    assert cli.main(["check", *argv]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_gradients_that_are_clipped_as_the_run_clips_are_right():
    trace = record(*random_run(), Options(clip=Clip("value", 0.1)))
    mine = {f"d{name}": array for name, array in trace.clipped.items()}
    compared, _ = answer(mine, trace)
    assert compared.agree
    assert "after clipping" in str(compared.notices[-1])
    assert not answer({**mine, "dW": 2 * mine["dW"]}, trace)[0].agree


def test_a_mean_loss_is_that_of_the_run():
    options = Options(reduction="mean")
    trace = record(random_params(), random_sequence(), options)
    mine = {f"d{name}": array for name, array in trace.gradients.items()}
    assert said(mine, trace) == "right: dV dc db dU dW agree"
    five = {name: 5 * array for name, array in mine.items()}
    assert "the loss is a sum, and ours is a mean" in "\n".join(told.lines(*answer(five, trace)))
