"""Names that say what an array is only beside the others: Keras's paths, numbered arrays; and what shapes suggest.

Nothing is read by shape alone: where names fail, the shapes only say under which names to save the arrays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rnn_core.formats.models.asked import ModelAsked

Shapes = Mapping[str, tuple[int, ...]]
_NUMBERED = re.compile(r"arr_([0-9]+)")

KERAS_ORDER, TORCH_ORDER = ("U", "W", "b", "V", "c"), ("U", "W", "b", "b", "V", "c")


def keras(shapes: Shapes) -> dict[str, str]:
    """Which parameter each array of a Keras model is. What stands beside `recurrent_kernel` belongs to the cell,
    another kernel and bias to the output; empty where there is none."""
    paths = {name: path_of(name) for name in shapes}
    cells = [prefix for prefix, tail in paths.values() if tail == "recurrent_kernel"]
    if len(cells) != 1:
        return {}
    meant = {(True, "kernel"): "U", (True, "recurrent_kernel"): "W", (True, "bias"): "b"}
    meant |= {(False, "kernel"): "V", (False, "bias"): "c"}
    kinds = {name: (prefix == cells[0], tail) for name, (prefix, tail) in paths.items()}
    return {name: meant[kind] for name, kind in kinds.items() if kind in meant}


def path_of(name: str) -> tuple[str, str]:
    """`dense/kernel:0` and `dense_kernel` as ("dense", "kernel")."""
    plain = name.removesuffix(":0")
    for tail in ("recurrent_kernel", "kernel", "bias"):
        if plain == tail or (plain.endswith(tail) and plain[-len(tail) - 1] in "/._"):
            return plain.removesuffix(tail).rstrip("/._"), tail
    return "", ""


def numbered(shapes: Shapes, asked: ModelAsked) -> tuple[dict[str, str], bool]:
    """Which parameter each of `arr_0 …` is, as np.savez calls what it is given without names; and whether its matrices
    stand as Keras has them. Empty where they are in neither tool's order."""
    if not shapes or not all(map(_NUMBERED.fullmatch, shapes)):
        return {}, False
    names = sorted(shapes, key=lambda name: int(name.removeprefix("arr_")))
    axes = tuple(len(shapes[name]) for name in names)
    for tool, order in (("Keras's get_weights()", KERAS_ORDER), ("PyTorch's parameters()", TORCH_ORDER)):
        if axes == tuple(2 if ours in "UWV" else 1 for ours in order):
            listed = ", ".join(f"{name} {ours}" for name, ours in zip(names, order, strict=True))
            asked.note(f"the arrays are taken as {listed}", f"that is the order of {tool}", "save them by name")
            return dict(zip(names, order, strict=True)), order == KERAS_ORDER
    return {}, False


def by_shape(shapes: Shapes) -> str:
    """What every array is by its shape, "wx is U, …"; empty where that is not certain."""
    matrices = [name for name, shape in shapes.items() if len(shape) == 2 and 1 not in shape]
    vectors = [name for name in shapes if name not in matrices]
    square = [name for name in matrices if shapes[name][0] == shapes[name][1]]
    if len(matrices) != 3 or len(square) != 1 or len(vectors) != 2:
        return ""
    hidden = shapes[square[0]][0]
    sizes = {name: max(shapes[name], default=0) for name in vectors}
    b = [name for name, size in sizes.items() if size == hidden]
    c = [name for name, size in sizes.items() if size != hidden]
    if len(b) != 1 or len(c) != 1:
        return ""
    others = [name for name in matrices if name != square[0]]
    V = [name for name in others if sorted(shapes[name]) == sorted((hidden, sizes[c[0]]))]
    U = [name for name in others if name not in V]
    if len(V) != 1 or hidden not in shapes[U[0]]:
        return ""
    found = {"U": U[0], "W": square[0], "V": V[0], "b": b[0], "c": c[0]}
    return ", ".join(f"{name} is {ours}" for ours, name in found.items())
