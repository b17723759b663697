"""Mistakes in the backward loop: its order, and the timesteps that it leaves out."""

from __future__ import annotations

from collections.abc import Iterator

from rnn_core.mistakes.mistake import Mistake


def mistakes() -> Iterator[Mistake]:
    yield Mistake("loop: forward", "loop", "the timesteps from first to last", "the backward loop runs forward in time: from t = 1 to T, not from T to 1",
                  times=lambda T: tuple(range(T)))  # fmt: skip
    yield Mistake("loop: without t = 1", "loop", "the timesteps but t = 1", "the backward loop leaves out t = 1: it stops one timestep early",
                  times=lambda T: tuple(range(T - 1, 0, -1)))  # fmt: skip
    yield Mistake("loop: without t = T", "loop", "the timesteps but t = T", "the backward loop leaves out t = T: it starts one timestep late",
                  times=lambda T: tuple(range(T - 2, -1, -1)))  # fmt: skip
    yield Mistake("loop: paired backwards", "loop", "dz[T+1-t] at timestep t", "the loop runs forward in time, and pairs each timestep with the error of another",
                  into="dz", rule=lambda m: m.run.p[m.net.T - 1 - m.r] - m.run.onehot[m.net.T - 1 - m.r])  # fmt: skip
    yield Mistake("loop: dz left out at t = 1", "loop", "the timesteps but t = 1", "the backward loop leaves out t = 1: its error is never sent back",
                  into="dz", rule=lambda m: (m.p() - m.onehot()) * (m.r > 0))  # fmt: skip
    yield Mistake("loop: dz left out at t = T", "loop", "the timesteps but t = T", "the backward loop leaves out t = T: its error is never sent back",
                  into="dz", rule=lambda m: (m.p() - m.onehot()) * (m.r < m.net.T - 1))  # fmt: skip
    yield Mistake("loop: without both ends", "loop", "the timesteps but t = 1 and t = T", "the backward loop leaves out t = 1 and t = T",
                  times=lambda T: tuple(range(T - 2, 0, -1)))  # fmt: skip
    yield Mistake(
        "loop: only t = T", "loop", "only t = T", "the backward loop stops after one timestep", times=lambda T: (T - 1,)
    )
    yield Mistake("loop: every other", "loop", "every other timestep", "the backward loop leaves out every other timestep",
                  times=lambda T: tuple(range(T - 1, -1, -2)))  # fmt: skip
    yield Mistake("loop: not reset", "loop", "BPTT that begins with what the last sequence carried", "dh_next is not reset between sequences: it begins with what the last one left",
                  start=lambda before: before.rows["dh_next"][0])  # fmt: skip
