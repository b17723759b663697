"""Reading a state dict of 100 MB, against safetensors' own reader of the same arrays."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import safetensors.numpy

from benchmarks.export import IN_MEMORY
from benchmarks.table import Row
from benchmarks.timing import side_by_side
from rnn_core.formats import models, registry
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.registry import MODEL_FORMATS

HIDDEN, INPUTS = 1200, 1390
"""An LSTM of 100 MB in float64."""


def rows() -> Iterator[Row]:
    """Each format's arrays in memory, every number touched on both sides; then the whole model, ready to run."""
    rng = np.random.default_rng(0)
    shapes = {"weight_ih_l0": (4 * HIDDEN, INPUTS), "weight_hh_l0": (4 * HIDDEN, HIDDEN)}
    shapes |= {"bias_ih_l0": (4 * HIDDEN,), "bias_hh_l0": (4 * HIDDEN,), "fc.weight": (10, HIDDEN), "fc.bias": (10,)}
    held = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        ours = {"safetensors": str(Path(folder) / "m.safetensors")}
        safetensors.numpy.save_file(held, ours["safetensors"])
        _with_torch(held, ours, Path(folder))
        size = sum(array.nbytes for array in held.values()) / 1e6

        def theirs() -> None:
            for array in safetensors.numpy.load_file(ours["safetensors"]).values():
                array.sum()

        for name, path in ours.items():
            what = f"arrays of a {name} of {size:.0f} MB / load_file"
            yield Row(what, _ratio(_arrays(path), theirs), 2.0, 1.0, better="less")
        for name, path in ours.items():
            what = f"the model in it, ready to run, {name}"
            yield Row(what, _ratio(lambda path=path: models.load(path), theirs), 3.0, 2.0, better="less")  # type: ignore[misc]


def _ratio(ours: Callable[[], object], theirs: Callable[[], object]) -> float:
    taken = side_by_side({"ours": ours, "theirs": theirs}, 7)
    return taken["ours"] / taken["theirs"]


def _arrays(path: str) -> Callable[[], None]:
    def read() -> None:
        chosen, content = registry.read(path, MODEL_FORMATS, by_content=True)
        for stored in chosen.load(content, ModelAsked()).arrays.values():
            stored.load().sum()

    return read


def _with_torch(held: dict[str, np.ndarray], ours: dict[str, str], folder: Path) -> None:  # type: ignore[type-arg]
    try:
        import torch
    except ImportError:
        return
    ours["PyTorch checkpoint"] = str(folder / "m.pt")
    torch.save({name: torch.from_numpy(array) for name, array in held.items()}, ours["PyTorch checkpoint"])
