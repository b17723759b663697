"""Where anything is written: a file that appears whole or not at all, or a stream.

Rules this file keeps:
- A file is written beside its place and moved there when it is complete and on the disk. Whatever happens before
  that, also Ctrl-C, leaves the old file as it was and nothing behind.
- What a killed program has left beside it is swept by the next one that writes there, a day later.
- What cannot be replaced (a pipe, a device, standard output) is written to directly.
- Every refusal is an OutputError that names the file as the person did. Only a reader who has gone away is left to
  the caller, as BrokenPipeError.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import stat
import time
from collections.abc import Iterator
from typing import BinaryIO

from rnn_core.errors import OutputError, quoted

Target = str | os.PathLike[str]

BUFFER = 2**20
_STREAMS = {"-": 1, "/dev/stdout": 1, "/dev/stderr": 2, "/proc/self/fd/1": 1, "/proc/self/fd/2": 2}
_DESCRIPTOR = re.compile(r"/dev/fd/([0-9]{1,5})")


@contextlib.contextmanager
def opened(target: Target, *, overwrite: bool = False, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A binary stream whose bytes become the file `target` when the block ends well. Raises OutputError.

    A symbolic link is followed and stays one. An existing file keeps its permissions; a new one gets those of `mode`,
    less what the umask takes away.
    """
    shown = os.fspath(target)
    try:
        with _direct(shown) or _replacing(shown, overwrite, mode) as stream:
            yield stream
    except (OutputError, BrokenPipeError):
        raise
    except OSError as error:
        raise explained(shown, error) from None
    except UnicodeEncodeError:  # half a surrogate pair in the name
        raise _no_name(shown) from None


def check_target(target: Target, *, overwrite: bool = False) -> None:
    """Raise OutputError where `opened` would refuse: ask before long work.

    That a file can be made there is proven by making an empty one beside it, which goes at once.
    """
    shown = os.fspath(target)
    try:
        if not _is_direct(shown):
            _check_file(shown, overwrite)
            with _beside(os.path.dirname(os.path.realpath(shown))):
                pass
        elif not (shown in _STREAMS or _DESCRIPTOR.fullmatch(shown) or os.access(shown, os.W_OK)):
            raise PermissionError(errno.EACCES, "no permission")
    except OutputError:
        raise
    except OSError as error:
        raise explained(shown, error) from None
    except UnicodeEncodeError:
        raise _no_name(shown) from None


def _check_file(shown: str, overwrite: bool) -> None:
    if os.path.isdir(shown) or shown.endswith(os.sep):
        raise OutputError("is a folder", where=shown, fix="name a file in it")
    place = os.path.realpath(shown)
    folder = os.path.dirname(place)
    if not os.path.isdir(folder):
        raise OutputError(f"there is no folder {quoted(os.path.dirname(shown) or folder, 80)}", where=shown)
    if not os.path.exists(place):
        return
    if not overwrite:
        raise _exists(shown)
    if not os.access(place, os.W_OK):
        raise OutputError("is write-protected", where=shown, fix="choose another name")


def _is_direct(shown: str) -> bool:
    """Whether the target is a stream, a pipe or a device rather than a file to be replaced."""
    if not shown or "\0" in shown:
        raise _no_name(shown)
    if shown in _STREAMS or _DESCRIPTOR.fullmatch(shown):
        return True
    try:
        mode = os.stat(shown).st_mode
    except OSError:  # not there yet, or what opening it will say
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _direct(shown: str) -> contextlib.AbstractContextManager[BinaryIO] | None:
    """The stream for a target that is not a file to be replaced; None for one that is."""
    if not _is_direct(shown):
        return None
    number = _DESCRIPTOR.fullmatch(shown)
    descriptor = int(number[1]) if number else _STREAMS.get(shown)
    if descriptor is not None:
        return _OneWay(io.FileIO(descriptor, "wb", closefd=False), BUFFER)
    return _OneWay(io.FileIO(shown, "wb"), BUFFER)


class _OneWay(io.BufferedWriter):
    """A stream that is only ever added to: in one opened with >> going back would write in the wrong place."""

    def tell(self) -> int:
        raise io.UnsupportedOperation("no position")


