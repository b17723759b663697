"""What-if: a change of parameters, data or options, checked against a session and made ready to fork from it.

    set W[2,3] = 0    set W[:,3] = 0.5 * W[:,3]    set x[4] = [0, 1, 0]    set y[3] = none    set h0 = 0    set lr = 0.1

Rules this file keeps:
- Everything is checked here: what `Fork` carries can be run. A mistake is one clear line, and nothing has changed.
- A fork begins where the update that the cursor is in begins. Once an update line has run, what is seen belongs to the
  next update, and the fork begins there. x and y are then still those of the sequence that is seen.
- A value is a number, a list of numbers, or an expression read at the cursor; it fills its place as NumPy broadcasts.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from rnn_core.arrays import Array
from rnn_core.data import ABSENT, NO_TARGET, Dataset, Sequence
from rnn_core.debugger.expressions import NotComputed, Scope, compile_expression
from rnn_core.debugger.expressions.scope import names
from rnn_core.debugger.outcome import Fork
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError, quoted
from rnn_core.model import Params, initialisations, initialise
from rnn_core.training.run import Run, TrainState

LONGEST = 1_000_000
"""The most characters that a value may have."""
NONE = ("none", "None")
"""How a target is taken away."""

_SET = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)\s*(?P<brackets>(?:\[[^\[\]=]*\]\s*)*)=(?!=)(?P<value>.*)", re.DOTALL)
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")


# -- where a fork begins ---------------------------------------------------------------------------------------


class Beginning(NamedTuple):
    """The update that a fork begins with, the position in it that the cursor goes to, and what it begins with."""

    update: int
    k: int
    run: Run
    """Whose update this is: its data and options are what is changed."""
    train_state: TrainState


def editable(session: Session) -> tuple[str, ...]:
    """What `set` takes; h[0] is another way to say h0."""
    return (*session.trace.program.parameters, "x", "y", *session.trace.program.cell.initial, "lr")


def beginning(session: Session) -> Beginning:
    """This update at the same position; the start of the next one once an update line has run."""
    u, k = session.cursor
    if k > session.trace.program.borders(len(session.trace))[2]:
        u, k = u + 1, 0
    return Beginning(u, k, session.run.owner(u), session.run.train_state(u))


def _fork(edit: str, start: Beginning, **changes: Any) -> Fork:
    return Fork(edit, start.update, start.k, tuple(changes.items()))


# -- set -------------------------------------------------------------------------------------------------------


class Target(NamedTuple):
    """What is set: a name, and its brackets as they were typed."""

    name: str
    brackets: tuple[str, ...]

    def __str__(self) -> str:
        return self.name + "".join(f"[{bracket}]" for bracket in self.brackets)


def assignment(session: Session, text: str) -> Fork:
    """The fork that `set TEXT` makes. Raises UsageError."""
    match = _SET.fullmatch(text)
    if match is None:
        raise UsageError(f"set cannot read {quoted(text)}", fix="for example set W[2,3] = 0")
    target = Target(match["name"], tuple(re.findall(r"\[\s*([^\[\]]*?)\s*\]", match["brackets"])))
    target = check_editable(session, target)
    start, value = beginning(session), match["value"].strip()
    edit = f"set {text.strip()}"
    if not value:
        raise UsageError(f"set {target} needs a value", fix=f"set {target} = 0")
    if target.name == "lr":
        return _fork(edit, start, options=replace(start.run.options, learning_rate=_learning_rate(session, value)))
    if target.name in session.trace.program.parameters:
        array = _changed(target, start.train_state.params[target.name], _numbers(session, value, target))
        return _fork(edit, start, params=start.train_state.params.replaced(**{target.name: array}))
    if target.name in session.trace.program.cell.initial:
        return _initial_state(session, edit, start, target, value)
    sequence = session.run.sequence(session.cursor.u)
    if target.name == "x":
        numbers = _numbers(session, value, target)
        x = _changed(target, sequence.x, numbers, over_time=True)
        return _fork(edit, start, dataset=_with_inputs(session, start.run.dataset, sequence, x))
    classes = session.trace.sizes.classes
    if sequence.is_values:
        wanted: Any = np.asarray(np.nan) if value in NONE else _numbers(session, value, target)
    else:
        wanted = _targets(session, value, target, classes)
    y = _changed(target, sequence.y, wanted, over_time=True)
    return _fork(edit, start, dataset=with_sequence(session, start.run.dataset, replace(sequence, y=y)))


def check_editable(session: Session, target: Target) -> Target:
    """The target, with h[0] as h0. Raises UsageError for what the run computes and for what does not exist."""
    name, brackets = target
    states = session.trace.program.cell.states
    if name in states and brackets:
        first, _, rest = (part.strip() for part in brackets[0].partition(","))
        if first == "0":
            return Target(f"{name}0", (*((rest,) if rest else ()), *brackets[1:]))
    if name in editable(session):
        return target
    if name in names(session.trace):
        edit = {"dz": "x or y", "p": "V, x or y", "z": "V, x or y", "se": "x or y", "zs": "V or x"}.get(
            name, "W, x or y"
        )
        if name in states:
            edit = f"{name}[0], W or x"
        raise UsageError(f"{target} is computed", fix=f"edit {edit}")
    raise UsageError(f"there is no {quoted(name)} to set", fix="one of " + " ".join(editable(session)))


def _learning_rate(session: Session, value: str) -> float:
    numbers = _numbers(session, value, Target("lr", ()))
    if numbers.ndim:
        raise UsageError("lr is one number", fix="set lr = 0.1")
    return float(numbers)


def _initial_state(session: Session, edit: str, start: Beginning, target: Target, value: str) -> Fork:
    """h0 of this sequence; where the hidden state is carried over, what is carried into the update."""
    numbers, hidden, name = _numbers(session, value, target), session.trace.sizes.hidden, target.name
    carried = start.train_state.carried
    if carried is not None:
        return _fork(edit, start, carried={**carried, name: _changed(target, carried[name], numbers)})
    sequence = session.run.sequence(session.cursor.u)
    given = {**start.train_state.params.start, **sequence.start}
    state = _changed(target, given.get(name, np.zeros(hidden)), numbers)
    return _fork(edit, start, dataset=with_sequence(session, start.run.dataset, replace(sequence, **{name: state})))


def with_sequence(session: Session, dataset: Dataset, sequence: Sequence) -> Dataset:
    """The dataset with the sequence of this update replaced."""
    several = list(dataset.sequences)
    several[session.run.sequence_index(session.cursor.u)] = sequence
    return replace(dataset, sequences=tuple(several))


def _with_inputs(session: Session, dataset: Dataset, sequence: Sequence, x: Array) -> Dataset:
    """… with other inputs; a token whose input is another one is named anew, or marked as none of them."""
    tokens = list(sequence.tokens)
    for t in np.flatnonzero((x != sequence.x).any(axis=1)) if tokens else ():
        hot = np.flatnonzero(x[t])
        known = dataset.features if len(hot) == 1 and x[t, hot[0]] == 1.0 else ()
        tokens[t] = known[hot[0]] if known else "?"
    return with_sequence(session, dataset, replace(sequence, x=x, tokens=tuple(tokens)))


# -- places ----------------------------------------------------------------------------------------------------


def _changed(target: Target, array: Any, value: Any, *, over_time: bool = False) -> Any:
    """A copy of `array` in which the target's place holds `value`. Raises UsageError."""
    places = _places(target, array.shape, over_time)
    filled = np.empty(places.shape, dtype=array.dtype)
    try:
        filled[...] = value
    except ValueError:
        found = f"a value of shape {_shape(value)} does not fit {target}, which has shape {_shape(places)}"
        raise UsageError(found, fix=f"give one number, or {places.size}") from None
    changed = np.array(array)
    changed.reshape(-1)[places.reshape(-1)] = filled.reshape(-1)
    return changed


