"""Which version this is."""

from __future__ import annotations

from pathlib import Path


def version() -> str:
    """The version of the source tree that is run from, else of the installed package."""
    import tomllib  # only --version needs these
    from importlib import metadata

    tree = Path(__file__).resolve().parents[2] / "pyproject.toml"
    try:
        project = tomllib.loads(tree.read_text(encoding="utf-8"))["project"]
        if project["name"] == "rnn-tui":
            return str(project["version"])
    except (OSError, ValueError, KeyError):
        pass  # installed: there is no source tree around it
    try:
        return metadata.version("rnn-tui")
    except metadata.PackageNotFoundError:
        return "unknown"
