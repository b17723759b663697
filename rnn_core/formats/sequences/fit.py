"""Whether a dataset fits a network, and how many classes there are."""

from __future__ import annotations

import numpy as np

from rnn_core.data import Dataset
from rnn_core.errors import InputError, UsageError
from rnn_core.model import Sizes


def class_count(dataset: Dataset, asked: int | None = None, model_sizes: Sizes | None = None) -> int:
    """O: what was asked for, else the model's, else the class names, else the largest target + 1; at least 1.

    A dataset without any target and without class names has 1 class, so that it can still be run forward. Raises
    UsageError when `asked` is below 1, InputError when it contradicts the model or a target lies outside.
    """
    if asked is not None and asked < 1:
        raise UsageError(f"{asked} classes", fix="ask for at least 1")
    if asked is not None and model_sizes is not None and asked != model_sizes.classes:
        what = f"{asked} classes were asked for, and the model has {model_sizes.classes}"
        raise InputError(what, where=dataset.name, fix="leave one of them out")
    if asked is not None:
        count, why = asked, f"{asked} classes were asked for"
    elif model_sizes is not None:
        count, why = model_sizes.classes, f"the model has {model_sizes.classes} classes"
    else:
        count = len(dataset.classes) or max(dataset.largest_target + 1, 1)
        why = f"there are {count} classes"
    check_targets(dataset, count, why)
    if len(dataset.classes) > count:
        what = f"{len(dataset.classes)} class names, but {why}"
        raise InputError(what, where=dataset.name, fix="use the model and the classes that belong together")
    return count


def check_targets(dataset: Dataset, count: int, why: str) -> None:
    """Raise InputError for the first target that is not below `count`; `why` says where the count comes from."""
    if dataset.is_values:
        if dataset.largest_target + 1 != count:
            what = f"targets of {dataset.largest_target + 1} values, but {why}"
            raise InputError(what, where=dataset.name, fix="V has a row for each value")
        return
    if dataset.largest_target < count:
        return
    for i, sequence in enumerate(dataset.sequences, start=1):
        if (sequence.y >= count).any():
            t = int(np.argmax(sequence.y >= count)) + 1
            at = f"timestep {t}" if len(dataset.sequences) == 1 else f"sequence {i}, timestep {t}"
            what = f"target {sequence.y[t - 1]}, but {why}"
            raise InputError(what, where=f"{dataset.name}, {at}", fix=f"targets go from 0 to {count - 1}")


def check_fit(dataset: Dataset, model_sizes: Sizes) -> None:
    """Raise InputError unless the features, h0 and targets of `dataset` fit a network of these sizes."""
    if dataset.inputs != model_sizes.inputs:
        what = f"{dataset.inputs} features, but the model's U takes {model_sizes.inputs}"
        raise InputError(what, where=dataset.name, fix="give inputs as wide as U, or other weights")
    for i, sequence in enumerate(dataset.sequences, start=1):
        for name, state in sequence.start.items():
            if len(state) != model_sizes.hidden:
                several = "" if len(dataset.sequences) == 1 else f"sequence {i}, "
                what = f"{len(state)} numbers, but the model has {model_sizes.hidden} hidden units"
                raise InputError(what, where=f"{dataset.name}, {several}{name}", fix=f"give {model_sizes.hidden}")
    class_count(dataset, None, model_sizes)