def _shape(array: Any) -> str:
    return "×".join(map(str, np.shape(array))) or "one number"


def _places(target: Target, shape: tuple[int, ...], over_time: bool) -> np.ndarray:
    """The places, in the flat array, that the brackets pick, in the shape in which they pick them."""
    places = np.arange(int(np.prod(shape))).reshape(shape)
    before: tuple[slice, ...] = ()
    for at, bracket in enumerate(target.brackets):
        parts = [part.strip() for part in bracket.split(",")]
        index: list[int | slice] = []
        for i, part in enumerate(parts):
            index.append(_time(target, part, shape[0]) if over_time and at == i == 0 else _index(target, part))
        try:
            places = np.asarray(places[(*before, *index)])
        except IndexError:
            what = f"{target} does not fit {target.name}, which has shape {'×'.join(map(str, shape))}"
            raise UsageError(what, fix="indices count from 0" + (", timesteps from 1" if over_time else "")) from None
        # Behind a range of timesteps the brackets index each of them, as they do in an expression.
        before = (slice(None),) if over_time and at == 0 and isinstance(index[0], slice) else before if at else ()
    if not places.size:
        raise UsageError(f"{target} names no element")
    return places


def _index(target: Target, part: str) -> int | slice:
    bounds = [bound.strip() for bound in part.split(":")]
    if part == "" or len(bounds) > 3 or not all(bound == "" or _WHOLE.fullmatch(bound) for bound in bounds):
        raise UsageError(f"{target}: {quoted(part)} is not an index", fix="for example W[2,3], W[2], W[:,3], W[0:2]")
    if len(bounds) == 1:
        return int(part)
    numbers = [int(bound) if bound else None for bound in bounds]
    if len(numbers) == 3 and numbers[2] == 0:
        raise UsageError(f"{target}: a slice's step cannot be 0")
    return slice(*numbers)


