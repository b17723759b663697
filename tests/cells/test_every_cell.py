"""What the tanh RNN has, every cell has: the interpreter's numbers, checks, explanations, training, files."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core import passes
from rnn_core.cells.cell import Cell
from rnn_core.data import Dataset
from rnn_core.diagnostics.gradient_check import check
from rnn_core.interpreter import execute, registers
from rnn_core.language.expressions import Apply, Complement, Name, Product, Slice, Sum, Times
from rnn_core.language.functions import SIGMOID, TANH
from rnn_core.loops import listing
from rnn_core.model import Params, Sizes, shapes
from rnn_core.optimisers import KINDS, Optimiser
from rnn_core.program import program
from rnn_core.recorder import record
from rnn_core.training.run import Run
from rnn_core.training.sampling import sample
from rnn_core.updates import Clip, Options
from rnn_core.views.cells import axes, cell_value, extent
from rnn_core.views.contributions import contributions
from rnn_core.views.explain import explain
from rnn_core.views.options import Cell as Element
from rnn_core.views.options import View
from tests.cells.cases import CELLS, LOSSES, network, options, sequence
from tests.core.cases import close

# a gated unit that is in no file of ours: the loops made from a listing have to do
GATES = ("f", "g")
TOY = Cell(
    "toy",
    lines=(
        ("a", Sum(input=Product(Name("U"), Name("x")), recurrent=Product(Name("W"), Name("h", -1)), bias=Name("b"))),
        ("f", Apply(SIGMOID, Slice(Name("a"), "f", GATES))),
        ("g", Apply(TANH, Slice(Name("a"), "g", GATES))),
        ("h", Sum(kept=Times(Name("f"), Name("h", -1)), new=Times(Complement(Name("f")), Name("g")))),
    ),
    parameters={"U": ("stack", "input"), "W": ("stack", "column"), "b": ("stack",)},
    meanings=dict.fromkeys(("U", "W", "b", "h0"), "…"),
    aliases=dict.fromkeys(("U", "W", "b", "h0"), ()),
    gates=GATES,
    stacked=("a",),
)


def toy(seed=0, inputs=3, hidden=4, classes=3) -> Params:
    rng = np.random.default_rng(seed)
    drawn = {
        name: 0.5 * rng.standard_normal(shape) for name, shape in shapes(TOY, Sizes(inputs, hidden, classes)).items()
    }
    return Params(cell=TOY, **drawn)


def assert_the_interpreter_agrees(params, run, chosen):
    trace = record(params, run, chosen)
    r = registers(params, run, chosen)
    for k in range(1, trace.end + 1):
        place = trace.place(k)
        with np.errstate(all="ignore"):
            execute(place.instruction, r, place.t)
        for name in (place.instruction.name, *place.instruction.writes):
            if name in trace.program.registers:
                found, expected = trace.value(name, k), r.latest(name)
                assert close(found, expected, max(1.0, float(np.max(np.abs(expected))))), (name, k)


@settings(max_examples=60)
@given(
    name=st.sampled_from([*CELLS, "toy"]), loss=st.sampled_from(LOSSES), timesteps=st.integers(1, 8),
    seed=st.integers(0, 1000), absent=st.sampled_from([0.0, 0.4, 1.0]), truncation=st.integers(0, 5),
    clip=st.sampled_from([None, Clip("norm", 0.1)]), reduction=st.sampled_from(["sum", "mean"]),
    optimiser=st.sampled_from(KINDS), own=st.booleans(), hidden=st.integers(1, 5),
)  # fmt: skip
def test_the_loops_hold_what_the_interpreter_holds_at_every_position(
    name, loss, timesteps, seed, absent, truncation, clip, reduction, optimiser, own, hidden
):
    params = toy(seed, hidden=hidden) if name == "toy" else network(name, seed=seed, hidden=hidden)
    run = sequence(loss, timesteps, seed=seed, absent=absent)
    chosen = options(loss, truncation=truncation, clip=clip, reduction=reduction, optimiser=Optimiser(optimiser))
    with pytest.MonkeyPatch.context() as patch:
        if not own:
            patch.setattr(passes, "loops", listing.loops)  # those made from the listing, also where a cell has its own
            patch.setattr(passes, "_idle", {})  # and none that were made before
        assert_the_interpreter_agrees(params, run, chosen)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", [*CELLS, "toy"])
def test_a_complex_step_finds_every_gradient_good(name, loss):
    params = toy() if name == "toy" else network(name, start=True)
    for others in ({}, {"reduction": "mean", "truncation": 2}):
        report = check(record(params, sequence(loss, absent=0.2), options(loss, **others)))
        assert report.good
        assert max(block.error for block in report.blocks) < 1e-12


@pytest.mark.parametrize("name", ["relu", "lstm", "gru"])
def test_a_wrong_element_of_any_backward_register_is_found(name):
    good = record(network(name), sequence("cross-entropy"))
    for each, register in good.program.series.items():
        if register.backward and not register.whole and each not in good.program.carries:
            rows = np.array(good.rows[each])
            rows[2, -1] += 0.1
            held = {**good.rows, each: rows}
            wrong = record(good.params, good.sequence)
            object.__setattr__(wrong, "rows", held)
            assert not check(wrong).good, each


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", CELLS)
def test_every_number_is_explained_and_the_parts_of_a_sum_add_up_to_it(name, loss):
    trace = record(network(name), sequence(loss, 4), options(loss, optimiser=Optimiser("adam")))
    for each in trace.names:
        ranges = [extent(trace, axis) for axis in axes(trace, each)]
        for index in {tuple(min(at, most - 1) for most in ranges) for at in (1, 2)}:
            element = Element(each, index)
            value = cell_value(trace, trace.end, element)
            if value is None:
                continue
            shown = explain(trace, trace.end, View(pinned=element), 118)
            assert shown.rows, element
            made = contributions(trace, trace.end, element)
            if not made.function and (made.parts or made.zeros):
                sizes = sum(abs(part.value) for part in made.parts)
                total = math.fsum(part.value for part in made.parts)
                assert math.isclose(total, value, rel_tol=1e-9, abs_tol=1e-12 * max(1.0, sizes)), element


@pytest.mark.parametrize("optimiser", KINDS)
@pytest.mark.parametrize("name", ["relu", "lstm", "gru"])
def test_training_any_cell_is_the_chain_of_its_traces_bit_for_bit(name, optimiser):
    data = Dataset(tuple(sequence("cross-entropy", length, seed=length) for length in (3, 5, 1)), carried=True)
    run = Run(data, network(name), Options(0.1, optimiser=Optimiser(optimiser)))
    run.learn(9)
    params, state, carried = run.params, None, None
    for update in range(9):
        begins_anew = update % 3 == 0
        trace = record(
            params, data.sequences[update % 3], run.options, state=state, carried=None if begins_anew else carried,
            update=update,
        )  # fmt: skip
        mine = run.trace(update)
        assert all(mine.arrays()[each].tobytes() == array.tobytes() for each, array in trace.arrays().items())
        params, state = trace.updated, trace.updated_state
        carried = {f"{each}0": trace.rows[each][-1] for each in params.cell.states}


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_a_fork_of_any_cell_shares_what_lies_before_it(name):
    data = Dataset((sequence("squared-error", 4),))
    run = Run(data, network(name), Options(0.1, loss="squared-error"))
    fork = run.fork(3, options=Options(0.1, loss="squared-error", truncation=2))
    assert fork.trace(2) is run.trace(2)
    assert np.array_equal(fork.trace(3).params.W, run.trace(3).params.W)
    assert not np.array_equal(fork.trace(4).params.W, run.trace(4).params.W)
    run.learn(60)
    assert run.metrics.loss[59] < run.metrics.loss[0]
    assert not run.metrics.has_accuracy


@pytest.mark.parametrize("name", CELLS)
def test_a_network_of_any_cell_writes_text_from_where_a_trace_has_left_it(name):
    params = network(name, inputs=3, classes=3, hidden=6)
    read = (0, 2, 1, 1)
    one_hot = np.eye(3)[list(read)]
    trace = record(params, type(sequence("cross-entropy"))(x=one_hot))
    states = {f"{each}0": trace.rows[each][-1] for each in params.cell.states}
    assert sample(params, "abc", 40, h0=states, seed=3) == sample(params, "abc", 40, prime=read, seed=3)


def test_the_toy_cell_s_listing_is_derived():
    lines = [str(line) for line in program(Options(), TOY).backward]
    assert "dh_next = f[t] ⊙ dh + Wᵀ·da" in lines
    assert "da = [da_f da_g]" in lines
