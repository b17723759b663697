"""`python -m benchmarks [group …]`: one table of what was measured beside what it must reach.

A group is a module with a function `rows()` that yields `Row`s, and one line in `GROUPS`.
"""

from __future__ import annotations

import os

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_variable] = "1"  # read when NumPy is imported, so before anything below imports it

import sys  # noqa: E402  # after the variables above
from importlib import import_module  # noqa: E402

from benchmarks.table import print_table  # noqa: E402

GROUPS = {
    "core": "benchmarks.core",
    "cells": "benchmarks.cells",
    "screen": "benchmarks.screen",
    "export": "benchmarks.export",
    "debugger": "benchmarks.debugger",
    "training": "benchmarks.training",
    "review": "benchmarks.review",
    "flow": "benchmarks.flow",
    "data": "benchmarks.data",
    "sweeps": "benchmarks.sweeps",
    "models": "benchmarks.models",
}


def main(names: list[str]) -> int:
    """Measure the groups named, or all of them."""
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        print(f'no group "{unknown[0]}" (one of {", ".join(GROUPS)})', file=sys.stderr)
        return 2
    print_table(row for name in names or GROUPS for row in import_module(GROUPS[name]).rows())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
