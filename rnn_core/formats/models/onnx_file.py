"""ONNX: the nodes RNN, LSTM and GRU of a graph, and the products that may be their head. The extra `onnx` reads it.

    W (D,kH,I)   R (D,kH,H)   B (D,2kH) = [Wb, Rb]     gates: LSTM i o f c, GRU z r h          D: directions

They become PyTorch's names and order of gates here. A GRU must have linear_before_reset, as PyTorch and Keras write it.

Source: the operators' reference in the ONNX repository.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.errors import InputError, one_line, quoted
from rnn_core.formats.files import Content
from rnn_core.formats.models import held
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.held import Held, Stored

INSTALL = "pip install 'rnn-tui[onnx]'"
AGAIN = "copy it again, or export it again"


class _Kind(NamedTuple):
    cell: str
    order: tuple[int, ...]
    """Where our gates stand among ONNX's."""
    activations: tuple[str, ...]


_KINDS = {
    "RNN": _Kind("rnn", (0,), ("tanh",)),
    "LSTM": _Kind("lstm", (0, 2, 3, 1), ("sigmoid", "tanh", "tanh")),
    "GRU": _Kind("gru", (1, 0, 2), ("sigmoid", "tanh")),
}
_QUANTISED = frozenset({"DynamicQuantizeLSTM", "QLinearMatMul", "MatMulInteger", "DynamicQuantizeMatMul"})
_DTYPES = {1: "float32", 10: "float16", 11: "float64", 16: "bfloat16", 2: "uint8", 3: "int8", 6: "int32", 7: "int64"}


def read(content: Content, _asked: ModelAsked) -> Held:
    """The weights of the recurrent nodes, and of matrix products. Raises InputError."""
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError:
        raise content.error("ONNX is read by onnx, which is not installed", fix=INSTALL) from None
    try:
        graph = onnx.load_model_from_string(content.data).graph
        return _Graph(content, graph, numpy_helper).held()
    except InputError:
        raise
    except Exception:  # protobuf parses hostile bytes: DecodeError is the usual exception, not the only one
        raise content.error("is damaged, cut short, or no ONNX model", fix=AGAIN) from None


