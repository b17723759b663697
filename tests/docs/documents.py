"""The documents as the tests read them: blocks of code, links, headings."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = tuple(sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]))

_FENCE = re.compile(
    r"^(?:<!-- (?P<mark>[a-z]+) -->\n)?```(?P<language>\w*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE
)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def read(name: str) -> str:
    """A document's text, by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str, mark: str = "") -> list[str]:
    """The blocks of code in a language; those under a comment `<!-- mark -->`, or under none."""
    return [
        found["code"]
        for found in _FENCE.finditer(read(name))
        if found["language"] == language and (found["mark"] or "") == mark
    ]


def in_order(name: str, *languages: str) -> list[tuple[str, str]]:
    """The unmarked blocks of code in these languages as they follow each other, each with its language."""
    found = _FENCE.finditer(read(name))
    return [(each["language"], each["code"]) for each in found if each["language"] in languages and not each["mark"]]


def prose(name: str) -> str:
    """A document without its blocks of code."""
    return _FENCE.sub("", read(name))


def spans(name: str) -> list[str]:
    """What stands between single backquotes."""
    return re.findall(r"`([^`\n]+)`", prose(name))


def links(path: Path) -> list[str]:
    """Where a document's links and pictures lead."""
    return _LINK.findall(path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """The names of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def table(name: str, first_head: str) -> list[list[str]]:
    """The rows of the table whose first column has this heading."""
    lines = iter(read(name).splitlines())
    for line in lines:
        if line.startswith(f"| {first_head} |"):
            break
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    assert rows, f"no table of {first_head} in {name}"
    return rows
