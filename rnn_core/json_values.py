"""Numbers as JSON has them: read back they are the same bits, and what JSON cannot write is a string.

NaN and the infinities are "nan", "inf" and "-inf".
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def spelled(value: Any) -> Any:
    """The value as plain lists, dicts and numbers, each number that is not finite as a string."""
    if isinstance(value, np.ndarray | np.generic):
        return spelled(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, dict):
        return {name: spelled(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [spelled(part) for part in value]
    return value
