"""Everything that was recognised in one recording, put together; or what is missing to judge it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rnn_core.mistakes import oracle
from rnn_core.mistakes.oracle import Net, Ran
from rnn_core.model import Array
from rnn_core.review import callers
from rnn_core.review.episodes import Episode, episodes
from rnn_core.review.events import Events
from rnn_core.review.forward import learn
from rnn_core.review.heads import other_head
from rnn_core.review.instrument import Code
from rnn_core.review.labels import NOTHING
from rnn_core.review.one_by_one import put_together
from rnn_core.review.outputs import Output, find_output
from rnn_core.review.recording import Recording
from rnn_core.review.seen import Seen
from rnn_core.review.steps import own, stored
from rnn_core.review.structure import Piece, Structure
from rnn_core.review.targets import Targets, find_targets, without_padding
from rnn_core.review.timesteps import Pair, bare, linear, pairs
from rnn_core.review.values import Values, softmax


@dataclass(eq=False)
class Judged:
    """A sequence with the right numbers for it."""

    episode: Episode
    net: Net
    right: Ran
    has: NDArray[np.bool_]
    """At which timesteps their output shows."""
    z_seen: bool
    """Whether the logits show, at every timestep that has an output."""
    p_seen: bool
    stored: dict[str, Array]
    """Each parameter as it stands in their array."""
    begins: bool = False
    """Whether dz of some timestep shows after its forward pass: then a backward pass begins there."""
    guessed: bool = False
    """Whether its targets are a guess: nothing but whole numbers that could be classes."""
    later: dict[str, Array] | None = None
    """The same when the next sequence begins; None where none does."""


@dataclass(eq=False)
class Found:
    """What was recognised; `missing` says in words what was not."""

    code: Code
    values: Values
    events: Events
    structure: Structure | None = None
    output: Output | None = None
    targets: Targets | None = None
    sequences: list[Judged] = field(default_factory=list)
    cut: bool = False
    """Whether the last sequence was cut off before its update."""
    missing: str = ""
    states: bool = False
    """Whether anything was found that may be a state, by its tanh."""

    @property
    def recording(self) -> Recording:
        return self.values.recording

    @property
    def recognised(self) -> bool:
        """Whether the whole forward pass is: up to the probabilities."""
        return not self.missing and any(judged.p_seen for judged in self.sequences)

    @property
    def pieces(self) -> dict[str, Piece]:
        """The parameters that were found, by our names."""
        assert self.structure is not None
        assert self.output is not None
        found = {
            "U": self.structure.U,
            "W": self.structure.W,
            "V": self.output.V,
            "b": self.structure.b,
            "c": self.output.c,
        }
        return {name: piece for name, piece in found.items() if piece is not None}

    def put_in(self, swaps: callers.Swaps) -> callers.Swaps:
        """Values at our sites as those of the text: what a run is given."""
        return callers.together(self.recording, self.code, swaps)

    def called(self) -> frozenset[str]:
        """The names of their functions that ran."""
        ran = {self.code.sites[site].function for site in np.unique(self.recording.sites).tolist()} - {-1}
        return frozenset(str(getattr(self.code.functions[function], "name", "")) for function in ran)

    def name(self, site: int) -> str:
        """What the person calls what stands at a site."""
        return ast.unparse(self.code.sites[site].node) if site >= 0 else ""

    def names(self) -> dict[str, str]:
        """Their names of what was identified, by ours."""
        if self.structure is None:
            return {}
        found = {"U": self.structure.U.site, "W": self.structure.W.site if self.structure.W else -1}
        if self.output is not None:
            found["V"] = self.output.V.site
        if self.structure.b is not None:
            found["b"] = self.structure.b.site
        if self.output is not None and self.output.c is not None:
            found["c"] = self.output.c.site
        found["x"], found["h[t-1]"] = self.structure.x_site, self.structure.state_site
        return {ours: self.name(site) for ours, site in found.items() if site >= 0}


def find(recording: Recording, code: Code, names: Mapping[str, str] | None = None) -> Found:
    """Recognise the network of a recording; `names` are theirs by ours, where the person has said them.

    Where nothing is recognised in their lines as they are, those of a function are told apart by who called it.
    """
    recording = put_together(recording, code)
    found = _find(recording, code, names)
    parted = None if found.recognised else callers.apart(recording, code)
    other = found if parted is None else _find(*parted, names)
    return other if other.recognised else found


def _find(recording: Recording, code: Code, names: Mapping[str, str] | None) -> Found:
    values = Values(recording)
    events = Events(recording, code, names)
    found = Found(code, values, events)
    made = pairs(values, events)
    found.states = bool(made)
    groups = made or linear(values, events)
    if not groups:
        found.missing = "no h = tanh(…) was computed"
        return found
    best = found
    for group in groups[:6]:
        tried = _from(group, Found(code, values, events, states=found.states), groups)
        if not tried.missing:
            return tried
        if best is found or len(tried.names()) > len(best.names()):
            best = tried
    return best


def _from(group: list[Pair], found: Found, groups: list[list[Pair]]) -> Found:
    values, events = found.values, found.events
    structure = learn(values, events, group)
    if structure is None:
        if bare(group):
            found.missing = "no h = tanh(…) was computed"
            return found
        found.missing = "found h = tanh(…), but no U, W and x that explain what stands in it"
        return found
    found.structure = structure
    for name in ("W", "U", "b"):
        if (piece := getattr(structure, name)) is not None:
            setattr(structure, name, own(events, piece))
    _zero_bias(found, group)
    runs = episodes(values, events, group, structure)
    if not runs:
        found.missing = "found h = tanh(…), but no x that is multiplied by U"
        return found
    complete = runs[:-1] if len(runs) > 1 and found.recording.ended in {"events", "bytes", "time"} else runs
    found.cut = len(complete) < len(runs)
    output = None
    for episode in complete[1:3] + complete[:1] + complete[-1:]:
        tried = find_output(values, events, structure, episode)
        if tried is not None and (output is None or (tried.sure, not tried.fault) > (output.sure, not output.fault)):
            output = tried
        if output is not None and output.sure and not output.fault:
            break
    if output is None:
        found.missing = "found h = tanh(…), but no matrix that multiplies h to make outputs"
        return found
    output.V, output.c = own(events, output.V), output.c and own(events, output.c)
    found.output = output
    places: dict[int, int] = {}
    if structure.W is None:
        structure.W = _unused(found, complete[0])
        for episode in complete:
            if structure.W is not None:
                episode.params["W"] = structure.W.of(stored(events, structure.W, episode.stop))
    _zero_output_bias(found, complete[0])
    for k, episode in enumerate(complete[:24]):
        if len(found.sequences) >= 12 or _plenty(found.sequences):
            break
        judged = _judged(found, episode)
        if judged is None:
            if not found.sequences:
                found.missing = found.missing or "found the outputs, but no targets"
                return found
            break
        judged.later = _stored(found, runs[k + 1]) if k + 1 < len(runs) else None
        found.sequences.append(judged)
        places[id(judged)] = k
    if any(judged.begins for judged in found.sequences):
        found.sequences = [judged for judged in found.sequences if judged.begins]
    elif len(found.sequences) > 1:
        going = [judged for judged in found.sequences if _goes_back(found, judged, runs, places[id(judged)])]
        found.sequences = going or found.sequences
    for judged, following in pairwise([*found.sequences, None]):
        if judged is not None and following is not None:
            judged.later = following.stored
    return found


def _plenty(sequences: list[Judged]) -> bool:
    """Whether there are more updates than are judged, of sequences long enough to show everything."""
    long = [judged for judged in sequences if judged.net.T >= 3 and judged.begins]
    changes = sum(any(not np.array_equal(a.stored[n], b.stored[n]) for n in a.stored) for a, b in pairwise(long))
    return changes >= 3


def _goes_back(found: Found, judged: Judged, runs: list[Episode], k: int) -> bool:
    """Whether anything like a gradient is made after a forward pass; some are only made to look at the loss."""
    recording, episode = found.recording, judged.episode
    if k + 1 < len(runs) and any(
        not np.array_equal(judged.stored[n], a) for n, a in _stored(found, runs[k + 1]).items()
    ):
        return True
    shapes = {
        judged.stored[name].shape
        for name in found.pieces
        if judged.stored[name].ndim == 2 and min(judged.stored[name].shape) > 1
    }
    known = {array.reshape(-1).tobytes() for array in judged.stored.values()}
    start = episode.steps[-1].done
    for number in np.unique(recording.values[start : episode.stop]):
        if number < 0 or recording.first[int(number)] < start:
            continue
        array = recording.arrays[int(number)]
        if array.shape in shapes and array.any() and array.reshape(-1).tobytes() not in known:
            return True
    return False


def _stored(found: Found, episode: Episode) -> dict[str, Array]:
    """Each parameter of an episode as it stands in their array."""
    events, at = found.events, episode.steps[0].at
    return {
        name: stored(events, piece, episode.stop, at) if name in {"V", "c"} else stored(events, piece, at + 1)
        for name, piece in found.pieces.items()
    }


def _unused(found: Found, episode: Episode) -> Piece | None:
    """A square matrix that the forward pass leaves out, and the backward pass uses."""
    structure, output, recording = found.structure, found.output, found.recording
    assert structure is not None
    assert output is not None
    taken = {structure.U.site, output.V.site}
    for event in range(episode.steps[0].start, episode.stop):
        array = recording.array(event)
        site = found.code.sites[int(recording.sites[event])]
        if (
            array is None
            or array.shape != (structure.hidden, structure.hidden)
            or site.id in taken
            or site.kind != "see"
        ):
            continue
        if (
            array.any()
            and isinstance(site.node, ast.Name | ast.Attribute | ast.Subscript)
            and recording.first[int(recording.values[event])] < episode.steps[0].at
        ):
            return own(found.events, Piece(int(recording.values[event]), site.id), event)
    return None


def _judged(found: Found, episode: Episode) -> Judged | None:
    values, events, structure, output = found.values, found.events, found.structure, found.output
    assert structure is not None
    assert output is not None
    params = dict(episode.params)
    theirs = _stored(found, episode)
    params["V"] = output.V.of(theirs["V"])
    x = _in_order(found, episode)
    params["c"] = output.c.of(theirs["c"]).reshape(-1) if output.c is not None else np.zeros(output.classes)
    z = episode.h @ params["V"].T + params["c"]
    if not np.isfinite(z).all():
        found.missing = "the forward pass is not finite"
        return None
    p = softmax(z)
    seen = Seen(values, episode.steps[0].at, episode.stop, episode.T)
    whole = bool(values.alike(z)), bool(values.alike(p))
    with np.errstate(all="ignore"):
        logp = np.log(p)
    z_has = np.array([whole[0] or seen.has(row) for row in z])
    p_has = np.array([whole[1] or seen.has(row) or seen.has(logp[k]) for k, row in enumerate(p)])
    p_has |= bool(values.alike(logp))
    has = p_has if p_has.any() else z_has
    if not has.any():
        has = np.ones(episode.T, bool)
    classes = output.classes > 1
    targets = find_targets(values, events, episode, p, has) if classes else None
    if targets is None and not has.all() and classes:
        targets = find_targets(values, events, episode, p, np.ones(episode.T, bool))
    if targets is None and p_has.any() and classes:
        return None
    head, real = "softmax", None
    if not classes or not p_has.any():
        other = other_head(values, events, episode, z, z_has)
        if other is not None:
            head, real, has = other
            targets, p_has = (
                Targets(np.where(has[:, None], 0, NOTHING) + np.zeros((1, episode.batch), int), "error"),
                has,
            )
    if targets is None:  # the probabilities are not theirs: what the loss asks for does not matter yet
        targets = Targets(np.full((episode.T, episode.batch), -1), "")
    if found.targets is None:
        found.targets = targets
    y = np.where(has[:, None], targets.y, -1)
    y = without_padding(seen, p, y, has) if real is None else y
    net = Net(params["U"], params["W"], params["V"], params["b"], params["c"], x, y, episode.h0, head, real)
    passed = oracle.forward(net)
    right = oracle.backward(passed)
    T, B = net.T, net.batch
    rows = [row for row in right.rows["dz"] if row.any()]
    ends = np.flatnonzero(has)[[0, -1]]
    turned = right.p + right.onehot  # the frequent slips of a sign, and of a target, are beginnings, too
    rows = [*rows[:2], *(-row for row in rows[:2]), *turned[ends]]
    if B == 1 and output.classes <= 200 and head == "softmax":
        rows += [right.p[r] - one for r in ends for one in np.eye(output.classes)]
    scales = {1.0, 1 / T, 1 / B, 1 / (T * B)}
    if head == "linear":
        scales |= {k * scale / O for k in (1, 2) for O in (1, output.classes) for scale in scales}
    begins = any(seen.has(row * scale) for row in rows if row.any() for scale in scales)
    return Judged(
        episode,
        net,
        right,
        has,
        bool(z_has.all() or (z_has.any() and z_has[-1])),
        bool(p_has.any()),
        theirs,
        begins,
        targets.guessed,
    )


def _in_order(found: Found, episode: Episode) -> Array:
    """x in the order of the data, where the code has all of it in one array and reads it one timestep late."""
    x = episode.x
    late = np.roll(x, -1, axis=0)
    whole = [found.recording.arrays[n] for n in found.values.alike(x)] if x.any() and episode.T > 2 else []
    orders = [(late.transpose(axes), x.transpose(axes)) for axes in ((0, 1, 2), (1, 0, 2), (2, 1, 0))]
    pairs = [[found.values.close(a.reshape(-1), b.reshape(-1)) for b in pair] for a in whole for pair in orders]
    return late if any(moved for moved, _ in pairs) and not any(read for _, read in pairs) else x


def _zero_bias(found: Found, group: list[Pair]) -> None:
    """A bias that is still 0 explains nothing, and yet stands in the sum: it is known by its place."""
    structure = found.structure
    assert structure is not None
    if structure.b is not None:
        return
    pair = group[min(1, len(group) - 1)]
    sites = {structure.state_site, structure.x_site}
    structure.b = _zero_vector(found, max(0, pair.at - 60), pair.done + 1, structure.hidden, sites, None)


def _zero_output_bias(found: Found, episode: Episode) -> None:
    output = found.output
    assert output is not None
    assert found.structure is not None
    if output.c is not None:
        return
    sites = {found.structure.state_site, found.structure.x_site}
    if found.structure.b is not None:
        sites.add(found.structure.b.site)
    V = output.V.of(stored(found.events, output.V, episode.stop, episode.steps[0].at))
    z = episode.h @ V.T if V.shape[1] == episode.h.shape[2] else np.zeros(0)
    sums = {number for row in (z, *z[:1], *z[-1:]) for number in found.values.alike(row)}
    output.c = _zero_vector(found, episode.steps[0].done, episode.stop, output.classes, sites, sums)


def _zero_vector(
    found: Found, start: int, stop: int, width: int, not_at: set[int], sums: set[int] | None
) -> Piece | None:
    """A vector of zeros that is added to a sum between two events; `sums` are the values that may come of it."""
    recording, sites = found.recording, found.code.sites
    put_together = {site.id for site in found.code.gathered.values()}
    for event in range(start, min(stop, len(recording))):
        site = sites[int(recording.sites[event])]
        array = recording.array(event)
        if array is None or array.size != width or array.any() or site.kind != "see" or site.id in not_at:
            continue
        begins = site.id in put_together and isinstance(found.code.statements[site.statement], ast.Assign)
        if begins and site.parent < 0 and width > 1:
            return Piece(int(recording.values[event]), site.id)  # each sum begins with its number
        if not isinstance(site.node, ast.Name | ast.Attribute | ast.Subscript) or site.parent < 0:
            continue
        around = sites[site.parent].node
        if not isinstance(around, ast.BinOp) or not isinstance(around.op, ast.Add) or (width < 2 and sums is None):
            continue
        after = found.events.next(site.parent, event)
        if sums is None or (after >= 0 and int(recording.values[after]) in sums):
            return own(found.events, Piece(int(recording.values[event]), site.id), event)
    return None
