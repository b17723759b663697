"""The text that a network writes by itself: each symbol it draws is the next one it reads.

    p = softmax(z / temperature)        low temperatures prefer what is likely, 1 is the network as it was trained
    u ~ uniform [0, 1)                  i = the first index with p[0] + … + p[i] > u  (the inverse of the distribution)
    the forward lines of the listing, with the one-hot of i as the input

Source of the procedure: Graves (2013), "Generating sequences with recurrent neural networks".

Rules this file keeps:
- The same arguments give the same text: one number of the frozen legacy generator for each symbol, in order.
- So a shorter text is the beginning of a longer one, at any temperature above 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from rnn_core.arrays import Array
from rnn_core.errors import InputError, UsageError
from rnn_core.loops.loop import no_progress
from rnn_core.model import Params, as_vector
from rnn_core.passes import Passes
from rnn_core.program import program
from rnn_core.updates import Options

MOST = 1_000_000
"""The most symbols of one text; a million take about ten seconds."""


def sample(
    params: Params,
    symbols: Sequence[str],
    count: int,
    *,
    temperature: float = 1.0,
    seed: int = 0,
    h0: ArrayLike | Mapping[str, ArrayLike] | None = None,
    prime: Iterable[int] = (),
) -> list[int]:
    """The indices of `count` symbols drawn one after another, after the network has read `prime` from the state `h0`.

    h0 (H,), or initial states by name, is the parameters' own, or zeros, where None; h[t] of a trace goes on writing
    from timestep t. Temperature 0 takes the likeliest symbol, the first of equals. Raises UsageError for arguments that
    cannot be, InputError when the logits are not finite.
    """
    past = list(prime)
    _check(params, symbols, count, temperature, seed, past)
    step = _Step(params, h0)
    drawn: list[int] = []
    with np.errstate(all="ignore"):
        for i in past:
            step.read(i)
        for u in np.random.RandomState(seed).random_sample(count):
            z = step.logits()
            z -= z.max()  # nothing overflows, and no sum of exponentials is below 1
            if np.isnan(z).any():
                fix = "the weights are too large or not numbers: go back to an earlier update"
                raise InputError("the logits are not finite", where=f"symbol {len(drawn) + 1}", fix=fix)
            if temperature:
                z /= temperature
                reached = np.exp(z).cumsum()
                drawn.append(int(reached.searchsorted(u * reached[-1], side="right")))
            else:
                drawn.append(int(z.argmax()))
            step.read(drawn[-1])
    return drawn


class _Step:
    """A network that reads one symbol after another: the passes over a single timestep, begun anew where they ended."""

    def __init__(self, params: Params, h0: ArrayLike | Mapping[str, ArrayLike] | None) -> None:
        self._passes = Passes(program(Options(), params.cell), params.sizes, 1, kept=True)
        self._params, self._inputs = params, np.eye(params.sizes.inputs)[:, None]
        given = h0 if isinstance(h0, Mapping) else {} if h0 is None else {"h0": h0}
        hidden = params.sizes.hidden
        self._passes.start({**params.start, **{name: as_vector(held, hidden, name) for name, held in given.items()}})
        self._states = [self._passes.rows[state] for state in params.cell.states]
        self._passes.forward_loop.load(params)

    def logits(self) -> Array:
        """z of the state reached."""
        z: Array = self._params.V @ self._states[0][0] + self._params.c
        return z

    def read(self, symbol: int) -> None:
        """Go on by one timestep."""
        self._passes.forward_loop.run(self._inputs[symbol], no_progress)
        for rows in self._states:
            rows[0] = rows[1]


def as_text(symbols: Sequence[str], indices: Iterable[int], tokens: str = "chars") -> str:
    """The symbols as one text: characters stand side by side, "words" with a space between. Control characters stay."""
    return (" " if tokens == "words" else "").join(symbols[i] for i in indices)


def _check(
    params: Params, symbols: Sequence[str], count: int, temperature: float, seed: int, prime: Sequence[int]
) -> None:
    """Raise UsageError for the first argument that cannot be."""
    sizes = params.sizes
    if not sizes.inputs == sizes.classes == len(symbols):
        what = f"{sizes.inputs} inputs, {sizes.classes} classes and {len(symbols)} symbols"
        raise UsageError(f"{what}: this network does not read what it writes", fix="only a text's network is sampled")
    if not 0 <= count <= MOST:
        raise UsageError(f"{count} symbols", fix=f"ask for 0 to {MOST}")
    if not 0.0 <= temperature < np.inf:
        raise UsageError(f"temperature {temperature:g}", fix="a number such as 0.7; 0 takes the likeliest symbol")
    if not 0 <= seed < 2**32:
        raise UsageError(f"seed {seed}", fix=f"0 to {2**32 - 1}")
    for i in prime:
        if not 0 <= i < len(symbols):
            raise UsageError(f"symbol {i} cannot be read first", fix=f"indices go from 0 to {len(symbols) - 1}")
