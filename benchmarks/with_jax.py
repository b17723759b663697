"""The plain RNN in JAX: `jax.jit` of the gradient of a `lax.scan`, in float64 on the processor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rnn_core.data import Sequence
from rnn_core.model import Params

jax.config.update("jax_enable_x64", True)


def forward_and_backward(params: Params, sequence: Sequence) -> Callable[[], object]:
    """What one gradient computation calls; it is compiled beforehand."""
    held = {name: jnp.asarray(np.array(array)) for name, array in params.items()}
    x, y = jnp.asarray(np.array(sequence.x)), jnp.asarray(np.array(sequence.y))

    def loss(of: dict[str, Any]) -> Any:
        def step(h: Any, row: Any) -> tuple[Any, Any]:
            h = jnp.tanh(of["U"] @ row + of["W"] @ h + of["b"])
            return h, h

        _, states = jax.lax.scan(step, jnp.zeros(params.sizes.hidden), x)
        z = states @ of["V"].T + of["c"]
        return jnp.sum(jax.nn.logsumexp(z, axis=1) - z[jnp.arange(len(y)), y])

    compiled = jax.jit(jax.value_and_grad(loss))
    jax.block_until_ready(compiled(held))
    return lambda: jax.block_until_ready(compiled(held))
