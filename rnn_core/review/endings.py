"""Files that cannot be judged: what is said of each, in one line."""

from __future__ import annotations

import ast
import re
from typing import Any

from rnn_core.errors import one_line
from rnn_core.review.found import Found
from rnn_core.review.recording import Recording
from rnn_core.review.report import UNSURE, Report
from rnn_core.review.source import OTHER_FRAMEWORKS, Source, imported

_ENDED = {
    "memory": "it needs more memory than a review gives it: make the arrays smaller",
    "vanished": "its process ended by itself, without a word: os._exit, or a crash in compiled code",
}


_SIGNALS = {
    "SIGKILL": "by itself, or by the system for want of memory",
    "SIGSEGV": "a crash in compiled code",
    "SIGABRT": "compiled code gave up",
}

_PYTHON_2 = re.compile(
    r"name '(xrange|raw_input|unicode|basestring|unichr|execfile|long)' is not defined"
    r"|has no attribute '(iteritems|itervalues|iterkeys|has_key|xreadlines)'"
    r"|No module named '(cPickle|cStringIO|StringIO|urllib2|ConfigParser|Tkinter|Queue|__builtin__)'"
)
"""What only Python 2 knows, by what Python 3 says of it."""


def refused(source: Source, tree: ast.Module) -> Report | None:
    """An answer for code of another framework, which computes its own gradients; None for the rest."""
    packages = imported(tree)
    foreign = sorted(OTHER_FRAMEWORKS & set(packages), key=lambda name: packages[name])
    if foreign and ("numpy" not in packages or not _own_tanh(tree)):
        name = foreign[0]
        says = (
            f"{source.told(packages[name])} imports {name}: only NumPy code with a backward pass of its own is reviewed"
        )
        return Report(source, UNSURE, says, line=packages[name])
    return None


def _own_tanh(tree: ast.Module) -> bool:
    """Whether NumPy's tanh or exp is called anywhere: then the code computes something of its own."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"tanh", "exp"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"np", "numpy"}
        for node in ast.walk(tree)
    )


def ending(
    source: Source, recording: Recording, found: Found, identified: dict[str, Any], sound: bool | None = None
) -> Report:
    """The answer where there was nothing to judge, or where the code stopped."""
    cell = _cell(source, recording.line)
    right = bool(found.sequences) and not found.missing if sound is None else sound
    before = "; everything before it is right" if right else ""
    if recording.ended == "error" and recording.kind != "SystemExit":
        said = _error(recording)
        says = f"{cell}{said}{before}"
        if recording.missing and not _PYTHON_2.search(recording.error):
            says = f"{cell}needs the package {recording.missing}, which is not installed here"
    elif recording.kind == "SystemExit" and found.missing:
        said = f": {recording.error}" if recording.error else ""
        says = f"{cell or 'it '}ended by sys.exit{said} before a backward pass was seen ({found.missing})"
    elif recording.ended == "signal":
        says = f"its process was stopped by {recording.error}: {_SIGNALS.get(recording.error, 'a signal')}"
    elif recording.ended in _ENDED:
        says = _ENDED[recording.ended]
    elif recording.ended == "bytes":
        says = f"its arrays are too large to be recorded, up to {cell.strip() or 'its end'}: make the example smaller"
    elif recording.ended == "events" and found.missing:
        says = f"{_nothing(source, found)}, in its first {len(recording):,} values"
        if not found.states:
            says = f"{cell or 'it '}was still running when its time was up: {says}"
    elif recording.ended == "time":
        says = f"{cell or 'it '}was still running when its time was up: raise --seconds, or make the example smaller"
        says += f" ({found.missing})" if found.missing else ""
    else:
        says = _nothing(source, found)
    return Report(source, UNSURE, says, (), identified, line=recording.line)


def _error(recording: Recording) -> str:
    if recording.kind == "EOFError":
        return "waits for input(), and a review gives it none: write the value into the file"
    if _PYTHON_2.search(recording.error):
        return f"is Python 2 ({recording.error}): rewrite it for Python 3, by 2to3 or by hand"
    if recording.kind == "MemoryError":
        return "needs more memory than a review gives it: make the arrays smaller"
    if recording.kind == "KeyboardInterrupt":
        return "was interrupted"
    return f"raised {recording.kind}: {one_line(recording.error)}" if recording.error else f"raised {recording.kind}"


def _cell(source: Source, line: int) -> str:
    return f"{source.told(line)} " if line else ""


def _nothing(source: Source, found: Found) -> str:
    text = source.text.lower().replace(" ", "")
    gates = any(sign in text for sign in ("sigmoid", "sigma(", "1/(1+np.exp(-", "1./(1.+np.exp(-", "1.0/(1.0+np.exp(-"))
    missing = found.missing
    if missing.startswith(("found h", "no h")) and not found.sequences:
        if "tanh" not in text and gates:
            return "no tanh was found, but a sigmoid: another cell, and only a vanilla RNN with tanh is reviewed"
        if "tanh" not in text and ("relu" in text or "maximum(0" in text):
            return "no h = tanh(…) was computed: an RNN with relu is another cell, and only tanh is reviewed"
        if missing.startswith("found h") and gates:
            return "found tanh and sigmoid gates: an LSTM or a GRU is another cell, and only a vanilla RNN is reviewed"
    if missing.startswith("no h"):
        return "no vanilla RNN was found: no h = tanh(…) was computed"
    return missing