class _Graph:
    """One graph: its constants by name, and the arrays that its nodes are made of."""

    def __init__(self, content: Content, graph: Any, helper: Any) -> None:
        self.content, self.graph, self.helper = content, graph, helper
        self.constants = {tensor.name: tensor for tensor in graph.initializer}
        if len(self.constants) < len(graph.initializer):
            raise content.error("has two arrays of one name", fix=AGAIN)
        for node in graph.node:
            if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
                self.constants[node.output[0]] = node.attribute[0].t

    def held(self) -> Held:
        arrays: dict[str, Stored] = {}
        layers: list[str] = []
        activations: set[str] = set()
        backward = False
        for at, node in enumerate(self.graph.node):
            if node.op_type in _QUANTISED:
                fix = "export the model before it is quantised"
                raise self.content.error(f"has the node {node.op_type}: quantised weights", fix=fix)
            if node.op_type in _KINDS and not node.domain:
                prefix = f"{one_line(node.name or f'{node.op_type.lower()}_{at}', 60).replace('/', '_').strip('_')}."
                layers.append(prefix)
                made, activation, reverse = self._recurrent(node, prefix)
                arrays |= made
                activations |= {activation} - {""}
                backward = backward or reverse
            elif node.op_type in ("Gemm", "MatMul") and len(node.input) > 1 and node.input[1] in self.constants:
                arrays |= self._product(node)
        if not layers:
            ops = one_line(", ".join(dict.fromkeys(node.op_type for node in self.graph.node)), 60)
            raise self.content.error(f"has no node RNN, LSTM or GRU; it has {ops or 'none'}", fix="export such a layer")
        if len(activations) > 1:
            raise self.content.error("has layers with different activations", fix="export one of them")
        return Held(arrays, "onnx", "", activations.pop() if activations else "", tuple(layers), backward=backward)

    def _recurrent(self, node: Any, prefix: str) -> tuple[dict[str, Stored], str, bool]:
        kind, name = _KINDS[node.op_type], prefix.removesuffix(".")
        said = {attribute.name: attribute for attribute in node.attribute}
        direction = said["direction"].s.decode("ascii", "replace") if "direction" in said else "forward"
        directions = 2 if direction == "bidirectional" else 1
        activation = self._activation(node, said, kind, directions)
        if node.op_type == "GRU" and not ("linear_before_reset" in said and said["linear_before_reset"].i):
            what = "a GRU with linear_before_reset=0, whose candidate is another one"
            raise self.content.error(what, at=name, fix="export it with linear_before_reset=1, as PyTorch does")
        for refused in ("clip", "input_forget"):
            if refused in said and (said[refused].i or said[refused].f):
                raise self.content.error(f"a node with {refused}", at=name, fix=f"export it without {refused}")
        if len(node.input) > 7 and node.input[7]:
            raise self.content.error("an LSTM with peepholes", at=name, fix="export it without P")
        W, R = self._constant(node, 1, name), self._constant(node, 2, name)
        B = self._constant(node, 3, name) if len(node.input) > 3 and node.input[3] else None
        made: dict[str, Stored] = {}
        for at in range(directions):
            end = "_l0_reverse" if at else "_l0"
            made[f"{prefix}weight_ih{end}"] = self._gates(W, at, kind, name)
            made[f"{prefix}weight_hh{end}"] = self._gates(R, at, kind, name)
            if B is not None:
                for part, side in enumerate(("ih", "hh")):
                    made[f"{prefix}bias_{side}{end}"] = self._gates(B, at, kind, name, part)
        return made, activation, direction == "reverse"

    def _activation(self, node: Any, said: Any, kind: _Kind, directions: int) -> str:
        """The activation of an RNN. Raises InputError for what no cell here has."""
        given = (
            [each.decode("ascii", "replace").lower() for each in said["activations"].strings]
            if "activations" in said
            else []
        )
        given = given or list(kind.activations) * directions
        one = given[: len(kind.activations)]
        same = given == one * directions
        if kind.cell == "rnn" and same and one and one[0] in ("tanh", "relu"):
            return one[0]
        if kind.cell != "rnn" and same and tuple(one) == kind.activations:
            return ""
        what = f"{node.op_type} with the activations {quoted(', '.join(given), 60)}"
        raise self.content.error(what, fix="export it with tanh, or relu of an RNN; gates with sigmoid and tanh")

    def _constant(self, node: Any, at: int, name: str) -> Any:
        wanted = node.input[at] if len(node.input) > at else ""
        if wanted not in self.constants:
            what = f"{'XWRB'[at]} is not a constant of the graph"
            raise self.content.error(what, at=name, fix="export it with do_constant_folding=True")
        return self.constants[wanted]

    def _gates(self, tensor: Any, direction: int, kind: _Kind, name: str, part: int | None = None) -> Stored:
        """One direction of W or R, or one half of B, its gates in our order."""
        shape = held.shape_of(self.content, name, list(tensor.dims))
        axes = 3 if part is None else 2
        halves = 1 if part is None else 2
        if len(shape) != axes or shape[0] <= direction or shape[1] % (halves * len(kind.order)):
            raise self.content.error(f"shape {shape} of {one_line(tensor.name, 40)}", at=name, fix=AGAIN)
        rows = shape[1] // halves

        def load() -> NDArray[Any]:
            whole = self._loaded(tensor, name)[direction]
            block = whole if part is None else whole[part * rows : (part + 1) * rows]
            blocks = np.split(block, len(kind.order))
            return np.concatenate([blocks[at] for at in kind.order])

        return Stored((rows, *shape[2:]), self._dtype(tensor), load)

    def _product(self, node: Any) -> dict[str, Stored]:
        """The matrix and the bias of a Gemm, or of a MatMul and the Add after it."""
        said = {attribute.name: attribute for attribute in node.attribute}
        tensor = self.constants[node.input[1]]
        turned = node.op_type == "Gemm" and "transB" in said and said["transB"].i == 1
        base = one_line(node.name or node.input[1], 60)
        if node.input[1].endswith((".weight", ".kernel")):
            base = one_line(node.input[1].rpartition(".")[0], 60)
        base = base.replace("/", "_").strip("_")
        made = {f"{base}.{'weight' if turned else 'kernel'}": self._plain(tensor, base)}
        bias = node.input[2] if node.op_type == "Gemm" and len(node.input) > 2 else self._added(node.output[0])
        if bias in self.constants:
            made[f"{base}.bias"] = self._plain(self.constants[bias], base)
        return made

    def _added(self, output: str) -> str:
        """The constant that is added to what a node gives; empty for none."""
        for node in self.graph.node:
            if node.op_type == "Add" and output in node.input:
                return next((name for name in node.input if name in self.constants), "")
        return ""

    def _plain(self, tensor: Any, name: str) -> Stored:
        load: Callable[[], NDArray[Any]] = lambda: self._loaded(tensor, name)  # noqa: E731  # a name for its type
        return Stored(held.shape_of(self.content, name, list(tensor.dims)), self._dtype(tensor), load)

    @staticmethod
    def _dtype(tensor: Any) -> str:
        return _DTYPES.get(tensor.data_type, f"type {tensor.data_type}")

    def _loaded(self, tensor: Any, name: str) -> NDArray[Any]:
        if tensor.data_location == 1:
            raise self.content.error("has its numbers in another file", at=name, fix="export it as one file")
        shape = held.shape_of(self.content, name, list(tensor.dims))
        held.stored_as(self.content, name, self._dtype(tensor), held.counted(shape))
        array = self.helper.to_array(tensor)
        if array.shape != shape:
            raise held.damaged(self.content, name, f"the shape {shape}, and {array.size} numbers")
        return np.asarray(array, np.float32) if self._dtype(tensor) == "bfloat16" else np.asarray(array)
