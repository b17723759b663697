"""What the files of a recipe hold, in a few digits: to see later whether one has changed."""

from __future__ import annotations

import contextlib
import hashlib

from rnn_core.errors import InputError
from rnn_core.recipe import Recipe

ROLES = {"source": "path", "targets": "targets", "model": "model", "verify": "verify"}
"""The files that a recipe may name, and the fields that name them."""
_CHUNK = 2**20


def digests(recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """The SHA-256 of each file that a recipe names, by its role; a file that has vanished is left out."""
    named = [(role, getattr(recipe, field)) for role, field in ROLES.items()]
    wanted = [(role, name) for role, name in named if name not in ("", "-")]
    wanted = [(role, name) for role, name in wanted if role in ("model", "verify") or recipe.text is None]
    if not wanted:
        return ()
    from rnn_core.formats import files  # who names no file does not wait for what reads them

    found = []
    for role, name in wanted:
        with contextlib.suppress(InputError), files.opened(name) as (file, _):
            digest = hashlib.sha256()
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
            found.append((role, digest.hexdigest()))
    return tuple(found)
