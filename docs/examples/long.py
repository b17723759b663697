"""Makes `long.csv`, a sequence long enough for its gradient to vanish: `python docs/examples/long.py > long.csv`.

Sixty timesteps of three random features, and one target at the last: all that reaches the beginning comes from there.
"""

from __future__ import annotations

import numpy as np

TIMESTEPS = 60


def text() -> str:
    """The file's text."""
    rows = np.random.RandomState(0).randn(TIMESTEPS, 3)
    lines = [",".join(f"{x:.2f}" for x in row) + "," for row in rows]
    return "\n".join(["x1,x2,x3,target", *lines[:-1], lines[-1] + "1", ""])


if __name__ == "__main__":
    print(text(), end="")
