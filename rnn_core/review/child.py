"""The process that runs a person's code: it records values and judges nothing.

Started as `python child.py FOLDER`; reads one job (a line of JSON) after another from its standard input and answers
each with a line. Every job runs in a fork of its own, so that NumPy is imported once and nothing of one run reaches the
next. What a run leaves is FOLDER/N.npz and FOLDER/N.json.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib.util
import itertools
import json
import os
import random
import resource
import signal
import sys
import threading
import time
import types
from typing import Any

import numpy as np

KINDS = "fiub"
LARGEST = 8_000_000
"""Elements of one array that is still kept."""

NO_MEMORY, STOPPED = 3, 5
"""The status of a run that had no memory left to write, and of one that was stopped from outside."""

GRACE = 5.0
"""Seconds that a run has to write what it recorded, once its time is up."""

STUCK = ".stuck"
"""The ending of the file that tells where code stood that no signal could stop."""


class Recorder:
    """Events in the order in which they happen: (site, value, object), values interned by their bytes."""

    def __init__(self, job: dict[str, Any], swaps: dict[int, dict[int, Any]], sites: list[Any]) -> None:
        self.events: list[tuple[int, int, int, int]] = []
        """(site, number of the value or -1, its object, its callers): one append, so that threads leave whole rows."""
        self.chains: dict[Any, int] = {}
        self.path: str = job["path"]
        self.within: tuple[Any, int] = None, 0
        self.new = threading.Lock()
        self.interned: dict[Any, int] = {}
        self.kept: list[np.ndarray] = []
        self.bytes = 0
        self.limit, self.most_bytes = job["events"], job["bytes"]
        self.swaps, self.counts = swaps, dict.fromkeys(swaps, 0)
        self.whole = {site.id for site in sites if site.index}
        self.bases = {site.id for site in sites if site.kind == "base"}
        self.written = {site.id for site in sites if site.written}
        self.begun = time.monotonic()
        self.seconds = job["seconds"]
        self.full: Any = None

    def intern(self, value: Any) -> int:
        if isinstance(value, np.ndarray):
            if value.dtype.kind not in KINDS or value.size > LARGEST or value.dtype.itemsize > 8:
                return -1
            key: Any = (value.dtype.str, value.shape, value.tobytes())
        else:
            key = value if isinstance(value, int) else float(value)
            key = (type(key).__name__, key)
        found = self.interned.get(key)
        return self.keep(key) if found is None else found

    def keep(self, key: Any) -> int:
        """The number of a value that was not seen so far; an array shares its bytes with its key."""
        with self.new:
            if key in self.interned:
                return self.interned[key]
            if len(key) == 3:
                kept = np.frombuffer(key[2], dtype=key[0]).reshape(key[1])
            else:
                kept = np.asarray(key[1] if abs(key[1]) < 2**53 else 0)
            self.kept.append(kept)
            self.bytes += kept.nbytes
            number = self.interned[key] = len(self.kept) - 1
        return number

    def note(self, site: int, value: Any) -> None:
        self.add(site, self.intern(value), id(value))

    def add(self, site: int, number: int, thing: int) -> None:
        """One event more; the last one that is wanted ends the run."""
        self.events.append((site, number, thing, self.called()))
        if len(self.events) >= self.limit or self.bytes > self.most_bytes:
            self.full("events" if len(self.events) >= self.limit else "bytes")

    def see(self, site: int, value: Any) -> Any:
        kind = type(value)
        if site in self.swaps:
            value = self.swapped(site, value)
        if (
            kind is np.ndarray
            or kind is float
            or (kind is int and site in self.whole)
            or (isinstance(value, np.number | np.ndarray) and (site in self.whole or not isinstance(value, np.integer)))
        ):
            self.note(site, value)
        return value

    def put(self, site: int, value: Any) -> Any:
        if site in self.swaps:
            value = self.swapped(site, value)
        kind = type(value)
        if site in self.bases and (kind is not np.ndarray or value.size > 4096):
            return value
        if kind is np.ndarray or kind is float or kind is int or isinstance(value, np.number | np.ndarray):
            self.note(site, value)
        elif kind is list or kind is tuple:
            self.deep(site, value)
        elif kind is dict and len(value) <= 64:
            self.deep(site, value.values())
        return value

    def wrote(self, site: int, value: Any) -> None:
        kind = type(value)
        if site in self.bases and (kind is not np.ndarray or value.size > 4096):
            return
        if site in self.swaps and isinstance(value, np.ndarray):
            count = self.counts[site]
            self.counts[site] = count + 1
            right = self.swaps[site].get(count)
            if right is not None and right.size == value.size and value.flags.writeable:
                value[...] = right.reshape(value.shape)  # it was stored already: it is put right where it stands
        if kind is np.ndarray or kind is float or isinstance(value, np.number | np.ndarray):
            self.note(site, value)

    def enter(self, site: int, value: Any) -> Any:
        self.add(site, -1, 0)
        return value

    def called(self) -> int:
        """Which calls led here, as a number. A function that calls itself is one call, however deep."""
        frame: Any = sys._getframe(2)
        while frame.f_code.co_filename == __file__:
            frame = frame.f_back
        known, context = self.within
        if frame is not known:  # a frame was called from one place, for as long as it lives
            context = self.chains.setdefault(self.chain(frame), len(self.chains))
            self.within = frame, context
        return context

    def chain(self, frame: Any) -> tuple[Any, ...]:
        """The functions around a frame, outermost first, each with the place in its caller that called it."""
        frames = []
        while frame is not None:
            code = frame.f_code
            if code.co_filename == self.path and (code.co_name[0] != "<" or code.co_name == "<module>"):
                frames.append(frame)
            frame = frame.f_back
        out: list[Any] = []
        for outer, inner in itertools.pairwise(reversed(frames)):
            call = inner.f_code, outer.f_lasti
            if call in out:
                del out[out.index(call) + 1 :]
            elif outer.f_code is not inner.f_code:
                out.append(call)
        return tuple(out)

    def deep(self, site: int, values: Any) -> None:
        """The arrays of a container, as if each were seen there; long ones of numbers only as a whole."""
        if len(values) > 4096:
            return
        if values and all(type(v) in (int, float) or isinstance(v, np.number) for v in values):
            if len(values) <= 1024:
                self.note(site, np.asarray(list(values)))
            return
        for value in values:
            if isinstance(value, np.ndarray):
                self.note(site, value)

    def swapped(self, site: int, value: Any) -> Any:
        count = self.counts[site]
        self.counts[site] = count + 1
        right = self.swaps[site].get(count)
        if right is None:
            return value
        if isinstance(value, np.ndarray):
            if site in self.written and right.size == value.size:
                value[...] = right.reshape(value.shape)
                return value
            if right.size == value.size:
                return right.reshape(value.shape).astype(value.dtype if value.dtype.kind == "f" else np.float64)
            return np.array(right)
        return float(right.reshape(-1)[0]) if right.size == 1 else np.array(right)

    def dump(self, path: str, told: dict[str, Any]) -> None:
        order = {dtype: i for i, dtype in enumerate(sorted({kept.dtype.str for kept in self.kept}))}
        blocks: dict[str, list[bytes]] = {dtype: [] for dtype in order}
        rows = []
        for kept in self.kept:
            blocks[kept.dtype.str].append(kept.tobytes())
            shape = (*kept.shape, -1, -1, -1, -1, -1)[:5]
            rows.append((order[kept.dtype.str], kept.size, *shape))
        arrays: dict[str, np.ndarray] = {
            f"block{i}": np.frombuffer(b"".join(blocks[dtype]), dtype=dtype) for dtype, i in order.items()
        }
        arrays["rows"] = np.asarray(rows, dtype=np.int64).reshape(-1, 7)
        rows_of_events = itertools.chain.from_iterable(self.events)
        events = np.fromiter(rows_of_events, np.int64, 4 * len(self.events)).reshape(-1, 4)
        arrays["sites"], arrays["values"] = events[:, 0].astype(np.int32), events[:, 1].astype(np.int32)
        arrays["objects"], arrays["contexts"] = events[:, 2], events[:, 3].astype(np.int32)
        with open(path + ".npz", "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # its stubs take the arrays for allow_pickle
        told["seconds"] = time.monotonic() - self.begun
        with open(path + ".json", "w", encoding="utf-8") as text:
            json.dump(told, text)


def limit_memory(most: int | None) -> None:
    """Limit the address space to so many bytes; None for what the system allows, where it lets itself be limited."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = hard if most is None else most if hard == resource.RLIM_INFINITY else min(most, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def settle(job: dict[str, Any], stand_ins: Any) -> None:
    """The run's own limits, streams and folder."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  # it lives as long as the process
    sys.stdout = open(1, "w", closefd=False, encoding="utf-8", errors="replace")  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, encoding="utf-8", errors="replace")  # noqa: SIM115
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit_memory(job["memory"])
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    path = job["path"]
    os.chdir(os.path.dirname(path) or ".")
    sys.path.insert(0, os.path.dirname(path))
    sys.argv = [path]
    stand_ins.set_up()
    sys.dont_write_bytecode = True
    random.seed(0)
    np.random.seed(0)
    drawn = np.random.default_rng
    np.random.default_rng = lambda seed=None: drawn(0 if seed is None else seed)


def where(error: BaseException, path: str) -> int:
    """The line of the person's file in which it was raised; 0 where it was in none."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def stands_at(frame: Any, path: str) -> int:
    """The line of the person's file that a frame was called from; 0 where it was from none."""
    while frame is not None and frame.f_code.co_filename != path:
        frame = frame.f_back
    return frame.f_lineno if frame is not None else 0


