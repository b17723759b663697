"""From which size on a hidden unit counts as saturated."""

from __future__ import annotations

SATURATED = 0.99
"""|h| from which a unit counts as saturated: its tanh lets less than 2 % of the gradient through."""
