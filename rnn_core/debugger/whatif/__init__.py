"""What if: edits, the forks that they make, and one branch shown against another."""

from __future__ import annotations

from rnn_core.lazily import TYPE_CHECKING, lazily

if TYPE_CHECKING:
    from rnn_core.debugger.whatif import branches as branches
    from rnn_core.debugger.whatif import edits as edits
    from rnn_core.debugger.whatif import forking as forking

__getattr__, __dir__ = lazily(__name__, modules=("branches", "edits", "forking"))
