"""The network's own text: drawn from its own probabilities, fed back, the same for the same arguments."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rnn_core.data import Vocabulary, text_sequence
from rnn_core.errors import InputError, RnnError, UsageError
from rnn_core.model import PARAMETERS, Params, Sizes, initialise
from rnn_core.recorder import record
from rnn_core.training.sampling import as_text, sample

SYMBOLS = tuple("abcdef")


def network(seed: int = 0, **changed) -> Params:
    drawn = initialise("uniform", Sizes(6, 9, 6), seed=seed, scale=4.0)
    return Params(**{name: getattr(drawn, name) for name in PARAMETERS} | changed)


def by_hand(params, count, temperature, seed, h, prime):
    """The formulas one number after another, in plain Python."""
    rng = np.random.RandomState(seed)
    hidden, classes = range(len(params.b)), range(len(params.c))

    def read(i, h):
        return [math.tanh(params.U[j, i] + sum(params.W[j, m] * h[m] for m in hidden) + params.b[j]) for j in hidden]

    for i in prime:
        h = read(i, h)
    drawn = []
    for _ in range(count):
        z = [sum(params.V[o, j] * h[j] for j in hidden) + params.c[o] for o in classes]
        weights = [math.exp(value / temperature) for value in z]
        left = rng.random_sample() * sum(weights)
        i = 0
        while left >= weights[i]:
            left -= weights[i]
            i += 1
        drawn.append(i)
        h = read(i, h)
    return drawn


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_symbol_is_drawn_as_the_formulas_say(temperature, seed):
    params = network(seed)
    h0 = np.linspace(-1, 1, 9)
    found = sample(params, SYMBOLS, 100, temperature=temperature, seed=seed, h0=h0, prime=(3, 1))
    assert found == by_hand(params, 100, temperature, seed, h0.tolist(), (3, 1))


def chi_square(drawn, p):
    expected = len(drawn) * np.asarray(p)
    return float(((np.bincount(drawn, minlength=len(expected)) - expected) ** 2 / expected).sum())


CHI_SQUARE_5 = 20.515
"""What chi-square with 5 degrees of freedom exceeds once in a thousand times."""


def test_first_symbols_are_as_frequent_as_the_network_finds_them_probable():
    params, text = network(), "fabc"
    trace = record(params, text_sequence(text + "d", Vocabulary(SYMBOLS)))
    drawn = [sample(params, SYMBOLS, 1, seed=seed, prime=(5, 0, 1, 2))[0] for seed in range(3000)]
    assert chi_square(drawn, trace.p[-1]) < CHI_SQUARE_5


def test_a_network_without_a_memory_draws_independently_from_one_distribution():
    params = network(V=np.zeros((6, 9)), c=np.log([0.4, 0.3, 0.1, 0.1, 0.06, 0.04]))
    assert chi_square(sample(params, SYMBOLS, 20_000), [0.4, 0.3, 0.1, 0.1, 0.06, 0.04]) < CHI_SQUARE_5


def test_a_state_of_a_trace_goes_on_as_if_the_text_so_far_had_been_read():
    params = network()
    trace = record(params, text_sequence("abcab", Vocabulary(SYMBOLS)))
    assert sample(params, SYMBOLS, 50, h0=trace.h[3]) == sample(params, SYMBOLS, 50, prime=(0, 1, 2))


def test_the_initial_state_of_the_parameters_is_where_it_starts():
    h0 = np.linspace(-1, 1, 9)
    assert sample(network(h0=h0), SYMBOLS, 50) == sample(network(), SYMBOLS, 50, h0=h0)
    assert sample(network(), SYMBOLS, 50) == sample(network(), SYMBOLS, 50, h0=np.zeros(9))


def test_the_same_arguments_give_the_same_text_and_a_shorter_one_is_its_beginning():
    params = network()
    whole = sample(params, SYMBOLS, 40, seed=7)
    assert sample(params, SYMBOLS, 40, seed=7) == whole
    assert sample(params, SYMBOLS, 11, seed=7) == whole[:11]
    assert sample(params, SYMBOLS, 40, seed=8) != whole
    assert sample(params, SYMBOLS, 0) == []


@pytest.mark.parametrize("temperature", [0.0, 5e-324, 1e-9])
def test_no_temperature_takes_the_likeliest_symbol_every_time(temperature):
    params = network()
    drawn = sample(params, SYMBOLS, 30, temperature=temperature, prime=(0,))
    read = [0, *drawn]
    trace = record(params, text_sequence([SYMBOLS[i] for i in read], Vocabulary(SYMBOLS)))
    assert drawn == trace.p.argmax(axis=1).tolist()


def test_a_high_temperature_makes_all_symbols_alike():
    drawn = sample(network(), SYMBOLS, 20_000, temperature=1e6)
    assert chi_square(drawn, [1 / 6] * 6) < CHI_SQUARE_5


def test_large_logits_overflow_nowhere():
    params = network(V=np.zeros((6, 9)), c=np.array([-1e300, 1e4, 0.0, 1e4, -1e4, 0.0]))
    assert set(sample(params, SYMBOLS, 200)) == {1, 3}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_logits_that_are_not_finite_are_one_clear_error(bad):
    with pytest.raises(InputError) as caught:
        sample(network(c=np.array([0, 0, bad, 0, 0, 0])), SYMBOLS, 5)
    assert str(caught.value) == (
        "symbol 1: the logits are not finite (the weights are too large or not numbers: go back to an earlier update)"
    )


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"temperature": -0.1}, "temperature -0.1"),
        ({"temperature": math.nan}, "temperature nan"),
        ({"temperature": math.inf}, "temperature inf"),
        ({"count": -1}, "-1 symbols"),
        ({"count": 10**9}, "1000000000 symbols"),
        ({"seed": -1}, "seed -1"),
        ({"seed": 2**32}, "seed 4294967296"),
        ({"prime": (6,)}, "symbol 6 cannot be read first"),
        ({"prime": (-1,)}, "symbol -1 cannot be read first"),
        ({"symbols": "abc"}, "6 inputs, 6 classes and 3 symbols"),
        ({"h0": np.zeros(4)}, "h0 has shape (4,), expected (9,)"),
    ],
)
def test_arguments_that_cannot_be_are_one_clear_error(arguments, what):
    usual = {"params": network(), "symbols": SYMBOLS, "count": 5}
    with pytest.raises(RnnError) as caught:
        sample(**usual | arguments)
    assert str(caught.value).startswith(what)


def test_a_network_that_does_not_read_what_it_writes_is_not_sampled():
    with pytest.raises(UsageError, match="does not read what it writes"):
        sample(initialise("normal", Sizes(5, 10, 3)), SYMBOLS[:3], 5)


def test_characters_are_joined_and_words_are_spaced():
    assert as_text(("\n", "a", "b"), [1, 2, 0, 1]) == "ab\na"
    assert as_text(("be", "to"), [1, 0], "words") == "to be"
    assert as_text(SYMBOLS, []) == ""