def run(job: dict[str, Any], code: Any, instrument: Any, stand_ins: Any) -> None:
    """One run of the instrumented code; never returns."""
    swaps: dict[int, dict[int, Any]] = {}
    if job.get("swaps"):
        with np.load(job["swaps"], allow_pickle=False) as file:
            for key in file.files:
                site, count = key.split("_")
                swaps.setdefault(int(site), {})[int(count)] = file[key]
    recorder = Recorder(job, swaps, code.sites)
    told: dict[str, Any] = {"ended": "end", "error": "", "type": "", "line": 0}
    lock = threading.Lock()

    def finish(ended: str) -> None:
        if not lock.acquire(blocking=False):
            if told.get("by") == threading.get_ident():
                return  # the alarm came while this very thread writes: let it
            threading.Event().wait()  # another one writes, and ends the process
        told["by"] = threading.get_ident()
        told["ended"] = ended
        if not told["line"] and not told["type"]:
            told["line"] = stands_at(sys._getframe(), job["path"])
        faulthandler.cancel_dump_traceback_later()
        with contextlib.suppress(ValueError, OSError):
            signal.setitimer(signal.ITIMER_REAL, 0)
        limit_memory(None)
        try:
            recorder.dump(job["out"], told)
        except MemoryError:
            os._exit(NO_MEMORY)
        os._exit(0)

    def alarm(_number: int, frame: Any) -> None:
        told["line"] = stands_at(frame, job["path"])
        finish("time")

    recorder.full = finish
    stuck = open(job["out"] + STUCK, "w", encoding="utf-8")  # noqa: SIM115  # it lives as long as the process
    settle(job, stand_ins)
    signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, job["seconds"])
    # Compiled code that never comes back hears no signal: a thread of its own tells where it was called.
    faulthandler.dump_traceback_later(job["seconds"] + 1, exit=True, file=stuck)
    module = types.ModuleType("__main__")
    module.__file__ = job["path"]
    module.__dict__.update(
        {
            instrument.SEE: recorder.see,
            instrument.PUT: recorder.put,
            instrument.WROTE: recorder.wrote,
            instrument.ENTER: recorder.enter,
            "get_ipython": lambda: stand_ins.Nothing("ipython"),
            "display": lambda *args, **kwargs: None,
        }
    )
    sys.modules["__main__"] = module
    try:
        exec(compile(code.tree, job["path"], "exec"), module.__dict__)
        if job.get("after"):
            exec(compile(job["after"], "<call>", "exec"), module.__dict__)
    except SystemExit as error:
        told["type"], told["error"] = "SystemExit", str(error.code)[:300] if isinstance(error.code, str) else ""
        told["line"] = where(error, job["path"])
    except BaseException as error:
        told["type"], told["error"] = type(error).__name__, str(error)[:300]
        told["line"] = where(error, job["path"])
        told["missing"] = getattr(error, "name", "") or "" if isinstance(error, ImportError) else ""
    finish("error" if told["type"] else "end")


