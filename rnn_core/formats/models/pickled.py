"""A reader of pickles that never executes them: it builds dictionaries, lists, texts and numbers, and nothing else.

A pickle is a program for a small stack machine, whose dangerous instructions are "look this function up" and "call it".
Here a name that is looked up stays a name, and a call becomes an inert record of what would have been called.

Rules this file keeps:
- Nothing is imported, called or looked up: what a name stands for is decided by `calls`, a table of our own functions.
- Every length in the file is judged against the file's own; instructions are counted.
- Only what has a flat hash becomes a key: hashing hostile nested tuples overflows the C stack.

Source: Python's pickletools, which documents each instruction.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from rnn_core.errors import one_line, quoted
from rnn_core.formats.files import Content
from rnn_core.records import dataclass

MOST_STEPS = 1_000_000
"""The most instructions that are followed: about half a second."""
LONGEST_NUMBER = 64
"""The most bytes of a whole number."""


@dataclass(frozen=True, eq=False)
class Global:
    """A name that the pickle would look up: `collections.OrderedDict`."""

    name: str


class Inert:
    """What a call of an unknown name would have made: the name, and what would have been put into it."""

    __slots__ = ("items", "name", "state")

    def __init__(self, name: str) -> None:
        self.name, self.items, self.state = name, dict[Any, Any](), None

    items: dict[Any, Any]
    state: Any


Calls = Mapping[str, Callable[..., Any]]
"""What stands for a call of each known name."""
_MARK = object()
_DANGEROUS = frozenset(
    (  # noqa: SIM905  # a list would be thirty lines
        "os posix nt subprocess sys runpy shutil socket importlib ctypes pickle webbrowser code codeop pty "
        "commands multiprocessing threading signal builtins.eval builtins.exec builtins.compile builtins.open "
        "builtins.__import__ builtins.getattr builtins.setattr builtins.breakpoint builtins.input"
    ).split()
)
"""What no file of weights has a use for: modules, and functions of Python itself."""


class Machine:
    """Follows one pickle in `data` from `at` on. `persistent` makes of a persistent id what it stands for."""

    def __init__(
        self, content: Content, data: bytes | memoryview, at: int, calls: Calls, persistent: Callable[[Any], Any]
    ) -> None:
        self.content, self.data, self.at = content, data, at
        self.calls, self.persistent = calls, persistent
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        """What the pickle holds; `at` is then behind it. Raises InputError."""
        for _ in range(MOST_STEPS):
            code = self._take(1)[0]
            if code == 0x2E:  # STOP
                return self._pop()
            step = _STEPS.get(code)
            if step is None:
                self._refuse(f"the pickle instruction {_named(code)}, which no checkpoint needs")
            step(self)
        return self._refuse(f"more than {MOST_STEPS} pickle instructions")

    # -- reading -----------------------------------------------------------------------------------------------

    def _take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise self.content.error("the pickle in it is cut short", fix="copy it again, or save it again")
        found = bytes(self.data[self.at : end])
        self.at = end
        return found

    def _number(self, format: str) -> Any:
        return struct.unpack(format, self._take(struct.calcsize(format)))[0]

    def _line(self) -> str:
        end = self.at
        while end < len(self.data) and self.data[end] != 0x0A and end - self.at < 1000:
            end += 1
        line = self._take(end - self.at)
        self._take(1)
        return line.decode("utf-8", "replace")

    def _refuse(self, what: str) -> NoReturn:
        raise self.content.error(what, fix="nothing of it is run: save a state dict of tensors")

    # -- the stack ---------------------------------------------------------------------------------------------

    def _pop(self) -> Any:
        if not self.stack or self.stack[-1] is _MARK:
            self._refuse("a pickle that takes more than it holds")
        return self.stack.pop()

    def _top(self) -> Any:
        if not self.stack or self.stack[-1] is _MARK:
            self._refuse("a pickle that takes more than it holds")
        return self.stack[-1]

    def _since_mark(self) -> list[Any]:
        at = len(self.stack) - 1
        while at >= 0 and self.stack[at] is not _MARK:
            at -= 1
        if at < 0:
            self._refuse("a pickle that takes more than it holds")
        taken = self.stack[at + 1 :]
        del self.stack[at:]
        return taken

    # -- the instructions --------------------------------------------------------------------------------------

    def _text(self, length: int) -> None:
        self.stack.append(self._take(length).decode("utf-8", "replace"))

    def _integer(self, length: int) -> None:
        if length > LONGEST_NUMBER:
            self._refuse(f"a whole number of {length} bytes")
        self.stack.append(int.from_bytes(self._take(length), "little", signed=True))

    def _tuple(self, count: int) -> None:
        items = [self._pop() for _ in range(count)][::-1]
        self.stack.append(tuple(items))

    def _global(self, module: Any, name: Any) -> None:
        if not (isinstance(module, str) and isinstance(name, str)):
            self._refuse("a name in a pickle that is no text")
        module = "builtins" if module == "__builtin__" else module
        full = one_line(f"{module}.{name}", 80)
        if module.partition(".")[0] in _DANGEROUS or full in _DANGEROUS:
            raise self.content.error(
                f"calls {full}, which no weights need: it may be malicious",
                fix="nothing of it was run; ask who made it for a safetensors file",
            )
        self.stack.append(Global(full))

    def _reduce(self) -> None:
        arguments, called = self._pop(), self._pop()
        self.stack.append(self._called(called, arguments))

    def _called(self, called: Any, arguments: Any) -> Any:
        if not isinstance(called, Global) or not isinstance(arguments, tuple):
            return Inert(called.name if isinstance(called, Inert) else "something that is no function")
        known = self.calls.get(called.name)
        if known is None:
            return Inert(called.name)
        try:
            return known(*arguments)
        except (TypeError, ValueError) as error:
            if hasattr(error, "fix"):
                raise
            return self._refuse(f"{called.name} with arguments that it does not take")

    def _new_with_names(self) -> None:
        self._pop()
        self._reduce()

    def _build(self) -> None:
        state, made = self._pop(), self._top()
        if isinstance(made, Inert):
            made.state = state

    def _append(self, values: list[Any]) -> None:
        into = self._top()
        if isinstance(into, list):
            into.extend(values)
        elif not isinstance(into, Inert):
            self._refuse("a pickle that appends to what is no list")

    def _set(self, values: list[Any]) -> None:
        into = self._top()
        held = into.items if isinstance(into, Inert) else into
        if not isinstance(held, dict) or len(values) % 2:
            self._refuse("a pickle that sets entries of what is no dictionary")
        for key, value in zip(values[::2], values[1::2], strict=True):
            held[_key(key)] = value

    def _get(self, index: int) -> None:
        if index not in self.memo:
            self._refuse("a pickle that asks for what it never kept")
        self.stack.append(self.memo[index])

    def _put(self, index: int) -> None:
        self.memo[index] = self._top()

    def _frozen_set(self) -> None:
        self.stack.append(self._since_mark())

    def _stack_global(self) -> None:
        name, module = self._pop(), self._pop()
        self._global(module, name)


def _key(key: Any) -> Any:
    """A key with a flat hash: a text or a number as it is, anything else by what it is."""
    if key is None or isinstance(key, str | int | float | bytes):
        return key
    return quoted(getattr(key, "name", type(key).__name__))


def _named(code: int) -> str:
    import pickletools  # slow to import, and seldom wanted

    return next((known.name for known in pickletools.opcodes if ord(known.code) == code), f"0x{code:02x}")


Step = Callable[[Machine], Any]
_STEPS: dict[int, Step] = {
    ord(code) if isinstance(code, str) else code: step
    for code, step in dict[str | int, Step]({
        0x80: lambda m: m._take(1),  # PROTO
        0x95: lambda m: m._take(8),  # FRAME
        "(": lambda m: m.stack.append(_MARK),
        "0": lambda m: m._pop(),
        "N": lambda m: m.stack.append(None),
        0x88: lambda m: m.stack.append(True),
        0x89: lambda m: m.stack.append(False),
        "J": lambda m: m.stack.append(m._number("<i")),
        "K": lambda m: m.stack.append(m._take(1)[0]),
        "M": lambda m: m.stack.append(m._number("<H")),
        0x8A: lambda m: m._integer(m._take(1)[0]),
        0x8B: lambda m: m._integer(m._number("<I")),
        "G": lambda m: m.stack.append(m._number(">d")),
        "X": lambda m: m._text(m._number("<I")),
        0x8C: lambda m: m._text(m._take(1)[0]),
        0x8D: lambda m: m._text(m._number("<Q")),
        "T": lambda m: m._text(m._number("<I")),
        "U": lambda m: m._text(m._take(1)[0]),
        "B": lambda m: m.stack.append(m._take(m._number("<I"))),
        "C": lambda m: m.stack.append(m._take(m._take(1)[0])),
        0x8E: lambda m: m.stack.append(m._take(m._number("<Q"))),
        0x96: lambda m: m.stack.append(m._take(m._number("<Q"))),
        ")": lambda m: m.stack.append(()),
        0x85: lambda m: m._tuple(1),
        0x86: lambda m: m._tuple(2),
        0x87: lambda m: m._tuple(3),
        "t": lambda m: m.stack.append(tuple(m._since_mark())),
        "]": lambda m: m.stack.append([]),
        "a": lambda m: m._append([m._pop()]),
        "e": lambda m: m._append(m._since_mark()),
        0x8F: lambda m: m.stack.append([]),  # EMPTY_SET
        0x90: lambda m: m._append(m._since_mark()),  # ADDITEMS
        0x91: lambda m: m._frozen_set(),
        "}": lambda m: m.stack.append({}),
        "s": lambda m: m._set([m._pop(), m._pop()][::-1]),
        "u": lambda m: m._set(m._since_mark()),
        "q": lambda m: m._put(m._take(1)[0]),
        "r": lambda m: m._put(m._number("<I")),
        0x94: lambda m: m._put(len(m.memo)),  # MEMOIZE
        "h": lambda m: m._get(m._take(1)[0]),
        "j": lambda m: m._get(m._number("<I")),
        "c": lambda m: m._global(m._line(), m._line()),
        0x93: lambda m: m._stack_global(),
        "R": lambda m: m._reduce(),
        0x81: lambda m: m._reduce(),  # NEWOBJ
        0x92: lambda m: m._new_with_names(),
        "b": lambda m: m._build(),
        "Q": lambda m: m.stack.append(m.persistent(m._pop())),
    }).items()
}  # fmt: skip
"""What each instruction does; those of older protocols and of extensions are refused by name."""
