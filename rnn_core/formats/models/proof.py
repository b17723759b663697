"""A proof that a model is read right: what the framework itself computed, held against what is computed here.

The file, NPZ or safetensors, holds any of the framework's own inputs, targets, outputs, hidden states, loss and
gradients. The gradients stand under the names of its parameters: `grad.rnn.weight_ih_l0`.

Rules this file keeps:
- Gradients go through the same interpreter as the weights: what is turned, put in order or added up there, is so here.
- The loss is taken as a sum or as a mean over time, whichever the framework's numbers fit; the answer says which.
- Float64 must agree to 1e-10 of the largest number, float32 to 1e-4: what rounding explains, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.agreement import Difference, Proof
from rnn_core.data import NO_TARGET, Sequence
from rnn_core.differences import apart, peak
from rnn_core.errors import InputError, RnnError, one_line, quoted
from rnn_core.formats import arrays, registry
from rnn_core.formats.files import Content, Source
from rnn_core.formats.models import magic, network, npz_file, safetensors_file
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.held import Held, plain
from rnn_core.formats.models.network import Network
from rnn_core.formats.registry import Format
from rnn_core.language.derivation import gradient_of
from rnn_core.model import Params
from rnn_core.recorder import record
from rnn_core.trace import Trace
from rnn_core.updates import Options

FORMATS = (
    Format("NPZ", (".npz",), arrays.is_npz, npz_file.read, "np.savez", binary=True),
    Format("safetensors", (".safetensors",), magic.is_safetensors, safetensors_file.read, "save_file", binary=True),
)
_NAMES = {
    "x": ("x", "inputs", "input"),
    "y": ("y", "targets", "target", "labels"),
    "z": ("z", "outputs", "output", "logits"),
    "p": ("p", "probabilities", "probs"),
    "h": ("h", "hidden", "hidden_states"),
    "s": ("s", "cell_states"),
    "h_n": ("h_n", "hn", "last_hidden"),
    "c_n": ("c_n", "cn", "last_cell"),
    "loss": ("loss",),
}
_OURS = {name: ours for ours, names in _NAMES.items() for name in names}
_GRADIENT = ("grad.", "grads.", "grad/", "gradients.")
_TOLERANCES = {"float64": 1e-10, "float32": 1e-4, "float16": 1e-2, "bfloat16": 5e-2}


class Given(NamedTuple):
    """What a proof's file holds, by our names; the gradients by the framework's."""

    content: Content
    arrays: Mapping[str, NDArray[Any]]
    gradients: Mapping[str, NDArray[Any]]

    def sequence(self) -> Sequence | None:
        """The inputs and the targets; None without inputs. Raises RnnError."""
        if "x" not in self.arrays:
            return None
        x = _over_time(self.content, "x", self.arrays["x"])
        return Sequence(x, self.targets(len(x)), name=self.content.name)

    def targets(self, timesteps: int) -> Any:
        """One a timestep; a single one stands at the last."""
        y = self.arrays.get("y")
        if y is None:
            return None
        y = _over_time(self.content, "y", y) if y.ndim > 1 else np.atleast_1d(y)
        rows: NDArray[Any] = y.reshape(len(y), -1)
        whole: NDArray[Any] = np.full((timesteps, rows.shape[1]), np.nan)
        if y.dtype.kind != "f":
            rows, whole = rows[:, 0], np.full(timesteps, NO_TARGET)
        if len(rows) not in (1, timesteps):
            raise self.content.error(f"{len(rows)} targets for {timesteps} timesteps", at="y", fix="-100 where none is")
        whole[-len(rows) :] = rows
        return whole


def given(source: Source) -> Given:
    """The arrays of a proof. Raises RnnError."""
    chosen, content = registry.read(source, FORMATS, by_content=True)
    held, gradients, found = chosen.load(content, ModelAsked()), {}, {}
    for name, stored in held.arrays.items():
        start = next((start for start in _GRADIENT if name.startswith(start)), "")
        if start or name.endswith(".grad"):
            gradients[name.removeprefix(start).removesuffix(".grad")] = stored.load()
        elif name in _OURS and _OURS[name] not in found:
            found[_OURS[name]] = stored.load()
        elif name.startswith("d") and name[1:] in ("U", "W", "V", "b", "c", "bh"):
            found[name] = stored.load()
        else:
            known = ", ".join(names[1 if len(names) > 1 else 0] for names in _NAMES.values())
            raise content.error(f"unknown array {quoted(name)}", fix=f"known are {known}, and grad.NAME of a parameter")
    if not (found.keys() - {"x", "y"} or gradients):
        raise content.error("holds nothing to compare", fix="save the framework's outputs, hidden states or gradients")
    return Given(content, found, gradients)


def verified(proof: Given, made: Network, held: Held, asked: ModelAsked, seen: Sequence, options: Options) -> Proof:
    """The proof held against the network over a sequence, as its layer sees it. Raises RnnError."""
    traces = {
        reduction: record(made.params, seen, replace(options, reduction=reduction, truncation=0))
        for reduction in ("sum", "mean")
    }
    best: Proof | None = None
    for reduction, factor, words in _losses(seen):
        found = _compared(proof, made, held, asked, traces[reduction], factor)
        if best is None or _score(found) < _score(best):
            best = replace(found, loss=words)
    assert best is not None  # there are two losses at least
    needed = "loss" in proof.arrays or proof.gradients or any(name.startswith("d") for name in proof.arrays)
    return best if needed else replace(best, loss="")


def _score(proof: Proof) -> float:
    scores = [each.largest / each.tolerance for each in proof.differences]
    return max(scores) if scores and not any(np.isnan(scores)) else np.inf


def _losses(sequence: Sequence) -> list[tuple[Any, float, str]]:
    """The ways in which frameworks make one number of the losses: ours, a factor, and how it is called."""
    plain_ones: list[tuple[Any, float, str]] = [("sum", 1.0, "a sum over time"), ("mean", 1.0, "a mean over time")]
    if not sequence.is_values:
        return plain_ones
    outputs = sequence.y.shape[1]
    more: list[tuple[Any, float, str]] = [
        ("mean", 2.0 / outputs, "a mean of squares"), ("sum", 2.0, "a sum of squares, without ½"),
    ]  # fmt: skip
    return plain_ones + more


def _compared(proof: Given, made: Network, held: Held, asked: ModelAsked, trace: Trace, factor: float) -> Proof:
    found: list[Difference] = []
    left_out: list[str] = []
    for name, array in proof.arrays.items():
        if name in ("x", "y"):
            continue
        ours = _ours(name, made, trace, factor)
        if ours is None:
            left_out.append(f"{name}, which this network has not")
            continue
        found.append(_difference(proof.content, name, array, ours, made))
    gradients, without = _gradients(proof, made, held, asked)
    left_out += without
    for name, theirs in gradients.items():
        mine = np.asarray(trace.gradients[name]) * factor
        found.append(_difference(proof.content, gradient_of(name), theirs, mine, made))
    if not found:
        raise proof.content.error(
            f"nothing in it can be compared: {one_line('; '.join(left_out), 100)}", fix="save more"
        )
    return Proof(proof.content.name, tuple(found), tuple(left_out))


def _ours(name: str, made: Network, trace: Trace, factor: float) -> NDArray[Any] | None:
    """Our array of that name; None where the network has none, as one without outputs has no z."""
    if name == "loss":
        return np.asarray(trace.loss * factor)
    if name == "h_n":
        return np.asarray(trace.rows["h"][-1])
    if name == "c_n":
        return np.asarray(trace.rows["s"][-1]) if "s" in trace.rows else None
    if name in trace.gradients or name[1:] in trace.gradients:
        return np.asarray(trace.gradients[name[1:]]) * factor
    if name not in trace.rows or (made.headless and name in "zp"):
        return None
    rows: NDArray[Any] = trace.rows[name]
    rows = rows[1:] if name in trace.program.cell.states else rows
    return rows[::-1] if made.backward else rows


def _difference(content: Content, name: str, theirs: NDArray[Any], ours: NDArray[Any], made: Network) -> Difference:
    dtype = str(theirs.dtype)
    if dtype not in _TOLERANCES:
        raise content.error(f"holds {dtype}, not floats", at=name, fix="save what the framework computed, as it is")
    fitted = _fitted(theirs.astype(np.float64), ours.shape, made)
    if fitted is None:
        what = f"has shape {theirs.shape}, and here it is {ours.shape}"
        raise content.error(what, at=name, fix="save one sequence, and what belongs to this layer")
    known = ~np.isnan(fitted) if name.startswith("d") else np.ones(fitted.shape, bool)
    found = apart(name, ours, np.where(known, fitted, ours))
    return Difference(name, ours.shape, found.largest / max(1.0, peak(ours)), found.at, _TOLERANCES[dtype])


def _fitted(theirs: NDArray[Any], shape: tuple[int, ...], made: Network) -> NDArray[Any] | None:
    """The framework's array in our shape: without the batch's axis, and of both directions the one debugged."""
    flat = theirs.reshape([extent for extent in theirs.shape if extent != 1])
    wanted = tuple(extent for extent in shape if extent != 1)
    if flat.shape == wanted:
        return flat.reshape(shape)
    if flat.ndim == len(wanted) and flat.ndim and flat.shape[:-1] == wanted[:-1] and flat.shape[-1] == 2 * wanted[-1]:
        half = flat[..., wanted[-1] :] if made.backward else flat[..., : wanted[-1]]
        return half.reshape(shape)
    if flat.ndim == 2 and len(wanted) == 2 and flat.shape == (wanted[0] + 1, wanted[1]):
        return flat[1:].reshape(shape)
    return None


def _over_time(content: Content, name: str, array: NDArray[Any]) -> NDArray[Any]:
    """(T,·) of one sequence, a batch of one left out. Raises InputError."""
    if array.ndim == 3 and 1 in array.shape[:2]:
        return array[0] if array.shape[0] == 1 else array[:, 0]
    if array.ndim == 2:
        return array[0][:, None] if name == "y" and array.shape[0] == 1 < array.shape[1] else array
    raise content.error(f"has shape {array.shape}, expected one sequence, (T, features)", at=name, fix="save x[0]")


def _gradients(proof: Given, made: Network, held: Held, asked: ModelAsked) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """The gradients by our names, NaN where the file has none of an array; and those that belong to nothing here."""
    if not proof.gradients:
        return {}, []
    mine, left_out = dict[str, NDArray[Any]](), []
    for name, array in proof.gradients.items():
        owner = _owner(name, held)
        if not owner or held.arrays[owner].shape != array.shape:
            left_out.append(f"the gradient of {name}, which the model has not{'' if not owner else ' in this shape'}")
        else:
            mine[owner] = array
    for name in [name for name in mine if "bias_ih" in name]:
        mine.setdefault(name.replace("bias_ih", "bias_hh"), mine[name])
    unknown = {name: np.full(stored.shape, np.nan) for name, stored in held.arrays.items()}
    as_weights = _read_as_weights(proof, held, {**unknown, **mine}, asked)
    nothing = _read_as_weights(proof, held, unknown, asked)
    two = made.params.cell.name != "gru" and any("bias_hh" in name for name in held.arrays)
    found = {
        name: np.asarray(array) / (2 if two and name == "b" else 1)
        for name, array in as_weights.items()
        if np.isnan(nothing[name]).any()  # a bias that the model has not is zeros, whatever the gradients are
    }
    if made.headless:
        found = {name: array for name, array in found.items() if name not in "Vc"}
    dtypes = {name: str(array.dtype) for name, array in mine.items()}
    narrow = next((dtype for dtype in ("float16", "float32") if dtype in dtypes.values()), "float64")
    kept = {name: array.astype(narrow) for name, array in found.items() if not np.isnan(array).all()}
    used = {owner for owner in mine if not np.isnan(mine[owner]).all()}
    left_out += [] if used else ["gradients"]
    return kept, left_out


def _read_as_weights(proof: Given, held: Held, arrays: Mapping[str, NDArray[Any]], asked: ModelAsked) -> Params:
    """Gradients turned, put in order and added up as the weights were."""
    as_floats = {name: plain(array.astype(np.float64)) for name, array in arrays.items()}
    try:
        return network.made(proof.content, replace(held, arrays=as_floats), replace(asked, notices=[])).params
    except RnnError as error:
        raise InputError(error.what, where=proof.content.name, fix=error.fix) from None


def _owner(name: str, held: Held) -> str:
    """The model's array of that name, whatever prefix either of them has."""
    if name in held.arrays:
        return name
    ends = [
        own for own in held.arrays if own.endswith((f".{name}", f"/{name}")) or name.endswith((f".{own}", f"/{own}"))
    ]
    return ends[0] if len(ends) == 1 else ""