def beside(name: str) -> Any:
    """A module that stands beside this file, whatever else has its name."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    path = os.path.join(path, "__init__.py") if os.path.isdir(path) else f"{path}.py"
    spec = importlib.util.spec_from_file_location(f"rnn_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"rnn_{name}"] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Jobs from standard input, an answer for each on standard output."""
    instrument, stand_ins = beside("instrument"), beside("stand_ins")
    sys.setrecursionlimit(5000)
    answers = os.fdopen(os.dup(1), "w")
    codes: dict[str, Any] = {}
    for line in sys.stdin:
        job = json.loads(line)
        text = job["text"]
        if text not in codes:
            with open(text, encoding="utf-8") as file:
                codes[text] = instrument.instrument(file.read(), job["path"], job["light"])
        worker = os.fork()
        if not worker:
            try:
                answers.close()
                run(job, codes[text], instrument, stand_ins)
            finally:
                os._exit(4)
        answers.write(f"{waited(worker, job['seconds'])}\n")
        answers.flush()


def waited(worker: int, seconds: float) -> int:
    """The exit status of a run, which is stopped where nothing of its own has."""
    stopped: list[int] = []

    def stop() -> None:
        stopped.append(worker)
        os.kill(worker, signal.SIGKILL)

    timer = threading.Timer(seconds + GRACE, stop)
    timer.start()
    _, status = os.waitpid(worker, 0)
    timer.cancel()
    return STOPPED if stopped else os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main()
