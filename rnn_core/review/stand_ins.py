"""What stands for packages that draw, log or show a bar, while a person's code is reviewed.

Nothing is drawn, and nothing waits for a window. Loaded by its path into the process that runs their code, so it needs
nothing of this package.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import opcode
import sys
import time
import types
from typing import Any

import numpy as np

_DRAWING = """
    matplotlib mpl_toolkits seaborn plotly bokeh pylab tkinter turtle IPython ipywidgets wandb tensorboard tensorboardX
    visdom"""
DRAWING = frozenset(_DRAWING.split())
"""Packages that are never imported."""

LONGEST = 0.01
"""Seconds that `time.sleep` sleeps at most: a review waits for nothing."""


def set_up() -> None:
    """Put the stand-ins in the place of what they stand for."""
    sys.meta_path.insert(0, _Finder(DRAWING))
    sys.meta_path.append(_Finder(frozenset({"tqdm", "google"})))  # only where they are missing
    sleep = time.sleep
    time.sleep = lambda seconds: sleep(min(float(seconds), LONGEST))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.partition(".")[0] in self.names:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> Any:
        return None if spec.name.partition(".")[0] == "tqdm" else Nothing(spec.name)

    def exec_module(self, module: Any) -> None:
        if module.__name__.partition(".")[0] == "tqdm":
            module.tqdm = module.tqdm_notebook = _Bar
            module.trange = lambda *args, **kwargs: _Bar(range(*args))
        if module.__name__ == "pylab":  # NumPy's names beside those that draw
            module.__dict__.update({name: getattr(np, name) for name in np.__all__})
            module.__dict__.update({name: getattr(np.random, name) for name in ("rand", "randn", "randint", "seed")})
            module.__dict__["np"] = np
        if module.__name__ in {"pylab", "matplotlib.pyplot"}:
            names = (
                "plt figure plot subplot subplots show xlabel ylabel title legend grid savefig pause imshow colorbar"
            )
            module.__dict__.update({name: Nothing(name) for name in names.split()})
            module.__dict__["__all__"] = [name for name in module.__dict__ if not name.startswith("_")]


class _Bar:
    """A bar is the loop that it goes round; whatever else is asked of it does nothing."""

    def __init__(self, iterable: Any = (), *args: Any, **kwargs: Any) -> None:
        self.iterable = iterable

    def __iter__(self) -> Any:
        return iter(self.iterable)

    def __len__(self) -> int:
        return len(self.iterable)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: Any) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        return Nothing(name)


class Nothing(types.ModuleType):
    """A module, function, object that does nothing, whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.__name__ == "subplots":
            shape = [*args, 1, 1][:2]
            shape = [kwargs.get("nrows", shape[0]), kwargs.get("ncols", shape[1])]
            axes = np.empty(shape, dtype=object)
            for place in np.ndindex(axes.shape):
                axes[place] = Nothing("axes")
            return Nothing("figure"), axes.squeeze() if axes.size > 1 else axes[0, 0]
        return Nothing("result")

    def __iter__(self) -> Any:
        """As many as their code unpacks; none for a loop."""
        frame = sys._getframe(1)
        code, at = frame.f_code.co_code, frame.f_lasti
        wanted = code[at + 1] if 0 <= at < len(code) and opcode.opname[code[at]] == "UNPACK_SEQUENCE" else 0
        return iter([Nothing("item") for _ in range(wanted)])

    def __getitem__(self, key: Any) -> Any:
        return Nothing("item")

    def __setitem__(self, key: Any, value: Any) -> None:
        return None

    def __len__(self) -> int:
        return 0

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: Any) -> None:
        return None

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        return ()
