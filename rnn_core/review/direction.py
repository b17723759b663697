"""Whether each parameter moves against its gradient, and all of them with one learning rate.

An optimiser may scale a step by what it keeps, and a decay adds the weights. Neither is a mistake.
"""

from __future__ import annotations

import numpy as np

from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.gradients import assembled


def direction(found: Found, group: list[int], total: dict[str, Array], only: set[str] | None) -> tuple[str, str] | None:
    """(sign or size, parameter) where a parameter does not move against its gradient.

    From the second update on what an optimiser keeps may point elsewhere: then `only` those are looked at whose
    gradients were 0 until now.
    """
    before = found.sequences[group[-1]]
    later = before.later
    assert later is not None
    wanted = assembled(found, before, total)
    moved = {}
    for name in wanted:
        old, new = before.stored[name[0]], later[name[0]]
        moved[name] = (new - old).reshape(-1)
    touched = [change for change in moved.values() if change.any()]
    if len(touched) < min(2, len(moved)) or all(np.count_nonzero(change) <= 1 for change in touched):
        return None  # one number alone that is changed is a gradient check, and no update
    for name, change in moved.items():
        gradient = wanted[name].reshape(-1)
        large = np.abs(gradient) > 1e-4 * max(float(np.abs(gradient).max()), 1e-300)
        if not large.any() or not np.isfinite(change).all() or (only is not None and name not in only):
            continue
        if not change.any():
            return "still", name
        agree = float(np.mean(np.sign(change[large]) == np.sign(gradient[large])))
        if agree > 0.98:
            return "sign", name
        old = before.stored[name[0]].reshape(-1)
        if agree > 0.02 and not _decayed(change, gradient, old):
            return "size", name
        if agree <= 0.02 and not _a_function(change[large], gradient[large]) and not _decayed(change, gradient, old):
            return "size", name
    if only is not None:
        return None
    flat = {name: array.reshape(-1) for name, array in wanted.items()}
    odd = _odd_rate(moved, flat) or _odd_rate(_read(found, before, later, flat), flat)
    return ("size", odd) if odd else None


def _read(found: Found, judged: Judged, later: dict[str, Array], wanted: dict[str, Array]) -> dict[str, Array]:
    """What the update's own statement reads by a name, of those arrays that are a multiple of the gradient."""
    recording, sites = found.recording, found.code.sites
    out: dict[str, Array] = {}
    for name, gradient in wanted.items():
        if gradient.size < 2:
            continue  # one number is a multiple of any other
        new = later[name[0]]
        for number in found.values.same(new):
            events = np.flatnonzero(recording.values == number)
            events = events[(events > judged.episode.steps[-1].done) & (events < judged.episode.stop)]
            if not len(events):
                continue
            made = int(events[0])
            statement = sites[int(recording.sites[made])].statement
            for event in range(made, max(made - 40, 0), -1):
                site = sites[int(recording.sites[event])]
                array = recording.array(event)
                if (
                    site.statement != statement
                    or array is None
                    or array.size != gradient.size
                    or not site.name
                    or site.kind != "see"
                ):
                    continue
                flat = array.reshape(-1)
                rate = float(flat @ gradient / (gradient @ gradient)) if gradient.any() else 0.0
                if rate and found.values.close(flat, rate * gradient):
                    out[name] = flat
            break
    return out


def _odd_rate(moved: dict[str, Array], wanted: dict[str, Array]) -> str:
    """The one parameter whose change is another multiple of its gradient than all the others'; "" for none."""
    rates: dict[str, float] = {}
    for name, change in moved.items():
        gradient = wanted[name]
        if not gradient.any() or not change.any():
            continue
        rate = float(change @ gradient / (gradient @ gradient))
        if np.abs(change - rate * gradient).max() > 1e-6 * np.abs(change).max():
            return ""
        rates[name] = rate
    if len(rates) < 3:
        return ""
    usual = sorted(rates.values())[len(rates) // 2]
    odd = [name for name, rate in rates.items() if abs(rate - usual) > 1e-6 * abs(usual)]
    return odd[0] if len(odd) == 1 else ""


def _decayed(change: Array, gradient: Array, old: Array) -> bool:
    """Whether a change goes against the gradient, and besides is a multiple of the weights themselves."""
    columns = np.stack([gradient, old], axis=1)
    fit = np.linalg.lstsq(columns, change, rcond=None)[0]
    against = fit[0] * np.abs(gradient).max() < -1e-6 * np.abs(change).max()
    return bool(against and np.abs(columns @ fit - change).max() <= 1e-6 * np.abs(change).max())


def _a_function(change: Array, gradient: Array) -> bool:
    """Whether the size of a change follows from the size of the gradient alone, and grows with it."""
    order = np.argsort(np.abs(gradient))
    sizes = np.abs(change)[order]
    largest = float(sizes.max())
    return bool((np.diff(sizes) >= -1e-3 * largest).all())
