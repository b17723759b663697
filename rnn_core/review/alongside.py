"""A reviewed run laid beside ours: their network and data for our listing, and which of their events each line is.

file → review → (their parameters, their sequence, options)  and  Alongside
"""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnn_core.alongside.run import NONE, Alongside, Fault, Spot
from rnn_core.data import Sequence
from rnn_core.errors import RnnError, UsageError
from rnn_core.mistakes import oracle
from rnn_core.mistakes.oracle import Ran, running
from rnn_core.model import Array, Params
from rnn_core.reading import CodeReading
from rnn_core.recorder import record
from rnn_core.review.engine import Reviewed, reviewed
from rnn_core.review.found import Found, Judged
from rnn_core.review.operands import Operands
from rnn_core.review.report import Fault as Told
from rnn_core.review.report import Report, at_time, compared
from rnn_core.review.role import ROWS, SUMS
from rnn_core.review.roles import roles
from rnn_core.review.rule import moved, rule
from rnn_core.review.stepping import stops
from rnn_core.review.telling import columns, line_of, segment_of
from rnn_core.review.their_names import their_names
from rnn_core.review.verdict import Judgement
from rnn_core.trace import Trace
from rnn_core.updates import Options


class NotShown(UsageError):  # noqa: N818  # not an error of the person's
    """A file in which no network was found that could be stepped; its status is that of the review's answer."""

    def __init__(self, report: Report) -> None:
        what, where = f"{report.verdict}: {report.says}", report.source.path.name
        super().__init__(what, where=where, fix="rnn-tui review says more")
        self.exit_status = report.status


class Beside(NamedTuple):
    """Everything that a session of a person's own code begins with."""

    sequences: tuple[Sequence, ...]
    params: Params
    options: Options
    alongside: Alongside


def beside(path: str, options: Options = Options(), said: CodeReading = CodeReading()) -> Beside:
    """Run and review a file. Raises NotShown where nothing can be stepped, UsageError for what cannot be run."""
    try:
        made = reviewed(Path(path), said)
    except RnnError as error:  # its status is that of *unsure*, as `review` has it
        raise UsageError(error.what, where=error.where, fix=error.fix) from None
    report, found, judgement = made.report, made.found, made.judgement
    if found is None or judgement is None or not found.sequences:
        raise NotShown(report)
    return _Building(made, found, judgement, options).build()


