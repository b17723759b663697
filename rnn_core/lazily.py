"""Names and modules of a package that are imported when they are asked for: who uses one of them does not wait for all.

A start that shows the first screen needs a third of the modules. So what is heavy or rare is asked of its package:

    from rnn_core.debugger import whatif     # imports nothing but the package
    whatif.edits.option(...)                 # imports whatif/edits.py, the first time
"""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False
"""`typing`'s own takes as long to import as all that comes before the first line of the program."""
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any


def lazily(
    package: str, homes: Mapping[str, str] | None = None, modules: Collection[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` of a package (PEP 562): names, by the module that each lives in, and modules."""
    homes = homes or {}

    def find(name: str) -> Any:
        if name in modules:
            return import_module(f"{package}.{name}")
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, found)  # so that it is not looked for again
        return found

    return find, lambda: sorted({*homes, *modules})
