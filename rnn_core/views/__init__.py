"""View-models: what each panel shows, as plain data computed from a trace, a position and the view. No screen here."""

from __future__ import annotations

from rnn_core.lazily import TYPE_CHECKING, lazily

if TYPE_CHECKING:
    from rnn_core.views import contributions as contributions
    from rnn_core.views import explainers as explainers
    from rnn_core.views import update_explainers as update_explainers

__getattr__, __dir__ = lazily(__name__, modules=("contributions", "explainers", "update_explainers"))
