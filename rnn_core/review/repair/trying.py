"""Trying changes: the code runs with each of them, and the first after which everything is right is the proof."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from rnn_core.model import Array
from rnn_core.review.found import Found, Judged, find
from rnn_core.review.gradients import assembled
from rnn_core.review.instrument import instrument
from rnn_core.review.process import Process
from rnn_core.review.repair.arithmetic import UnknownError, value_of
from rnn_core.review.repair.edit import NEW, Edit, Text
from rnn_core.review.repair.explained import Ours
from rnn_core.review.repair.order import Question, Seen, among, questions
from rnn_core.review.repair.scope import Scope
from rnn_core.review.repair.statements import statement_edits
from rnn_core.review.values import Values
from rnn_core.review.verdict import Judgement, factors, judge

_PLAIN = 3
"""The rank up to which a change leaves the form of a statement."""

_OUTSIDE = frozenset(
    {"open", "os", "shutil", "subprocess", "pathlib", "Path", "sys", "socket", "requests", "urllib", "exec", "eval"}
    | {"save", "savez", "savez_compressed", "savetxt", "savefig", "tofile", "dump", "write", "writelines", "write_text"}
    | {"write_bytes", "unlink", "remove", "rename", "rmtree", "mkdir", "system", "print", "input"}
)
"""What reaches outside of a program's own numbers, by the first or the last part of its name."""


