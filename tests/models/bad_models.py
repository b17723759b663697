"""Kinds of bad model file, each with the one line that it is answered with, and what makes it good where advice does.

An entry is (kind, name, bytes, options, a part of the line, the good file or None). The files are made here byte by
byte: what is wrong with each is seen in one line, and no framework is needed.
"""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnn_core.formats import models
from rnn_core.reading import ModelReading
from tests.formats.making import npz, weights, zipped

W = weights()
TORCH = {
    "rnn.weight_ih_l0": W["U"], "rnn.weight_hh_l0": W["W"], "rnn.bias_ih_l0": W["b"], "rnn.bias_hh_l0": W["b"],
    "fc.weight": W["V"], "fc.bias": W["c"],
}  # fmt: skip


class Bad(NamedTuple):
    """A kind of file that is refused."""

    kind: str
    name: str
    data: bytes
    says: str
    reading: dict[str, Any] = {}
    good: Callable[[], object] | None = None
    """What the advice in the line leads to."""

    def load(self) -> object:
        return models.opened(self.name, ModelReading(**self.reading), data=self.data)


# -- a pickle, instruction by instruction ----------------------------------------------------------------------


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def number(value: int) -> bytes:
    return b"\x8a\x08" + value.to_bytes(8, "little", signed=True)


def numbers(values: Any) -> bytes:
    return b"(" + b"".join(map(number, values)) + b"t"


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def storage(key: str, count: int, kind: str = "DoubleStorage") -> bytes:
    return b"(" + text("storage") + named("torch", kind) + text(key) + text("cpu") + number(count) + b"tQ"


def tensor(
    key: str, shape: Any, *, count: int | None = None, kind: str = "DoubleStorage", offset: int = 0,
    strides: Any = None, rebuilt: str = "_rebuild_tensor_v2",
) -> bytes:  # fmt: skip
    """A tensor in C order, unless something else is said."""
    if strides is None:
        strides = [int(np.prod(shape[i + 1 :], dtype=object)) for i in range(len(shape))]
    held = storage(key, int(np.prod(shape, dtype=object)) if count is None else count, kind)
    rest = number(offset) + numbers(shape) + numbers(strides) + b"\x89" + named("collections", "OrderedDict") + b")R"
    return named("torch._utils", rebuilt) + b"(" + held + rest + b"tR"


def dictionary(entries: dict[str, bytes]) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in entries.items()) + b"u"


def pickled(body: bytes) -> bytes:
    return b"\x80\x02" + body + b"."


def checkpoint(body: bytes | None = None, more: dict[str, bytes] | None = None, **held: Any) -> bytes:
    """A zip as torch.save writes it; `body` is its pickle where that is not the plain state dict."""
    arrays = {**TORCH, **held}
    entries = {name: tensor(str(i), array.shape) for i, (name, array) in enumerate(arrays.items())}
    members = {"m/data.pkl": pickled(dictionary(entries) if body is None else body), "m/byteorder": b"little"}
    members |= {f"m/data/{i}": np.asarray(array, "<f8").tobytes() for i, array in enumerate(arrays.values())}
    return zipped({**members, "m/version": b"3\n", **(more or {})})


def with_tensor(value: bytes, name: str = "rnn.weight_hh_l0", more: dict[str, bytes] | None = None) -> bytes:
    """A checkpoint in which one tensor is another one."""
    entries = {each: tensor(str(i), array.shape) for i, (each, array) in enumerate(TORCH.items())}
    return checkpoint(dictionary({**entries, name: value}), more)


LEGACY_START = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19." + pickled(b"M\xe9\x03") + pickled(
    dictionary({"little_endian": b"\x88"})
)  # fmt: skip


def legacy(body: bytes | None = None, *, keys: Any = None, cut: int = 0, **counts: int) -> bytes:
    """The older format."""
    entries = {name: tensor(str(i), array.shape) for i, (name, array) in enumerate(TORCH.items())}
    made = LEGACY_START + pickled(dictionary(entries) if body is None else body)
    listed = [str(i) for i in range(len(TORCH))] if keys is None else keys
    made += pickled(b"](" + b"".join(map(text, listed)) + b"e")
    for i, array in enumerate(TORCH.values()):
        count = counts.get(f"at{i}", array.size)
        made += count.to_bytes(8, "little") + np.asarray(array, "<f8").tobytes()
    return made[: len(made) - cut]


# -- safetensors -----------------------------------------------------------------------------------------------