def _time(target: Target, part: str, timesteps: int) -> int | slice:
    """Timesteps count from 1, and a slice of them takes no step, as in an expression."""
    index = _index(target, part)
    bounds = (index, index + 1) if isinstance(index, int) else (index.start, index.stop)
    first, stop = (end if bound is None else bound for bound, end in zip(bounds, (1, timesteps + 1), strict=True))
    if isinstance(index, slice) and index.step is not None:
        raise UsageError(f"{target}: a slice over time takes no step")
    for t in (first, stop - 1):
        if not 1 <= t <= timesteps:
            raise UsageError(f"{target.name} has no timestep {t}", fix=f"1 to {timesteps}")
    return index - 1 if isinstance(index, int) else slice(first - 1, stop - 1)


# -- values ----------------------------------------------------------------------------------------------------


def _numbers(session: Session, text: str, target: Target) -> Any:
    """The value as float64 numbers, all of them finite. Raises UsageError."""
    if len(text) > LONGEST:
        raise UsageError(f"a value of {len(text):,} characters", fix=f"at most {LONGEST:,}")
    numbers = _listed(text) if text.startswith("[") else _evaluated(session, text)
    if not np.isfinite(numbers).all():
        what = "is not a finite number" if not numbers.ndim else "holds numbers that are not finite"
        raise UsageError(f"the value of {target} {what}", fix="a fork begins with finite numbers")
    return numbers


def _evaluated(session: Session, text: str) -> Any:
    """A number or an expression, at the cursor; once an update line has run, at the end of the update."""
    trace, k = session.trace, session.k
    if k > trace.program.borders(len(trace))[2]:
        k = trace.end
    expression = compile_expression(text, trace)
    try:
        return np.asarray(expression.value(Scope(trace, k)), dtype=np.float64)
    except NotComputed as missing:
        raise UsageError(f"{missing} is not computed yet", fix="set takes what is known at the cursor") from None


