"""Which event of a recording computed which line of ours, at which timestep: the role of each place in their code.

A place has a role when the values that it shows are a line's values, timestep after timestep. Once that is learned, its
other executions have that role, too, whatever wrong number they show.

Rules that a search keeps:
- Values come first: those of the right run, and of the run that the mistake makes where it is known.
- Of several places with the same role the one counts that shows its values first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rnn_core.mistakes.oracle import Ran
from rnn_core.review.found import Found, Judged
from rnn_core.review.role import FORWARD, ROWS, Role
from rnn_core.review.sum_seeker import SumSeeker


def roles(
    found: Found, judged: Judged, runs: Iterable[Ran], factor: float, blamed: Mapping[str, int]
) -> dict[str, Role]:
    """The role of each line that shows. `runs` are what the values may be of, the likeliest first.

    `blamed` are sites that the review has found to be a line of ours, by its name.
    """
    seeker = SumSeeker(found, judged, tuple(runs), factor)
    known = {name: role for name, site in blamed.items() if (role := seeker.at_site(name, site)) is not None}
    seeker.runs = (*seeker.following(known), *seeker.runs)
    out: dict[str, Role] = {}
    for name in (*FORWARD, *ROWS):
        role = seeker.role(name, seeker.forms(name))
        if role is not None:
            out[name] = role
    return {**out, **seeker.sums(), **known}