class _Building:
    def __init__(self, made: Reviewed, found: Found, judgement: Judgement, options: Options) -> None:
        self.report: Report = made.report
        self.found, self.judgement = found, judgement
        self.judged: Judged = found.sequences[judgement.sequence]
        net = self.judged.net
        self.T = net.T
        self.params = Params(U=net.U, W=net.W, V=net.V, b=net.b, c=net.c)
        name = self.report.source.path.name
        if net.head == "sigmoid":
            says = "the loss is of a sigmoid, which is reviewed and not stepped"
            raise NotShown(replace(self.report, says=f"{self.report.says}; {says}"))
        targets = net.y if net.real is None else np.where((net.y >= 0)[:, :, None], net.real, np.nan)
        self.sequences = tuple(Sequence(net.x[:, m], targets[:, m], h0=net.h0[m], name=name) for m in range(net.batch))
        count = self.sequences[0].target_count
        mean = judgement.factor != 1.0 and count > 0 and abs(judgement.factor * count - 1) < 1e-12
        turned = judgement.factor < 0 and any(_name_of(fault.kind) == "dz" for fault in self.report.faults)
        self.factor = -judgement.factor if turned else judgement.factor  # where the sign is the mistake, it shows
        self.of_ours = self.factor if mean else 1.0
        loss = options.loss if net.real is None else "squared-error"
        self.options = replace(options, reduction="mean" if mean else "sum", truncation=0, loss=loss)
        self.roles = roles(found, self.judged, self._runs(), self.factor, self._blamed())
        if net.real is not None:
            self.roles.pop("p", None)  # a squared error is of z

    def _runs(self) -> list[Ran]:
        """What their values may be of: the mistake's own numbers, what follows from their states, the right ones."""
        net, right, theirs = self.judged.net, self.judged.right, self.judged.episode
        runs = [fault.run for fault in self.report.faults if fault.run is not None]
        runs = [run if run.rows else oracle.backward(oracle.ran(net, run.a, run.states, run.z, run.p)) for run in runs]
        if not self.found.values.close(right.states[1:], theirs.h):
            states = np.concatenate([net.h0[None], theirs.h])
            z = theirs.h @ net.V.T + net.c
            a = np.array([step.a for step in theirs.steps])
            runs.insert(0, oracle.backward(oracle.ran(net, a, states, z, oracle.probabilities(net.head, z))))
        return [*runs, right]

    def _blamed(self) -> dict[str, int]:
        """The sites at fault, by the line of ours that is wrong there."""
        out: dict[str, int] = {}
        for fault in self.report.faults:
            name = _name_of(fault.kind)
            for site in self.found.code.sites:
                if (
                    name
                    and line_of(self.found, site) == fault.line
                    and (site.kind in {"after", "base"} if name in SUMS else site.kind == "store")
                ):
                    out.setdefault(name, site.id)
        return out

    # -- all together ----------------------------------------------------------------------------------------

    def build(self) -> Beside:
        trace = record(self.params, self.sequences[0], self.options)
        rows, sums = self._rows(trace), self._sums(trace)
        new = moved(self.found, self.judged)
        chosen = rule(self.found, self.judged, self.judgement, trace, new, self.options, self.of_ours)
        if chosen != self.options:
            self.options = chosen
            trace = record(self.params, self.sequences[0], self.options)
        partners = self._partners(trace, new)
        episode = self.judged.episode
        steps, stop_of = stops(self.found, episode.start, episode.stop, partners)
        spots, spot_of = self._spots(partners, trace.program.length(self.T))
        by_line = np.full(trace.program.length(self.T) + 1, NONE, dtype=np.int32)
        by_line[list(stop_of)] = list(stop_of.values())
        source = self.report.source
        alongside = Alongside(
            path=str(source.path),
            lines=tuple(source.lines),
            cells=source.cells,
            verdict=self.report.verdict,
            says=self.report.says,
            faults=tuple(self._fault(fault) for fault in self.report.faults),
            names=their_names(self.found, self.roles),
            factors=self.judgement.factors,
            params=self.params,
            sequence=self.sequences[0],
            options=self.options,
            batch=len(self.sequences),
            rows=rows,
            sums=sums,
            updated={} if len(self.sequences) > 1 else {
                name: self.found.pieces[name].of(array).reshape(self.params[name].shape)
                for name, (array, _) in new.items()
            },
            stops=steps,
            stop_of=by_line,
            spot_of=spot_of,
            spots=spots,
            differs=self._differs(trace, rows, sums),
            operands=Operands(self.found, self.judged, self.roles).of(partners),
        )  # fmt: skip
        return Beside(self.sequences, self.params, self.options, alongside)

    # -- values ----------------------------------------------------------------------------------------------

    def _rows(self, trace: Trace) -> dict[str, Array]:
        """Their series in our layout: those of the first sequence of a batch."""
        out: dict[str, Array] = {}
        for name in ("a", "h", "z", *(("p",) if self.judged.net.real is None else ()), "dz", "dh", "da", "dh_next"):
            role, like = self.roles.get(name), trace.rows[name]
            rows = np.full(like.shape, np.nan)
            if name == "h":
                rows[0] = like[0]
            if name == "dh_next":
                rows[-1] = 0.0
            scale = self.of_ours if name in ROWS else 1.0
            for r, values in (role.numbers if role else {}).items():
                rows[r + (name == "h")] = values[0] * scale
            rows.flags.writeable = False
            out[name] = rows
        return out

    def _sums(self, trace: Trace) -> dict[str, dict[int, Array]]:
        """Their gradients by how many timesteps are in them, in our scale.

        Theirs are sums over the batch: the right sums of the other sequences are taken off. What is left stands beside
        that of the sequence shown, and differs from it by all that theirs is wrong by.
        """
        out: dict[str, dict[int, Array]] = {}
        for name in SUMS:
            role = self.roles.get(name)
            if role is None:
                continue
            all_right = running(self.judged.right.rows[name], self.judged.right.times)
            k = trace.program.number("backward", 1, name, self.T)
            step = len(trace.program.backward)
            for r, array in role.numbers.items():
                own = array * self.of_ours
                if len(self.sequences) > 1:
                    own = own - all_right[r] * self.of_ours + np.asarray(trace.window(name, k - r * step))
                own.flags.writeable = False
                out.setdefault(name, {})[self.T - r] = own
        return out

    def _differs(self, trace: Trace, rows: dict[str, Array], sums: dict[str, dict[int, Array]]) -> np.ndarray:
        """By our line's number: whether theirs has another value there."""
        out = np.zeros(trace.program.length(self.T) + 1, dtype=np.bool_)
        close = self.found.values.close
        for k in range(1, trace.program.borders(self.T)[2] + 1):
            _, t, line = trace.program.place(k, self.T)
            name = line.name
            if name in rows:
                at = t if name == "h" else t - 1
                mine, theirs = trace.rows[name][at], rows[name][at]
                out[k] = not np.isnan(theirs).all() and not close(theirs, mine) and bool(np.any(theirs) or np.any(mine))
            elif name in sums and (held := sums[name].get(self.T - t + 1)) is not None:
                out[k] = not close(held, np.asarray(trace.window(name, k)))
        return out

    # -- places ----------------------------------------------------------------------------------------------

    def _partners(self, trace: Trace, new: dict[str, tuple[Array, int]]) -> dict[int, int]:
        """The event that computes each of our lines, by the line's number."""
        out: dict[int, int] = {}
        listing = trace.program
        for phase, lines in (("forward", listing.forward), ("backward", listing.backward)):
            for line in lines:
                role = self.roles.get(line.name)
                for r, event in (role.events if role else {}).items():
                    out[listing.number(phase, r + 1, line.name, self.T)] = event  # type: ignore[arg-type]  # a phase
        for name, (_, event) in new.items():
            out[listing.number("update", 0, name, self.T)] = event
        return out

    def _spots(self, partners: dict[int, int], end: int) -> tuple[tuple[Spot, ...], np.ndarray]:
        sites: dict[int, int] = {}
        spots: list[Spot] = []
        of = np.full(end + 1, NONE, dtype=np.int32)
        for k, event in partners.items():
            site = self.found.code.sites[int(self.found.recording.sites[event])]
            if site.id not in sites:
                sites[site.id] = len(spots)
                statement = self.found.code.statements[site.statement]
                part = site.kind == "see" and getattr(statement, "value", None) is not site.node
                text = segment_of(self.found, site) if part else ast.unparse(statement).split("\n")[0]
                spots.append(Spot(line_of(self.found, site), columns(self.found, site), text))
            of[k] = sites[site.id]
        return tuple(spots), of

    def _fault(self, fault: Told) -> Fault:
        theirs, ours = ("", "")
        if fault.theirs is not None and fault.ours is not None:
            theirs, ours = compared(fault.theirs, fault.ours)
        spot = Spot(fault.line, fault.columns, self.report.source.line(fault.line).strip())
        says = fault.says
        for told in (fault.cause, at_time(fault.cause, fault.t)):
            says = says.removesuffix(f": {told}")
        return Fault(
            spot, fault.cause, says, fault.why, fault.link, _name_of(fault.kind), fault.t, fault.proven, theirs, ours
        )


_PARTS = {"local": "dh", "slope": "da"}


def _name_of(kind: str) -> str:
    """The line of ours that a kind of mistake is of."""
    name = kind.partition(":")[0]
    name = _PARTS.get(name, name)
    return name if name in {*SUMS, *ROWS, "a", "h", "z", "p"} else ""
