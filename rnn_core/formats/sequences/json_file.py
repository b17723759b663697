"""Sequences as JSON: an object for one, {"sequences": [ … ]} for several of different lengths.

    {"inputs": [[0.1, -0.3], [0.0, 1.0]], "targets": [0, null], "tokens": ["a", "b"],
     "classes": ["no", "yes"], "features": ["x1", "x2"], "h0": [0.0, 0.0, 0.0]}

Only "inputs" is needed, or "tokens" in their place. `classes` and `features` stand at the top, or in each sequence and
then the same in all. A sequence may have a "name". What is optional may be null.

A bare list of rows is read as "inputs". Whole numbers in it are token ids, and a list of such lists is several
sequences; the same of words. Targets are class indices, words, one-hot rows or real values. `json_parts` knows the
other spellings.
"""

from __future__ import annotations

from typing import Any

from rnn_core.data import Dataset
from rnn_core.formats import strict_json
from rnn_core.formats.files import Content
from rnn_core.formats.registry import Format
from rnn_core.formats.sequences import json_lines, json_parts
from rnn_core.formats.sequences.asked import Asked
from rnn_core.formats.sequences.json_parts import NAMES, Part
from rnn_core.formats.strict_json import Json

_MANY = ("sequences", *NAMES)


def sniff(head: bytes) -> bool:
    """Whether these first bytes begin an object or a list."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))


def load(content: Content, asked: Asked) -> Dataset:
    """The dataset in a JSON file. Raises RnnError naming the field."""
    if json_lines.sniff(content.data[: 2**16]):
        asked.note("read as JSON Lines, a sequence a line", "each line is an object", "call it .jsonl")
        return json_lines.load(content, asked)
    top = strict_json.parse(content)
    if isinstance(top, list):
        return _bare(content, top, asked)
    if not isinstance(top, dict):
        raise strict_json.wrong(content, "", top, "an object", 'write {"inputs": [[0.1, 0.2]], "targets": [0]}')
    if "sequences" not in top:
        return json_parts.made(content, json_parts.of_object(content, "", top, asked), asked)
    strict_json.check_keys(content, "", top, _MANY if "inputs" not in top else (*_MANY, "inputs"))
    if "inputs" in top:
        raise content.error('both "inputs" and "sequences"', fix="put every sequence into the list")
    listed = top["sequences"]
    if not isinstance(listed, list):
        raise strict_json.wrong(content, "sequences", listed, "a list", 'write [{"inputs": …}, …]')
    if not listed:
        raise content.error("no sequences", at="sequences", fix="give at least one")
    return _several(content, listed, "sequences", json_parts.names(content, "", top), asked)


def _several(content: Content, listed: list[Json], at: str, names: dict[str, tuple[str, ...]], asked: Asked) -> Dataset:
    parts: list[Part] = []
    for i, entry in enumerate(listed):
        place = f"{at}[{i}]"
        if not isinstance(entry, dict):
            raise strict_json.wrong(content, place, entry, "an object", 'write {"inputs": [[0.1, 0.2]]}')
        found = json_parts.of_object(content, place, entry, asked)
        for kind, own in found[0].names.items():
            if own and own != names[kind] and (i or names[kind]):
                raise content.error("not the same as before", at=f"{place}.{kind}", fix=f"give {kind} once, at the top")
            names[kind] = names[kind] or own
        parts += found
    return json_parts.made(content, parts, asked, names)


def _bare(content: Content, top: list[Any], asked: Asked) -> Dataset:
    """A list without a name: rows of features, token ids or words of one sequence or several, or objects."""
    if top and all(isinstance(entry, dict) for entry in top):
        return _several(content, top, "", dict.fromkeys(NAMES, ()), asked)
    return json_parts.made(content, json_parts.of_list(content, "", "inputs", top, None, asked, bare=True), asked)


FORMAT = Format(
    "JSON", (".json",), sniff, load, '{"inputs": [[…], …], "targets": [0, null, …]}', also=(".jsonl", ".ndjson")
)
