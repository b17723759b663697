"""What the recurrent matrix does to a gradient's length, by itself and along this trajectory.

The spectral radius says what many equal steps do in the end, the singular values what one step does. Far apart, the
matrix is non-normal: gradients grow or die on the way although the radius says otherwise.

Along the trajectory the product J[t]·J[t-1]·…·J[s] of the Jacobians ∂state[t]/∂state[t-1] decides. Its growth rates are
the Lyapunov exponents of the window, in nats a timestep: QR keeps them apart where the product itself loses them.

Source: Benettin et al. (1980); for RNNs Vogt et al. (2022), "On Lyapunov exponents for RNNs".
"""

from __future__ import annotations

import numpy as np

from rnn_core.arrays import Array
from rnn_core.flow.sweep import backward
from rnn_core.records import dataclass
from rnn_core.remembering import remembered
from rnn_core.trace import Trace

WINDOW = 100
"""Timesteps over which exponents are measured where nothing else is said."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """A square recurrent matrix: W, or the block of it that belongs to a gate."""

    name: str
    radius: float
    """The largest |eigenvalue|."""
    singular: Array
    """(H,) descending."""

    @property
    def normality(self) -> float:
        """radius · √H / ‖W‖: about 1 of random matrices, 1 or more of normal ones, far below 1 of non-normal ones."""
        size = float(np.sqrt(np.sum(self.singular**2)))
        return self.radius * np.sqrt(len(self.singular)) / size if size > 0.0 else 1.0


@remembered
def spectra(trace: Trace) -> tuple[Spectrum, ...]:
    """Of the square blocks of each recurrent matrix; radius and values are NaN where it is not finite."""
    params, found = trace.params, []
    for name, axes in params.cell.parameters.items():
        if axes[-1] != "column":
            continue
        blocks = np.split(params[name], params.cell.blocks)
        labels = [f"{name}[{gate}]" for gate in params.cell.gates] or [name]
        found += [spectrum(label, block) for label, block in zip(labels, blocks, strict=True)]
    return tuple(found)


def spectrum(name: str, matrix: Array) -> Spectrum:
    """Of one square matrix."""
    if not np.isfinite(matrix).all():
        return Spectrum(name, float("nan"), np.full(len(matrix), np.nan))
    radius = float(np.max(np.abs(np.linalg.eigvals(matrix))))
    singular: Array = np.linalg.svd(matrix, compute_uv=False).astype(np.float64)
    return Spectrum(name, radius, singular)


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The product of the Jacobians of the timesteps first … last; S is H, or 2H of an LSTM."""

    first: int
    last: int
    singular: Array
    """(S,) log10 of the singular values of the product, descending; -inf below 1e-16 of the largest."""
    exponents: Array
    """(S,) Lyapunov exponents of this window, nats a timestep, descending; -inf where a direction dies."""


@remembered
def trajectory(trace: Trace, first: int, last: int) -> Trajectory:
    """The Jacobians' product along the run, from timestep `first` to `last`."""
    ready, hidden = backward(trace), trace.sizes.hidden
    size = hidden * len(ready.carries)
    frame, product, scale = np.eye(size), np.eye(size), 0.0
    grown = np.zeros(size)
    with np.errstate(all="ignore"):
        for t in range(last, first - 1, -1):
            both = np.concatenate((frame, product)) @ ready.jacobian(t)
            if not np.isfinite(both).all():
                return Trajectory(first, last, np.full(size, np.nan), np.full(size, np.nan))
            rotated, lengths = np.linalg.qr(both[:size].T)
            frame, product = rotated.T, both[size:]
            grown += np.log(np.abs(np.diag(lengths)))
            peak = float(np.max(np.abs(product)))
            if peak > 0.0:
                scale += np.log10(peak)
                product = product / peak
        values = np.linalg.svd(product, compute_uv=False)
        values = np.where(values > values[0] * np.finfo(float).eps, values, 0.0)
        singular = np.log10(values) + scale
    return Trajectory(first, last, singular, np.sort(grown / (last - first + 1))[::-1])