def safetensors(header: Any = None, data: bytes | None = None, **held: Any) -> bytes:
    """A file whose header is `header`, or the right one."""
    made, blob = {}, b""
    for name, array in {**TORCH, **held}.items():
        raw = np.asarray(array, "<f8").tobytes()
        made[name] = {"dtype": "F64", "shape": list(array.shape), "data_offsets": [len(blob), len(blob) + len(raw)]}
        blob += raw
    told = made if header is None else header(made) if callable(header) else header
    line = told if isinstance(told, bytes) else json.dumps(told).encode()
    return len(line).to_bytes(8, "little") + line + (blob if data is None else data)


def entry(name: str, **fields: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda header: {**header, name: {**header[name], **fields}}


# -- zips ------------------------------------------------------------------------------------------------------


def encrypted(data: bytes) -> bytes:
    """The flag that a zip's members are encrypted, set in every header."""
    found = bytearray(data)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = found.find(magic)
        while start >= 0:
            found[start + at] |= 1
            start = found.find(magic, start + 4)
    return bytes(found)


def flipped(data: bytes, wanted: bytes) -> bytes:
    """The same with a bit changed in the first occurrence of `wanted`."""
    at = data.index(wanted)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def compressed(name: str, kind: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(checkpoint())) as held, zipfile.ZipFile(stream, "w") as archive:
        for member in held.infolist():
            archive.writestr(member.filename, held.read(member), kind if member.filename.endswith(name) else 0)
    return stream.getvalue()


def lying(data: bytes, name: str, size: int) -> bytes:
    """A zip whose directory says another size of a member."""
    at = data.index(b"PK\x01\x02")
    while data[at + 46 : at + 46 + len(name)] != name.encode():
        at = data.index(b"PK\x01\x02", at + 4)
    return data[: at + 20] + struct.pack("<II", size, size) + data[at + 28 :]


def good_checkpoint() -> object:
    return models.opened("m.pt", data=checkpoint())


def good_safetensors() -> object:
    return models.opened("m.safetensors", data=safetensors())


def chosen(data: bytes, name: str = "m.npz", **reading: Any) -> Callable[[], object]:
    return lambda: models.opened(name, ModelReading(**reading), data=data)


def pt(kind: str, data: bytes, says: str) -> Bad:
    return Bad(kind, "m.pt", data, says, {}, good_checkpoint)


def st(kind: str, data: bytes, says: str) -> Bad:
    return Bad(kind, "m.safetensors", data, says, {}, good_safetensors)


def call(module: str, name: str, *arguments: str) -> bytes:
    return named(module, name) + b"(" + b"".join(map(text, arguments)) + b"tR"


SECOND = {"rnn.weight_ih_l1": W["W"], "rnn.weight_hh_l1": W["W"], "rnn.bias_ih_l1": W["b"], "rnn.bias_hh_l1": W["b"]}
BACK = {f"{name}_reverse": array for name, array in TORCH.items() if name.startswith("rnn")}
OTHER = {name.replace("rnn", "dec"): array for name, array in TORCH.items() if name.startswith("rnn")}
WIDE = {name: array for name, array in TORCH.items() if not name.startswith("fc")} | {"fc.weight": np.ones((2, 8))}
KERAS = {"gru/kernel": np.ones((3, 12)), "gru/recurrent_kernel": np.ones((4, 12)), "dense/kernel": np.ones((4, 2))}

U = "rnn.weight_ih_l0"

PICKLES = (
    pt("calls os.system", with_tensor(call("os", "system", "touch /tmp/owned")), "calls os.system, which no weights"),
    pt("calls posix.system", with_tensor(call("posix", "system", "id"), "hyper"), "calls posix.system, which no"),
    pt("calls eval", checkpoint(call("builtins", "eval", "1")), "calls builtins.eval, which no weights need"),
    pt("calls Python 2's eval", checkpoint(call("__builtin__", "eval", "1")), "calls builtins.eval, which no weights"),
    pt("calls subprocess", checkpoint(call("subprocess", "Popen", "id")), "calls subprocess.Popen, which no weights"),
    pt("calls runpy", checkpoint(call("runpy", "_run_code", "id")), "calls runpy._run_code, which no weights need"),
    pt("calls by a name on the stack", checkpoint(text("os") + text("system") + b"\x93" + text("id") + b"\x85R"),
       "calls os.system, which no weights need"),
    pt("is an object of a class", checkpoint(named("my.nets", "Net") + b")\x81"),
       "holds my.nets.Net, which is no tensor"),
    pt("an instruction of old pickles", checkpoint(b"(dS'a'\n"), "the pickle instruction DICT, which no checkpoint"),
    pt("an instance by name", checkpoint(b"(ios\nsystem\n"), "the pickle instruction INST, which no checkpoint needs"),
    pt("an extension code", checkpoint(b"\x82\x01"), "the pickle instruction EXT1, which no checkpoint needs"),
    pt("an unknown instruction", checkpoint(b"\xff"), "the pickle instruction 0xff, which no checkpoint needs"),
    pt("a buffer from outside", checkpoint(b"\x97"), "the pickle instruction NEXT_BUFFER, which no checkpoint needs"),
    pt("a pickle without an end", zipped({"m/data.pkl": b"\x80\x02}"}), "the pickle in it is cut short"),
    pt("a text longer than the file", checkpoint(b"X\xff\xff\xff\x7f"), "the pickle in it is cut short"),
    pt("an empty pickle", zipped({"m/data.pkl": b""}), "the pickle in it is cut short"),
    pt("takes from an empty stack", checkpoint(b"R"), "a pickle that takes more than it holds"),
    pt("a tuple without its mark", checkpoint(b"t"), "a pickle that takes more than it holds"),
    pt("asks for what it never kept", checkpoint(b"h\x07"), "a pickle that asks for what it never kept"),
    pt("sets entries of a number", checkpoint(b"K\x01" + text("a") + text("b") + b"s"), "sets entries of what is no"),
    pt("appends to a number", checkpoint(b"K\x01K\x02a"), "a pickle that appends to what is no list"),
    pt("a huge whole number", checkpoint(b"\x8b\xff\xff\xff\x7f"), "a whole number of 2147483647 bytes"),
    pt("a million instructions", checkpoint(b"N0" * 600_000 + b"N"), "more than 1000000 pickle instructions"),
    pt("a name that is no text", checkpoint(b"NN\x93"), "a name in a pickle that is no text"),
    pt("a tensor with too few arguments", checkpoint(named("torch._utils", "_rebuild_tensor_v2") + b")R"),
       "torch._utils._rebuild_tensor_v2 with arguments that it does not take"),
    pt("no tensors", checkpoint(dictionary({"epoch": b"K\x07"})), "holds no tensors"),
    pt("a list of numbers", checkpoint(b"](K\x01K\x02e"), "holds no tensors"),
    pt("a reference that is no storage", checkpoint(text("a") + b"Q"), "a reference in it that is no storage"),
)  # fmt: skip

TENSORS = (
    pt("a shape larger than its storage", with_tensor(tensor("0", (4, 300), count=12), U),
       "rnn.weight_ih_l0: the shape (4, 300) from 0 on, in a storage of 12 numbers"),
    pt("a shape of many gigabytes", with_tensor(tensor("0", (4, 2**38), count=12), U), "would take 8.0 TiB"),
    pt("a shape that repeats one number", with_tensor(tensor("0", (4, 2**38), count=12, strides=(0, 0)), U),
       "would take 8.0 TiB"),
    pt("a negative extent", with_tensor(tensor("1", (-4, 4), count=16)), "rnn.weight_hh_l0: a shape that is none"),
    pt("negative strides", with_tensor(tensor("1", (4, 4), strides=(-4, -1))), "a shape that is none"),
    pt("an offset beyond the storage", with_tensor(tensor("1", (4, 4), offset=8)), "the shape (4, 4) from 8 on"),
    pt("more strides than axes", with_tensor(tensor("1", (4, 4), strides=(4, 1, 1))),
       "the shape (4, 4) with 3 strides"),
    pt("a storage that is not there", with_tensor(tensor("99", (4, 4))), "has no data/99"),
    pt("a storage outside its folder", with_tensor(tensor("../../etc/passwd", (4, 4))), "has no data/../../etc/passwd"),
    pt("quantised weights", with_tensor(tensor("1", (4, 4), kind="QInt8Storage")), "holds qint8: quantised weights"),
    pt("a quantised tensor", with_tensor(tensor("1", (4, 4), rebuilt="_rebuild_qtensor")), "quantised weights"),
    pt("weights of 8 bits", with_tensor(tensor("1", (4, 4), kind="CharStorage")), "holds int8: quantised weights"),
    pt("complex weights", with_tensor(tensor("1", (4, 4), kind="ComplexFloatStorage")), "holds complex64, not real"),
    pt("a kind of number nobody knows", with_tensor(tensor("1", (4, 4), kind="TernaryStorage")),
       "holds TernaryStorage"),
    pt("a sparse tensor", with_tensor(call("torch._utils", "_rebuild_sparse_tensor", "a")), "no W (hidden"),
    pt("a W that is not square", checkpoint(**{"rnn.weight_hh_l0": np.ones((4, 5))}), "rnn.weight_hh_l0: shape (4, 5)"),
    pt("a W with three axes", checkpoint(**{"rnn.weight_hh_l0": np.ones((4, 4, 1))}), "shape (4, 4, 1)"),
    pt("a bias too long", checkpoint(**{"rnn.bias_hh_l0": np.ones(5)}), "bias_hh_l0 has shape (5,)"),
)  # fmt: skip

ZIPS = (
    pt("a truncated zip", checkpoint()[:-30], "is damaged or cut short"),
    pt("half a zip", checkpoint()[:700], "is damaged or cut short"),
    pt("a flipped bit in the numbers", flipped(checkpoint(), np.asarray(W["W"], "<f8").tobytes()[:16]),
       "data/1: is damaged: its checksum differs"),
    pt("a flipped bit in the pickle", flipped(checkpoint(), b"_rebuild"), "data.pkl: is damaged: its checksum differs"),
    pt("an encrypted zip", encrypted(checkpoint()), "is encrypted"),
    pt("a member twice", checkpoint().replace(b"m/data/1", b"m/data/0"), "m/data/0: is in it twice"),
    pt("two pickles", checkpoint(more={"n/data.pkl": b"."}), "holds 2 data.pkl"),
    pt("a size that lies", lying(checkpoint(), "m/data/1", 64), "data/1: is damaged: its checksum differs"),
    pt("a pickle of many gigabytes", lying(checkpoint(), "m/data.pkl", 2**31), "data.pkl: has 2.0 GiB, more than"),
    pt("a rare compression", compressed("data/1", zipfile.ZIP_LZMA), "data/1: is compressed in an unusual way"),
    pt("a zip bomb", zipped({"m/data.pkl": bytes(2**26)}, zipfile.ZIP_DEFLATED), "data.pkl: has 64.0 MiB, more than"),
    pt("TorchScript", checkpoint(more={"m/code/net.py": b"x"}), "holds TorchScript, a program and its weights"),
    pt("another zip", zipped({"m/readme.txt": b"x"}), "holds no data.pkl, not a PyTorch checkpoint"),
)  # fmt: skip

OLDER = (
    pt("an old file cut short", legacy(cut=9), "is cut short: a storage has fewer numbers than it says"),
    pt("an old file whose storage lies", legacy(at1=2**40), "is cut short: a storage has fewer numbers than it says"),
    pt("an old file without its keys", legacy(keys=[]), "has no numbers for the storage 0"),
    pt("an old file with a key too many", legacy(keys=["0", "77"]), "has a storage 77 that no tensor names"),
    pt("an old file that calls", legacy(call("os", "system", "id")), "calls os.system, which no weights need"),
    pt("an old file that ends early", LEGACY_START, "the pickle in it is cut short"),
    pt("a bare pickle", pickle.dumps({"a": 1}), "holds a bare pickle, not what torch.save writes"),
    pt("PyTorch's oldest format", b"m".ljust(257, b"\0") + b"ustar" + bytes(250),
       "holds a tar archive, PyTorch's format"),
    pt("text", b"hello", "holds other data, not a PyTorch checkpoint"),
    pt("a picture", b"\x89PNG\r\n\x1a\n" + bytes(40), "holds a PNG image"),
    pt("nothing", b"", "is empty"),
)  # fmt: skip

EMPTY = b'"a": {"dtype": "F64", "shape": [0], "data_offsets": [0, 0]}'
TWICE = b"{" + EMPTY + b", " + EMPTY + b"}"
SAFETENSORS = (
    st("safetensors cut short", safetensors()[:-20], "is damaged or cut short"),
    st("a header longer than the file", (10**7).to_bytes(8, "little") + b"{}", "is damaged or cut short"),
    st("a header of many gigabytes", (2**60).to_bytes(8, "little") + b"{}", "holds other data, not safetensors"),
    st("a header that is no JSON", safetensors(b'{"a": '), "is damaged or cut short"),
    st("a header nested without end", safetensors(b'{"a":' * 100_000), "is damaged or cut short"),
    st("a name twice", safetensors(TWICE, b""), "a: is in it twice"),
    st("offsets that overlap", safetensors(entry("fc.bias", data_offsets=[0, 16])), "is damaged or cut short"),
    st("offsets that run backward", safetensors(entry("fc.bias", data_offsets=[16, 0])), "is damaged or cut short"),
    st("a shape that its bytes are not", safetensors(entry("fc.bias", shape=[3])), "is damaged or cut short"),
    st("a shape that overflows", safetensors(entry("fc.bias", shape=[2**63, 2**63])), "is damaged or cut short"),
    st("a negative shape", safetensors(entry("fc.bias", shape=[-2])), "is damaged or cut short"),
    st("a kind of number that is none", safetensors(entry("fc.bias", dtype="F7")), "is damaged or cut short"),
    st("quantised safetensors", safetensors(lambda h: {**h, "fc.bias": {**h["fc.bias"], "dtype": "I8", "shape": [16]}}),
       "fc.bias: holds int8: quantised weights"),
    st("8-bit safetensors", safetensors(entry(U, dtype="I8", shape=[4, 24])), "holds int8: quantised"),
)  # fmt: skip

CHOICES = (
    Bad("two layers", "m.npz", npz(**TORCH, **SECOND), "one of several layers, 2 of them", {},
        chosen(npz(**TORCH, **SECOND), layer=2)),
    Bad("a layer that is not there", "m.npz", npz(**TORCH, **SECOND), "and no layer 3", {"layer": 3},
        chosen(npz(**TORCH, **SECOND), layer=2)),
    Bad("a layer that is missing", "m.npz", npz(**TORCH, **{k.replace("l1", "l2"): v for k, v in SECOND.items()}),
        "has no layer 2 of 3", {}, chosen(npz(**TORCH, **SECOND), layer=1)),
    Bad("two directions", "m.npz", npz(**TORCH, **BACK), "runs in both directions", {},
        chosen(npz(**TORCH, **BACK), direction="backward")),
    Bad("one direction of two", "m.npz", npz(**BACK, **{"fc.weight": W["V"]}), "without its forward direction", {},
        chosen(npz(**TORCH, **BACK), direction="forward")),
    Bad("a head of both directions", "m.npz", npz(**WIDE, **BACK), "takes both directions of h",
        {"direction": "forward"}, chosen(npz(**WIDE, **BACK), direction="forward", head="none")),
    Bad("two networks", "m.npz", npz(**TORCH, **OTHER), "has 2 recurrent networks", {},
        chosen(npz(**TORCH, **OTHER), part="dec")),
    Bad("a part that is not there", "m.npz", npz(**TORCH, **OTHER), "has no recurrent layer under enc",
        {"part": "enc"}, chosen(npz(**TORCH, **OTHER), part="rnn")),
    Bad("parts of what has none", "m.npz", npz(**W), "has one recurrent layer without a prefix", {"part": "rnn"},
        chosen(npz(**W))),
    Bad("two heads", "m.npz",
        npz(**{k.replace("fc", "out1"): v for k, v in TORCH.items()}, **{"out2.weight": np.ones((1, 4))}),
        "2 matrices may be the head", {}, chosen(npz(**TORCH, **{"value.weight": np.ones((1, 4))}), head="value")),
    Bad("a head that is not there", "m.npz", npz(**TORCH), 'has no head "value"', {"head": "value"},
        chosen(npz(**TORCH), head="fc")),
    Bad("a head of another shape", "m.npz", npz(**TORCH, **{"x.weight": np.ones((2, 9))}),
        "shape (2, 9), and the head has 4 hidden units on one side", {"head": "x"}, chosen(npz(**TORCH), head="none")),
    Bad("a head of a lower layer", "m.npz", npz(**TORCH, **SECOND), "the head stands on layer 2",
        {"layer": 1, "head": "fc"}, chosen(npz(**TORCH, **SECOND), layer=1, head="none")),
    Bad("no head", "m.npz", npz(**{k: v for k, v in TORCH.items() if "fc" not in k}), "no V (hidden → output)", {},
        chosen(npz(**{k: v for k, v in TORCH.items() if "fc" not in k}), head="none")),
    Bad("two vectors that may be its bias", "m.npz", npz(U=W["U"], W=W["W"], b=W["b"], top=W["V"], p=W["c"], q=W["c"]),
        "may all be the bias of top", {}, chosen(npz(U=W["U"], W=W["W"], b=W["b"], top=W["V"], c=W["c"]))),
    Bad("a Keras GRU of the older kind", "m.npz", npz(**KERAS, **{"gru/bias": np.ones(12)}),
        "a GRU with reset_after=False", {}, chosen(npz(**KERAS, **{"gru/bias": np.ones((2, 12))}))),
)  # fmt: skip

BAD_MODELS = (*PICKLES, *TENSORS, *ZIPS, *OLDER, *SAFETENSORS, *CHOICES)
