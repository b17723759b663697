"""Small random runs for the tests, and the small constants that make them meet every path of the code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from rnn_core import accumulate, passes, recorder
from rnn_core.data import Sequence
from rnn_core.loops import loop, rnn
from rnn_core.model import Params

MATRICES_AND_BIASES = ("U", "W", "V", "b", "c")


def random_params(inputs=3, hidden=4, classes=3, *, seed=0, scale=0.5, h0=False) -> Params:
    """Parameters with nothing zero in them, so that no mistake can hide behind a zero."""
    rng = np.random.default_rng(seed)

    def draw(*shape):
        return scale * rng.standard_normal(shape)

    U, W, V, b, c = draw(hidden, inputs), draw(hidden, hidden), draw(classes, hidden), draw(hidden), draw(classes)
    return Params(U=U, W=W, V=V, b=b, c=c, h0=draw(hidden) if h0 else None)


def random_sequence(timesteps=5, inputs=3, classes=3, *, hidden=4, seed=0, absent=0.0, h0=False) -> Sequence:
    """Normal inputs and uniform targets, a share `absent` of them missing."""
    rng = np.random.default_rng(seed + 1000)
    y = rng.integers(0, classes, timesteps)
    y[rng.random(timesteps) < absent] = -1
    return Sequence(x=rng.standard_normal((timesteps, inputs)), y=y, h0=rng.standard_normal(hidden) if h0 else None)


def random_run(inputs=3, hidden=4, classes=3, timesteps=5, **options) -> tuple[Params, Sequence]:
    """The two of them together, fitting each other."""
    seed = options.get("seed", 0)
    return (
        random_params(inputs, hidden, classes, seed=seed, scale=options.get("scale", 0.5)),
        random_sequence(timesteps, inputs, classes, hidden=hidden, seed=seed, absent=options.get("absent", 0.0)),
    )


@contextmanager
def small_constants(*, block=3, strip=2, kept_share=1e9, narrow=rnn.NARROW) -> Iterator[None]:
    """Blocks, strips and chunks so small that a short run has many of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accumulate, "BLOCK", block)
        patch.setattr(accumulate, "STRIP", strip)
        patch.setattr(loop, "CHUNK", 4)
        patch.setattr(rnn, "NARROW", narrow)
        patch.setattr(recorder, "KEPT_SHARE", kept_share)
        patch.setattr(passes, "_idle", {})  # loops made with other constants stay out, and these do not come back
        yield


def close(found, expected, scale, tolerance=1e-12) -> bool:
    """Whether two arrays of one shape differ by no more than `tolerance` of `scale`; NaN equals NaN."""
    found, expected = np.asarray(found), np.asarray(expected)
    return found.shape == expected.shape and np.allclose(
        found, expected, rtol=tolerance, atol=tolerance * scale, equal_nan=True
    )