@dataclass
class Repairer:
    """Changes of one program, tried until its time is up."""

    process: Process
    found: Found
    judged: Judged
    judgement: Judgement
    names: Mapping[str, str]
    until: float
    """On the monotonic clock."""
    forward: bool = False
    """Whether the mistake is one of the forward pass: then other numbers are right."""
    tried: int = 0
    made: dict[int, list[Edit]] = field(default_factory=dict)
    text: Text = field(init=False)
    scope: Scope = field(init=False)
    blocks: dict[int, list[ast.stmt]] = field(init=False)
    ours: Ours = field(init=False)

    def __post_init__(self) -> None:
        self.text = Text("\n".join(self.found.code.lines))
        self.scope = Scope(self.found, self.judged)
        self.blocks = _blocks(self.found.code.statements)
        self.ours = Ours(self.found, self.judged, self.judgement.factor)
        wanted = assembled(self.found, self.judged, self.judged.right.totals)
        offered = [self.judgement.factor, *(value for value, _ in factors(self.judged, 1))]
        self.wanted: list[dict[str, Array]] = [
            {n: array * factor for n, array in wanted.items()} for factor in dict.fromkeys(offered)
        ]

    def first(self, blamed: list[Seen], most: int = 120, sure: bool = False) -> Edit | None:
        """The first change that makes everything right; `sure` tries only those that make what is wanted."""
        for edit in islice(self.offers(blamed, sure), most):
            if time.monotonic() > self.until:
                return None
            if self.mends(edit):
                return edit
        return None

    def offers(self, blamed: list[Seen], sure: bool = False) -> Iterator[Edit]:
        """Changes of all statements in question: those first that make what is wanted."""
        if self.judgement.update or self.judgement.unmoved:
            if self.judgement.update == "sign":
                yield from self._turned_round()
            return
        later: dict[int, list[Edit]] = {1: [], 2: [], 3: [], 4: []}
        offered: set[tuple[tuple[int, int, str], ...]] = set()
        for question in questions(self.found, self.judged, self.ours, blamed, self.judgement.missing):
            for edit in self._edits(question.statement):
                tier = self._tier(edit, question)
                if tier and edit.rank >= NEW:
                    continue
                if tier == 0:
                    if edit.spans not in offered:
                        offered.add(edit.spans)
                        yield edit
                else:
                    later[min(4, tier + (edit.rank > 3) + (not question.near))].append(edit)
        if sure:
            return
        for edit in (edit for edits in later.values() for edit in edits):
            if edit.spans not in offered:
                offered.add(edit.spans)
                yield edit

    def _turned_round(self) -> Iterator[Edit]:
        """Other signs in what runs once the gradients are there: in an update nothing else is weighed."""
        recording, episode = self.found.recording, self.judged.episode
        made = [
            recording.first[number]
            for wanted in self.wanted
            for array in wanted.values()
            for number in self.found.values.same(array)
        ]
        begin = max((event for event in made if event < episode.stop), default=episode.steps[-1].done)
        statements = [self.found.code.sites[int(site)].statement for site in recording.sites[begin : episode.stop]]
        for statement in dict.fromkeys(statements):
            yield from (edit for edit in self._edits(statement) if edit.turns and edit.rank <= _PLAIN)

    def _edits(self, statement: int) -> list[Edit]:
        if statement not in self.made:
            node = self.found.code.statements[statement]
            if _reaches_out(node):
                return []
            function = next((s.function for s in self.found.code.sites if s.statement == statement), -1)
            block = self.blocks.get(id(node), [])
            self.made[statement] = statement_edits(self.text, self.scope, node, function, block)
        return self.made[statement]

    def _tier(self, edit: Edit, question: Question) -> int:
        """0: makes what is wanted. 1: leaves it ours, or cannot be told. 3: does not make it ours."""
        node, known = self.found.code.statements[question.statement], question.known
        if not known:
            return 1
        if not isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.Expr | ast.AnnAssign):
            return 1
        start, stop = self.text.span(node)
        if not all(start <= a and b <= stop for a, b, _ in edit.spans):
            return 2
        changed = self.text.between(start, stop).encode()
        for a, b, new in sorted(edit.spans, reverse=True):
            changed = changed[: a - start] + new.encode() + changed[b - start :]
        try:
            after = ast.parse(changed.decode()).body[0]
        except SyntaxError:
            return 4
        if type(after) is ast.Pass:
            return 2
        target = getattr(node, "target", None) or next(iter(getattr(node, "targets", [])), None)
        inside = self.text.span(node.value) if node.value is not None else (stop, stop)
        if isinstance(target, ast.Subscript) and not all(inside[0] <= a and b <= inside[1] for a, b, _ in edit.spans):
            return 1  # what an element becomes says nothing of the whole
        known = {**known, **self._beside(after, known)}
        for whole, one, other in _parts(node, after):
            try:
                new = value_of(other, known)
            except UnknownError:
                continue
            so_far = isinstance(other, ast.BinOp) and other.op is getattr(after, "op", None)
            if question.wanted:
                if among(new, question.wanted, self.ours.tolerance):
                    return 0
                if so_far:  # a sum so far may be none of those, and what is added to it is
                    continue
                return 3 if whole else 1
            try:
                old = self.ours.has(value_of(one, known))
            except UnknownError:
                old = False
            if self.ours.has(new, not self.forward):
                return 0 if whole and (not old or question.fresh) else 1
            if not whole:
                return 1
            if not so_far:
                return 3
        return 1

    def _beside(self, node: ast.AST, known: Mapping[str, Any]) -> dict[str, Any]:
        """Entries that nothing has read, of things of which other entries are known, a timestep or two away."""
        out: dict[str, Any] = {}
        for part in ast.walk(node):
            if not isinstance(part, ast.Subscript | ast.Attribute) or (text := ast.unparse(part)) in known:
                continue
            entries = [one for one in ast.walk(part) if isinstance(one, ast.Subscript)]
            for entry in entries:
                (name, k), base = _shift(entry.slice), ast.unparse(entry.value)
                for near in (-1, 0, 1) if name and base not in known else ():
                    index = f"{base}[{name}{f' {chr(43 if near > 0 else 45)} {abs(near)}' if near else ''}]"
                    value = known.get(text.replace(ast.unparse(entry), index))
                    if isinstance(value, np.ndarray) and (there := self.ours.beside(value, k - near)) is not None:
                        out.setdefault(text, there)
        return out

    def mends(self, edit: Edit) -> bool:
        """Whether with a change every gradient is right, and every update."""
        changed = self.text.changed(edit)
        try:
            ast.parse(changed)
        except SyntaxError:
            return False
        self.tried += 1
        seconds = max(0.5, min(2.0, self.until - time.monotonic()))
        apart = self.forward or self.found.code.gathered  # other sums are right, or none stands there as one array
        if not apart and not self.judgement.update and not self.judgement.unmoved:
            recording = self.process.run(self.judged.episode.stop + 200, seconds, text=changed, light=True)
            if not len(recording) or not self._there(Values(recording)):
                return False
        recording = self.process.run(len(self.found.recording) + 400, seconds, text=changed)
        if not len(recording) or recording.ended == "error":
            return False
        code = instrument(changed, str(self.process.source.path))
        other = find(recording, code, self.names)
        return not other.missing and bool(other.sequences) and self._right(other)

    def _there(self, values: Values) -> bool:
        values.tolerance = max(values.tolerance, self.found.values.tolerance)
        return any(all(not array.any() or values.same(array) for array in wanted.values()) for wanted in self.wanted)

    def _right(self, other: Found) -> bool:
        """Whether another run is right, and the same network on the same data."""
        mine, theirs = self.judged, other.sequences[0]
        first = self.found.sequences[0]
        if (
            set(other.pieces) < set(self.found.pieces)
            or theirs.net.T != first.net.T
            or theirs.net.batch != first.net.batch
            or theirs.net.head != first.net.head
            or theirs.net.V.shape != first.net.V.shape
            or theirs.net.U.shape != first.net.U.shape
        ):
            return False
        again = judge(other)
        sound = other.values.close(theirs.right.states[1:], theirs.episode.h) and theirs.p_seen
        enough = again.updates >= min(self.judgement.updates + 1, len({id(s) for s in self.found.sequences}), 2)
        return again.right and sound and enough and mine is not None