def _listed(text: str) -> Any:
    """A list of numbers, or a list of rows of them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # meant for programmers
            tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError):
        raise UsageError(f"cannot read the list {quoted(text)}", fix="for example [0, 1.5, -2e-3]") from None
    if not isinstance(tree, ast.List) or not tree.elts:
        what = "the list is empty" if isinstance(tree, ast.List) else f"cannot read {quoted(text)}"
        raise UsageError(what, fix="a list of numbers, or a list of rows")
    rows = [_row(item.elts) if isinstance(item, ast.List) else _number(item) for item in tree.elts]
    lengths = {len(row) if isinstance(row, list) else 0 for row in rows}
    if len(lengths) > 1:
        raise UsageError("the rows of the list differ in length", fix="give every row as many numbers")
    return np.array(rows, dtype=np.float64)


def _row(items: list[ast.expr]) -> list[float]:
    if not items:
        raise UsageError("a row of the list is empty")
    return [_number(item) for item in items]


def _number(node: ast.expr) -> float:
    """A number as it stands, with a sign or without."""
    sign = 1.0
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        sign, node = (-1.0 if isinstance(node.op, ast.USub) else 1.0), node.operand
    if not isinstance(node, ast.Constant) or type(node.value) not in (int, float):
        what = "a list within a row" if isinstance(node, ast.List) else quoted(ast.unparse(node))
        raise UsageError(f"a list holds numbers, not {what}", fix="for example [0, 1.5, -2e-3]")
    try:
        return sign * float(node.value)  # type: ignore[arg-type]  # int or float, as checked above
    except OverflowError:
        return sign * float("inf")


def _targets(session: Session, text: str, target: Target, classes: int) -> Any:
    """Class indices; none, -1 and -100 take the target away, a quoted text names a class. Raises UsageError."""
    known = session.dataset.classes
    if text in NONE:
        return np.asarray(NO_TARGET)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        if text[1:-1] not in known:
            raise UsageError(f"no class is called {text}", fix="give its index" if not known else "give one of them")
        return np.asarray(known.index(text[1:-1]))
    numbers = _numbers(session, text, target)
    if (numbers != np.rint(numbers)).any():
        raise UsageError(f"{target}: a target is a class index", fix=f"0 to {classes - 1}, or none")
    y = np.where(np.isin(numbers, ABSENT), NO_TARGET, numbers)
    wrong = y[(y < NO_TARGET) | (y >= classes)]
    if wrong.size:
        raise UsageError(f"{target}: no class {wrong.flat[0]:g}", fix=f"0 to {classes - 1}, or none")
    return y.astype(np.int64)


# -- whole parameters, options ---------------------------------------------------------------------------------


def initialisation(session: Session, text: str) -> Fork:
    """`init KIND [SEED] [NAMES]`: parameters drawn anew, with the seed of the run where none is given."""
    kind, *words = text.split()
    cell, parameters = session.trace.program.cell, session.trace.program.parameters
    if kind not in initialisations(cell):
        raise UsageError(f"init: no {quoted(kind)}", fix=f"one of {', '.join(initialisations(cell))}")
    seed = session.recipe.seed
    if words and words[0][:1].isdigit():
        if not (words[0].isascii() and words[0].isdigit()) or int(words[0][:11]) >= 2**32:
            raise UsageError(f"{quoted(words[0])} is not a seed", fix="a whole number below 2³²")
        seed = int(words.pop(0))
    if strange := [word for word in words if word not in parameters]:
        raise UsageError(f"init: no parameter {quoted(strange[0])}", fix=" ".join(parameters))
    start = beginning(session)
    drawn = initialise(kind, start.train_state.params.sizes, seed=seed, cell=cell)
    arrays = {name: drawn[name] for name in words or parameters}
    return _fork(f"init {' '.join(text.split())}", start, params=start.train_state.params.replaced(**arrays))


def scaling(session: Session, text: str) -> Fork:
    """`scale W 1.5`, or all matrices: `scale 1.5`."""
    parameters = session.trace.program.parameters
    name, _, factor = text.strip().rpartition(" ")
    name = name.strip()
    if name and name not in parameters:
        raise UsageError(f"scale: no parameter {quoted(name)}", fix=" ".join(parameters))
    numbers = _numbers(session, factor, Target(name or "the factor", ()))
    if numbers.ndim:
        raise UsageError("scale multiplies by one number", fix="scale W 1.5")
    start = beginning(session)
    params: Params = start.train_state.params
    with np.errstate(all="ignore"):
        matrices = [each for each, array in params.items() if array.ndim == 2]
        scaled = {each: params[each] * float(numbers) for each in ((name,) if name else matrices)}
    if not all(np.isfinite(array).all() for array in scaled.values()):
        raise UsageError(f"scaling by {factor} leaves the finite numbers", fix="use a smaller factor")
    return _fork(f"scale {' '.join(text.split())}", start, params=params.replaced(**scaled))


def option(session: Session, edit: str, **options: Any) -> Fork:
    """The fork that goes on with other options. Raises UsageError where they make no sense."""
    start = beginning(session)
    return _fork(edit, start, options=replace(start.run.options, **options))
