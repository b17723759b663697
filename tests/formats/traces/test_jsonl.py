"""JSON Lines: line k of the file is line k of the run, and nothing is lost."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.traces.runs import OPTIONS, a_trace, as_file, diverged, documented, exported, specification


def lines_of(data):
    return [json.loads(line) for line in data.decode("ascii").splitlines()]


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("timesteps", [1, 2, 5])
def test_the_documented_reader_rebuilds_every_variable_at_every_position(timesteps, options, tmp_path):
    trace = a_trace(timesteps, options)
    path, state = as_file(trace, tmp_path, "jsonl"), documented("state")
    for k, expected in specification(trace):
        held = state(path, k)
        for name in expected:
            np.testing.assert_allclose(held[name], expected[name], rtol=1e-12, atol=1e-13, err_msg=f"{name} at {k}")
        assert held.keys() - {"x", "y", "h0", "nll"} == expected.keys()


def test_line_k_of_the_file_is_line_k_of_the_run():
    trace = a_trace(3, OPTIONS["norm"])
    header, *records = lines_of(exported(trace, "jsonl"))
    assert header["k"] == 0
    assert len(records) == trace.end
    for k, record in enumerate(records, start=1):
        place = trace.place(k)
        assert (record["k"], record["phase"], record["t"], record["line"]) == (k, *place[:2], place.instruction.name)


@pytest.mark.parametrize("every", ["line", "timestep"])
def test_the_last_record_of_a_gradient_holds_the_bits_of_the_trace(every):
    trace = a_trace(5)
    records = lines_of(exported(trace, "jsonl", every=every))[1:]
    (whole,) = (record["writes"]["dW"] for record in records if "dW" in record["writes"])
    assert whole == trace.gradients.W.tolist()


@pytest.mark.parametrize("to", [0, 1, 13, 22, 30, 41, 57])
def test_a_file_that_stops_holds_the_sums_at_its_end(to):
    trace = a_trace(4)
    *_, last = lines_of(exported(trace, "jsonl", to=to))
    assert last["k"] == to
    sums = {}
    for record in lines_of(exported(trace, "jsonl", to=to))[1:]:
        sums |= {name: value for name, value in record["writes"].items() if name in record.get("adds", {})}
    for name in ("dU", "dW", "dV", "db", "dc"):
        value = trace.value(name, to)
        assert sums.get(name) == (None if value is None else value.tolist())


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_a_record_for_every_timestep_says_the_same_in_fewer_lines(options, tmp_path):
    trace = a_trace(4, options)
    path = as_file(trace, tmp_path, "jsonl", every="timestep")
    records = lines_of(path.read_bytes())[1:]
    assert [(r["phase"], r["t"]) for r in records] == [
        *(("forward", t) for t in (1, 2, 3, 4)), *(("backward", t) for t in (4, 3, 2, 1)), ("update", 0),
    ]  # fmt: skip
    state, at = documented("state"), dict(specification(trace))
    for record in records:
        held = state(path, record["k"])
        for name in held.keys() - {"x", "y", "h0", "nll"}:
            np.testing.assert_allclose(held[name], at[record["k"]][name], rtol=1e-12, atol=1e-13)


def test_numbers_that_are_not_finite_are_strings_and_come_back(tmp_path):
    trace = diverged()
    data = exported(trace, "jsonl")
    header, *records = (json.loads(line, parse_constant=pytest.fail) for line in data.decode().splitlines())
    assert header["given"]["W"][0][0] == "inf"
    assert "gradient norm" in header["halted"]
    assert len(records) == trace.end
    (path := tmp_path / "trace.jsonl").write_bytes(data)
    held = documented("state")(path, trace.end)
    for name in ("h", "z", "dW", "dU"):
        np.testing.assert_array_equal(held[name], trace.value(name, trace.end))


def test_the_header_says_what_was_run():
    trace = a_trace(2, OPTIONS["value"])
    header = lines_of(exported(trace, "jsonl", meta={"seed": 7, "version": "not mine", "name": "ä\n"}))[0]
    assert header["shapes"] == {"T": 2, "I": 3, "H": 4, "O": 3}
    assert header["options"] == {
        "learning_rate": 0.01, "reduction": "mean", "clip": "value:0.1", "optimiser": "sgd", "truncation": 0,
        "loss": "cross-entropy",
    }  # fmt: skip
    assert (header["cell"], header["activation"], header["output"]) == ("rnn", "tanh", "classes")
    assert header["program"]["forward"][0] == "a = U·x[t] + W·h[t-1] + b"
    assert (header["seed"], header["version"], header["name"]) == (7, 1, "ä\n")
    assert header["position"] == header["end"] == trace.end


def test_a_missing_target_is_null_and_a_given_one_a_class():
    trace = a_trace(8)
    found = [r["reads"]["y"] for r in lines_of(exported(trace, "jsonl"))[1:] if "reads" in r]
    assert found == [None if y < 0 else y for y in trace.y.tolist()]
    assert None in found


def test_the_norm_of_what_is_added_is_that_of_the_timesteps_own_gradient():
    trace = a_trace(4)
    for record in lines_of(exported(trace, "jsonl"))[1:]:
        for name, norm in record.get("added_norm", {}).items():
            assert norm == pytest.approx(np.linalg.norm(trace.contribution(name, record["t"])), rel=1e-12)


@settings(max_examples=25)
@given(
    timesteps=st.integers(1, 9),
    inputs=st.integers(1, 4),
    hidden=st.integers(1, 5),
    classes=st.integers(1, 4),
    scale=st.sampled_from([1e-200, 1e-3, 1.0, 30.0, 1e150]),
    options=st.sampled_from(list(OPTIONS.values())),
    seed=st.integers(0, 1000),
)
def test_every_number_comes_back_bit_for_bit(timesteps, inputs, hidden, classes, scale, options, seed):
    trace = a_trace(timesteps, options, inputs=inputs, hidden=hidden, classes=classes, scale=scale, seed=seed)
    for record in lines_of(exported(trace, "jsonl"))[1:]:
        for name, value in record["writes"].items():
            if name != "nll":
                found = np.array(value, dtype=float)
                assert found.tobytes() == np.asarray(trace.value(name, record["k"]), dtype=float).tobytes(), name