def _blocks(statements: list[ast.stmt]) -> dict[int, list[ast.stmt]]:
    """The block that each statement stands in."""
    found: dict[int, list[ast.stmt]] = {}
    for node in statements:
        for name in ("body", "orelse", "finalbody"):
            for inner in (block := getattr(node, name, None) or []):
                found[id(inner)] = block
    top = [node for node in statements if id(node) not in found]
    return {**{id(node): top for node in top}, **found}


def _reaches_out(node: ast.stmt) -> bool:
    """Whether a statement may do more than compute: then it runs as it is, or not at all."""
    for part in ast.walk(node) if not hasattr(node, "body") else ():
        if isinstance(part, ast.Call):
            name = ast.unparse(part.func)
            if name.partition(".")[0] in _OUTSIDE or name.rpartition(".")[2] in _OUTSIDE:
                return True
    return False


def _parts(before: ast.stmt, after: ast.stmt) -> Iterator[tuple[bool, ast.AST, ast.AST]]:
    """The values around a change, the largest first: what a store leaves, what it stores, and the parts of that.

    With each whether it is all that the statement makes.
    """
    if isinstance(after, ast.AugAssign):
        yield True, _stored(before), _stored(after)
    one, other = getattr(before, "value", None), getattr(after, "value", None)
    whole = True
    while one is not None and other is not None:
        if not isinstance(other, ast.Tuple | ast.List):
            yield whole, one, other
            whole = False
        if type(one) is not type(other):
            return
        mine, theirs = list(ast.iter_child_nodes(one)), list(ast.iter_child_nodes(other))
        differ = [k for k, (a, b) in enumerate(zip(mine, theirs, strict=False)) if ast.dump(a) != ast.dump(b)]
        if len(mine) != len(theirs) or len(differ) != 1:
            return
        one, other = mine[differ[0]], theirs[differ[0]]


def _stored(node: ast.stmt) -> ast.AST:
    """What a store leaves, as an expression."""
    if isinstance(node, ast.AugAssign):
        target = ast.parse(ast.unparse(node.target), mode="eval").body
        return ast.BinOp(target, node.op, node.value)
    return getattr(node, "value", None) or ast.Constant(None)


def _shift(index: ast.expr) -> tuple[str, int]:
    """`t - 1` as ("t", -1)."""
    if isinstance(index, ast.Name):
        return index.id, 0
    if isinstance(index, ast.BinOp) and isinstance(index.left, ast.Name) and isinstance(index.right, ast.Constant):
        k = index.right.value
        if type(k) is int and isinstance(index.op, ast.Add | ast.Sub):
            return index.left.id, k if isinstance(index.op, ast.Add) else -k
    return "", 0
