"""The process that runs a person's code: it records values and judges nothing.

Started as `python child.py FOLDER`; reads one job (a line of JSON) after another from its standard input and answers
each with a line. Every job runs in a fork of its own, so that NumPy is imported once and nothing of one run reaches the
next. What a run leaves is FOLDER/N.npz and FOLDER/N.json.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
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


class Recorder:
    """Events in the order in which they happen: (site, value, object), values interned by their bytes."""

    def __init__(self, job: dict[str, Any], swaps: dict[int, dict[int, Any]], sites: list[Any]) -> None:
        self.sites: list[int] = []
        self.values: list[int] = []
        self.objects: list[int] = []
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
        if found is None:
            found = self.interned[key] = len(self.kept)
            kept = (
                np.array(value) if isinstance(value, np.ndarray) else np.asarray(key[1] if abs(key[1]) < 2**53 else 0)
            )
            self.kept.append(kept)
            self.bytes += kept.nbytes
        return found

    def note(self, site: int, value: Any) -> None:
        number = self.intern(value)
        self.sites.append(site)
        self.values.append(number)
        self.objects.append(id(value))
        if len(self.sites) >= self.limit or self.bytes > self.most_bytes:
            self.full("events" if len(self.sites) >= self.limit else "bytes")

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
        if kind is np.ndarray or kind is float or isinstance(value, np.number | np.ndarray):
            self.note(site, value)

    def enter(self, site: int, value: Any) -> Any:
        self.sites.append(site)
        self.values.append(-1)
        self.objects.append(0)
        return value

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
        arrays["sites"] = np.asarray(self.sites, dtype=np.int32)
        arrays["values"] = np.asarray(self.values, dtype=np.int32)
        arrays["objects"] = np.asarray(self.objects, dtype=np.int64)
        with open(path + ".npz", "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # its stubs take the arrays for allow_pickle
        told["seconds"] = time.monotonic() - self.begun
        with open(path + ".json", "w", encoding="utf-8") as text:
            json.dump(told, text)


class Quiet(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands for what draws: nothing is plotted while code is reviewed, and a window would wait for ever."""

    NAMES = frozenset({"matplotlib", "seaborn", "plotly", "bokeh", "IPython", "wandb", "tensorboard"})

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.partition(".")[0] in self.NAMES:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> Any:
        return _Nothing(spec.name)

    def exec_module(self, module: Any) -> None:
        return None


class _Nothing(types.ModuleType):
    """A module, function, object that does nothing, whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__call__":
            raise AttributeError(name)
        return _Nothing(name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _Nothing("result")

    def __iter__(self) -> Any:
        return iter((_Nothing("a"), _Nothing("b")))

    def __getitem__(self, key: Any) -> Any:
        return _Nothing("item")

    def __len__(self) -> int:
        return 0

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: Any) -> None:
        return None


class _Bars(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands for tqdm where it is missing: its bars are the loops that they go round."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.partition(".")[0] == "tqdm" else None

    def create_module(self, spec: Any) -> Any:
        return None

    def exec_module(self, module: Any) -> None:
        def tqdm(iterable: Any = (), *args: Any, **kwargs: Any) -> Any:
            return iterable

        module.tqdm = tqdm
        module.trange = lambda *args, **kwargs: range(*args)


def settle(job: dict[str, Any]) -> None:
    """The run's own limits, streams and folder."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  # it lives as long as the process
    sys.stdout = open(1, "w", closefd=False, encoding="utf-8", errors="replace")  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, encoding="utf-8", errors="replace")  # noqa: SIM115
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))
    seconds = int(job["seconds"]) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    path = job["path"]
    os.chdir(os.path.dirname(path) or ".")
    sys.path.insert(0, os.path.dirname(path))
    sys.argv = [path]
    sys.meta_path.insert(0, Quiet())
    sys.meta_path.append(_Bars())
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


def run(job: dict[str, Any], code: Any, instrument: Any) -> None:
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
        with contextlib.suppress(ValueError, OSError):
            signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            recorder.dump(job["out"], told)
        except MemoryError:
            os._exit(3)
        os._exit(0)

    def alarm(_number: int, frame: Any) -> None:
        while frame is not None and frame.f_code.co_filename != job["path"]:
            frame = frame.f_back
        told["line"] = frame.f_lineno if frame is not None else 0
        finish("time")

    recorder.full = finish
    settle(job)
    signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, job["seconds"])
    module = types.ModuleType("__main__")
    module.__file__ = job["path"]
    module.__dict__.update(
        {
            instrument.SEE: recorder.see,
            instrument.PUT: recorder.put,
            instrument.WROTE: recorder.wrote,
            instrument.ENTER: recorder.enter,
            "get_ipython": lambda: _Nothing("ipython"),
            "display": lambda *args, **kwargs: None,
        }
    )
    sys.modules["__main__"] = module
    try:
        exec(compile(code.tree, job["path"], "exec"), module.__dict__)
        if job.get("after"):
            exec(compile(job["after"], "<call>", "exec"), module.__dict__)
    except SystemExit:
        told["type"], told["error"] = "SystemExit", "sys.exit"
    except BaseException as error:
        told["type"], told["error"] = type(error).__name__, str(error)[:300]
        told["line"] = where(error, job["path"])
        told["missing"] = getattr(error, "name", "") or "" if isinstance(error, ImportError) else ""
    finish("error" if told["type"] else "end")


def main(folder: str) -> None:
    """Jobs from standard input, an answer for each on standard output."""
    here = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location("rnn_instrument", os.path.join(here, "instrument", "__init__.py"))
    assert spec is not None
    assert spec.loader is not None
    instrument = importlib.util.module_from_spec(spec)
    sys.modules["rnn_instrument"] = instrument
    spec.loader.exec_module(instrument)
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
                run(job, codes[text], instrument)
            finally:
                os._exit(4)
        stop = threading.Timer(job["seconds"] + 3.0, os.kill, (worker, signal.SIGKILL))
        stop.start()
        _, status = os.waitpid(worker, 0)
        stop.cancel()
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main(sys.argv[1])
