"""What follows from a cell's forward lines: its backward lines, its text, its LaTeX."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.cells import CELLS as NAMES
from rnn_core.cells import cell
from rnn_core.errors import UsageError
from rnn_core.language.derivation import derived
from rnn_core.language.expressions import Computed, Name, Outer, Product, Sum, Times
from rnn_core.language.latex import latex
from rnn_core.language.lines import Instruction
from rnn_core.outputs import output
from rnn_core.program import PHASES, program
from rnn_core.recorder import record
from tests.cells.cases import CELLS, LOSSES, network, options, sequence

NINE = """\
dz = p[t] - onehot(y[t])
dV += outer(dz, h[t])
dc += dz
dh = Vᵀ·dz + dh_next
da = (1 - h[t]²) ⊙ dh
db += da
dU += outer(da, x[t])
dW += outer(da, h[t-1])
dh_next = Wᵀ·da"""


def test_what_is_derived_for_the_tanh_cell_is_the_nine_lines_that_every_textbook_has():
    assert "\n".join(map(str, program().backward)) == NINE


def test_without_an_order_the_same_lines_come_out_of_the_derivation():
    forward = [line.written_with(frozenset()) for line in program().forward]
    lines = derived(forward, ("U", "W", "V", "b", "c"), ("h",), {})
    timed = program().timed
    assert sorted(str(line.written_with(timed)) for line in lines) == sorted(NINE.split("\n"))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", CELLS)
def test_a_line_reads_only_what_was_written_before_it_or_is_given(name, loss):
    listing = program(options(loss), cell(*CELLS[name]))
    known = {"x", "y", *listing.parameters, *listing.cell.states, *listing.carries}
    for phase in PHASES:
        for line in listing.phase(phase):
            assert set(line.reads) - {line.name} <= known, line
            known.add(line.name)


@pytest.mark.parametrize("name", CELLS)
def test_every_name_of_a_listing_has_a_register_shaped_like_what_it_holds(name):
    for loss in LOSSES:
        trace = record(network(name), sequence(loss), options(loss))
        for each, register in trace.program.registers.items():
            value = trace.value(each, trace.end)
            if value is not None:
                axes = register.axes if register.kind != "series" else register.axes[1:]
                assert np.ndim(value) == len(axes), each
        for each, register in trace.program.series.items():
            assert len(trace.rows[each]) == len(trace) + register.given


def test_a_line_says_itself_in_latex():
    lines = {line.name: latex(str(line)) for line in program(options("cross-entropy"), cell("lstm"))}
    assert lines["a"] == "a = U x_{t} + W h_{t-1} + b"
    assert lines["f"] == r"f_{t} = \sigma(a_{f})"
    assert lines["dh"] == r"dh = V^{\top} dz + dh_{\text{next}}"
    assert lines["loss"] == r"loss += -\log p_{t,y_{t}}"


def test_an_unknown_cell_activation_or_loss_is_one_line_that_says_what_there_is():
    for wrong in (lambda: cell("lstn"), lambda: cell("rnn", "tan"), lambda: cell("gru", "relu"), lambda: output("mse")):
        with pytest.raises(UsageError) as refused:
            wrong()
        assert "\n" not in str(refused.value)
        assert refused.value.fix
    assert {"rnn", "lstm", "gru"} <= set(NAMES)


# -- programs with a line replaced or left out -------------------------------------------------------------------


def test_a_program_with_a_line_replaced_is_recorded_and_stepped_like_any_other():
    """The most frequent mistake, h[t] for h[t-1] in dW: what the trace holds is what that line adds up to."""
    params, run = network("tanh"), sequence("cross-entropy")
    wrong = program().replacing("dW", Outer(Name("da"), Name("h")))
    assert str(wrong.instruction("dW")) == "dW += outer(da, h[t])"
    trace, right = record(params, run, listing=wrong), record(params, run)
    assert np.allclose(trace.value("dW", trace.end), right.da.T @ right.h[1:], rtol=1e-12)
    half = trace.program.number("backward", 3, "dW", 5)
    assert np.allclose(trace.value("dW", half), right.da[2:].T @ right.h[3:], rtol=1e-12)
    assert np.allclose(trace.contribution("dW", 2), np.outer(right.da[1], right.h[2]), rtol=1e-12)
    for name in ("dU", "dV", "db", "dc"):
        assert np.allclose(trace.value(name, trace.end), right.value(name, right.end), rtol=1e-12)
    assert np.allclose(trace.updated.W, params.W - 0.01 * trace.gradients.W)


def test_a_sum_that_is_assigned_or_added_to_itself_is_a_program_too():
    params, run = network("tanh"), sequence("cross-entropy")
    right = record(params, run)
    assigned = program().replacing("dV", Outer(Name("dz"), Name("h")), op="=")
    trace = record(params, run, listing=assigned)
    assert np.allclose(trace.value("dV", trace.end), np.outer(right.dz[0], right.h[1]), rtol=1e-12)
    doubled = program().replacing("dc", Name("dc"))
    assert not record(params, run, listing=doubled).value("dc", right.end).any()


def test_what_a_replaced_line_reads_of_another_timestep_is_written_with_its_index():
    wrong = program().replacing("da", Computed("(1 - a²) ⊙ dh", lambda a, dh: (1 - a**2) * dh, Name("a"), Name("dh")))
    assert "a" in wrong.timed
    trace, right = (record(network("tanh"), sequence("cross-entropy"), listing=each) for each in (wrong, None))
    assert np.allclose(trace.da[4], (1 - right.a[4] ** 2) * right.dh[4], rtol=1e-12)


def test_a_line_left_out_is_not_computed_and_nothing_is_carried_past_it():
    cut = program().without("dh_next")
    trace, right = (record(network("tanh"), sequence("cross-entropy"), listing=each) for each in (cut, None))
    assert trace.end == right.end - 5
    assert np.allclose(trace.dh, right.dz @ trace.params.V, rtol=1e-12)
    with pytest.raises(UsageError):
        cut.instruction("dh_next")


def test_a_matrix_not_transposed_carries_another_gradient():
    wrong = program().replacing("dh_next", Product(Name("W"), Name("da")))
    assert str(wrong.instruction("dh_next")) == "dh_next = W·da"
    trace = record(network("tanh"), sequence("cross-entropy"), listing=wrong)
    assert np.allclose(trace.dh_next[3], trace.params.W @ trace.da[3], rtol=1e-12)


def test_the_same_tree_is_the_same_expression():
    one, two = Times(Name("f"), Name("s", -1)), Times(Name("f"), Name("s", -1))
    assert one == two
    assert hash(one) == hash(two)
    assert one != Times(Name("f"), Name("s"))
    assert isinstance(program().instruction("dh"), Instruction)


def test_a_sum_of_one_part_is_refused_where_it_is_written():
    with pytest.raises(ValueError, match="a sum has two parts or more"):
        Sum(recurrent=Product(Name("W"), Name("h", -1)))


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_and_its_gradient_know_whether_they_are_a_mean(loss):
    summed, mean = (output(loss).lines(is_mean)[-1][1] for is_mean in (False, True))
    assert summed != mean
    assert summed.pull(0, summed, summed) != mean.pull(0, mean, mean)
    assert (summed.text() + " / M", summed) == (mean.text(), output(loss).lines(False)[-1][1])


@pytest.mark.parametrize("loss", LOSSES)
def test_what_an_element_of_the_losses_gradient_is_the_sum_of_adds_up_to_it(loss):
    params, data = network("tanh", classes=4), sequence(loss, classes=4)
    trace = record(params, data, options(loss))
    gradient = trace.program.instruction("dz").expression
    for t, j in ((1, 0), (3, 2), (5, 3)):
        addends = gradient.addends(trace.rows[gradient.answer][t - 1], trace.y[t - 1], t, j)
        assert np.isclose(sum(each.value for each in addends), trace.rows["dz"][t - 1, j], rtol=1e-12)
