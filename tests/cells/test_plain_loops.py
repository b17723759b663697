"""The loops by hand that the benchmarks run against are right: they agree with a trace."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import plain_cells
from rnn_core.recorder import record
from tests.cells.cases import network, sequence


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_a_gated_cell_written_by_hand_has_the_gradients_of_ours(name):
    params, run = network(name), sequence("cross-entropy", 6)
    held = {each: np.array(array) for each, array in params.items()}
    found = getattr(plain_cells, name)(held, np.array(run.x), run.y.tolist())
    for each, gradient in record(params, run).gradients.items():
        assert np.allclose(found[each], gradient, rtol=1e-10, atol=1e-13), each