@contextlib.contextmanager
def _replacing(shown: str, overwrite: bool, mode: int) -> Iterator[BinaryIO]:
    _check_file(shown, overwrite)
    place = os.path.realpath(shown)
    folder = os.path.dirname(place)
    before = os.stat(place) if os.path.exists(place) else None
    with _beside(folder, mode) as (beside, stream):
        if before:
            os.chmod(beside, stat.S_IMODE(before.st_mode))
        yield stream
        stream.flush()
        os.fsync(stream.fileno())
        stream.close()  # Windows moves no open file
        _move(beside, place, shown, overwrite)
    _sync_folder(folder)
    sweep(folder)


@contextlib.contextmanager
def _beside(folder: str, mode: int = 0o600) -> Iterator[tuple[str, BinaryIO]]:
    """An empty file in a folder, its path and a stream into it, which nobody else sweeps; gone when the block ends."""
    beside = os.path.join(folder, f".rnn-tui-{os.urandom(6).hex()}.part")
    try:
        # Made by os.open rather than tempfile: the umask then decides who may read the file, as for any other.
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        with open(descriptor, "wb", buffering=BUFFER) as stream:
            _lock(descriptor)
            yield beside, stream
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)


# -- leftovers -------------------------------------------------------------------------------------------------

LEFTOVER = re.compile(r"\.rnn-tui-[0-9a-f]{12}\.part")
"""What a program that was killed while it wrote leaves behind."""
OLD = 24 * 3600.0
"""Seconds without a change after which such a file is nobody's, unless it is locked."""


def sweep(folder: str) -> None:
    """Remove what programs that were killed long ago have left in a folder; what cannot be removed stays."""
    with contextlib.suppress(OSError):
        for name in filter(LEFTOVER.fullmatch, os.listdir(folder)):
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError):
                found = os.lstat(path)
                if stat.S_ISREG(found.st_mode) and time.time() - found.st_mtime > OLD and not _in_use(path):
                    os.unlink(path)


def _lock(descriptor: int) -> bool:
    """Say that a file is being written; False where somebody else does. A process that ends, however, lets go."""
    try:
        import fcntl  # Windows has none, and there no open file can be removed
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _in_use(path: str) -> bool:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        return not _lock(descriptor)
    finally:
        os.close(descriptor)


def _move(beside: str, place: str, shown: str, overwrite: bool) -> None:
    if not overwrite:
        try:
            os.link(beside, place)  # unlike a move, it refuses to overwrite a file that appeared meanwhile
        except FileExistsError:
            raise _exists(shown) from None
        except OSError:  # a file system without links
            os.replace(beside, place)
        return
    os.replace(beside, place)


def _sync_folder(folder: str) -> None:
    with contextlib.suppress(OSError):  # not every system opens folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _no_name(shown: str) -> OutputError:
    return OutputError(f"{quoted(shown)} is not a file name", fix="use another")


def _exists(shown: str) -> OutputError:
    return OutputError("the file exists", where=shown, fix="--force overwrites")


_REASONS = {
    errno.ENOSPC: ("no space is left on the disk", "free some, or write elsewhere"),
    errno.EDQUOT: ("the disk quota is used up", "free some, or write elsewhere"),
    errno.EFBIG: ("the file would be larger than the system allows", "write elsewhere"),
    errno.EROFS: ("the disk is read-only", "write elsewhere"),
    errno.EACCES: ("no permission to write there", "write elsewhere"),
    errno.EPERM: ("no permission to write there", "write elsewhere"),
    errno.ENAMETOOLONG: ("the name is too long", "use a shorter one"),
    errno.ELOOP: ("a symbolic link that leads to itself", "use another name"),
    errno.EBADF: ("it is closed", "write to a file"),
}


def explained(shown: str, error: OSError) -> OutputError:
    """What the system says of writing there, as a line for people."""
    where = "standard output" if shown == "-" else shown
    what, fix = _REASONS.get(error.errno or 0, (f"cannot be written: {error.strerror or error}", "write elsewhere"))
    return OutputError(what, where=where, fix=fix)
