"""Sequences as JSON Lines: an object a line, as JSON has it for one sequence; errors name the line."""

from __future__ import annotations

import json

from rnn_core.data import Dataset
from rnn_core.formats import strict_json
from rnn_core.formats.files import Content
from rnn_core.formats.registry import Format
from rnn_core.formats.sequences import json_parts
from rnn_core.formats.sequences.asked import Asked
from rnn_core.formats.sequences.json_parts import NAMES, Part


def sniff(head: bytes) -> bool:
    """Whether the first two lines are an object each, the second perhaps cut."""
    lines = [line for line in head.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()][:2]
    if len(lines) < 2 or not all(line.lstrip().startswith(b"{") for line in lines):
        return False
    try:
        return isinstance(json.loads(lines[0]), dict)
    except (ValueError, RecursionError):
        return False


def load(content: Content, asked: Asked) -> Dataset:
    """The dataset of a file with an object a line. Raises RnnError naming line and field."""
    parts: list[Part] = []
    names: dict[str, tuple[str, ...]] = dict.fromkeys(NAMES, ())
    for i, line in enumerate(content.text().split("\n"), start=1):
        if not line.strip():
            continue
        place = f"line {i}"
        one = Content(f"{content.name}, {place}", line.encode("utf-8"))
        entry = strict_json.parse(one, line_only=True)
        if not isinstance(entry, dict):
            raise strict_json.wrong(one, "", entry, "an object", 'write {"inputs": [[0.1, 0.2]], "targets": [0]}')
        found = json_parts.of_object(one, "", entry, asked)
        for kind, own in found[0].names.items():
            if own and names[kind] and own != names[kind]:
                raise one.error("not the same as before", at=kind, fix=f"give the same {kind} on each line")
            names[kind] = names[kind] or own
        parts += found
    return json_parts.made(content, parts, asked, names)


FORMAT = Format("JSON Lines", (".jsonl", ".ndjson"), sniff, load, "a JSON sequence a line")
