"""What the documents say of the program is so."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from docs import generate, picture
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.commands.help import key_name, markdown
from rnn_core.debugger.commands.training import SAMPLE, TEMPERATURE
from rnn_core.debugger.persistence import opening
from rnn_core.debugger.position import places
from rnn_core.diagnostics.findings.registry import rules
from rnn_core.model import INITIALISATIONS
from rnn_core.optimisers import KINDS
from rnn_core.program import program
from rnn_core.recipe import DEMOS, Recipe
from rnn_core.saturation import SATURATED
from rnn_core.training.checkpoints import MOST_BYTES
from rnn_core.updates import Clip, Options
from rnn_core.views.curves import LONG_EPOCH
from rnn_core.views.options import CHARTS, ScaleMode
from rnn_core.views.reduced import SMOOTHING
from rnn_core.views.scale import LOG_DECADES
from rnn_tui import arrangement, cli
from rnn_tui.commandline import arguments
from tests.docs.documents import DOCUMENTS, ROOT, anchors, links, prose, read, spans, table
from tests.listing import EXPRESSION_NAMES, NAMES

GUIDES = ("README.md", "docs/guide.md", "docs/training.md", "docs/maths.md", "docs/contributing.md")
KEYS = {key_name(key.name) for command in COMMANDS for key in command.keys}
QUANTITIES = {"M", "T", "I", "H", "O", *NAMES, *EXPRESSION_NAMES}

MARKS = set("▶◆◂●○┊#–")


def words(cells: list[list[str]]) -> list[str]:
    return [row[0].strip("`") for row in cells]


def test_nothing_made_from_the_program_is_out_of_date():
    assert generate.stale() == [], "run python -m docs.generate"


def test_every_command_stands_in_the_guide_and_every_key_in_the_readme():
    rows = markdown().splitlines()
    assert "\n".join(rows) in read("docs/guide.md")
    with_keys = [row for row in rows if not row.startswith("|  |")]
    assert "\n".join(with_keys) in read("README.md")
    assert {row.split("`")[-2].split()[0] for row in with_keys[2:]} == {
        command.name for command in COMMANDS if command.keys and not command.hidden
    }


def test_every_rule_of_the_findings_stands_in_the_guide_to_them():
    assert sorted(words(table("docs/flow.md", "rule"))) == sorted(rule.name for rule in rules())


def test_the_picture_is_of_the_run_that_the_readme_names():
    _, words, options = arguments.split(picture.COMMAND.split()[1:], arguments.OPTIONS, ())
    assert arguments.recipe_of(arguments.Parser("rnn-tui", arguments.OPTIONS).parse(options, words)) == picture.RECIPE
    assert picture.COMMAND in read("README.md")


def test_the_picture_loads_nothing():
    assert "url(http" not in generate.PICTURE.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    for link in links(path):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("name", ["README.md", "docs/guide.md", "docs/training.md", "docs/flow.md"])
def test_every_key_named_is_bound(name):
    single = {span for span in spans(name) if len(span) == 1}
    assert single - KEYS - QUANTITIES - MARKS == set()


def test_every_key_bound_is_in_the_readme():
    assert set(spans("README.md")) >= KEYS


@pytest.mark.parametrize("name", [*GUIDES, "docs/formats.md", "docs/scripts.md", "docs/flow.md"])
def test_every_option_named_exists(name):
    known = {flag for table in (arguments.OPTIONS, *(c.options for c in cli.SUBCOMMANDS.values())) for o in table
             for flag in o.flags}  # fmt: skip
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", prose(name))) - known == set()


def test_every_place_that_the_guide_goes_to_is_one():
    trace = opening.open_session(Recipe(sequence=1)).trace
    for row in table("docs/guide.md", "`g`"):
        for place in re.findall(r"`([^`]+)`", row[0]) if trace.end > 42 else ():
            assert 0 <= places.locate(trace, place, 0) <= trace.end


def test_the_guide_s_tables_have_every_initialisation_scale_and_demo():
    assert words(table("docs/guide.md", "`--init`")) == list(INITIALISATIONS)
    assert words(table("docs/guide.md", "scale")) == list(get_args(ScaleMode))
    assert all(f"`{demo}`" in prose("docs/guide.md") for demo in DEMOS)


def test_the_guide_to_training_has_every_optimiser_and_chart():
    assert [row[0].split("`")[1] for row in table("docs/training.md", "`--optimiser`")] == list(KINDS)
    assert words(table("docs/training.md", "chart")) == list(CHARTS)


def test_the_numbers_in_the_guide_to_training_are_the_program_s():
    training = read("docs/training.md")
    assert f"{MOST_BYTES // 2**20} MiB" in training
    assert f"with {LONG_EPOCH} updates or more in an epoch also the smoothed loss" in training
    assert f"s = {SMOOTHING:g}·s + {1 - SMOOTHING:g}·loss" in training
    assert f"`sample {SAMPLE}`" in training
    assert f"{TEMPERATURE:g} where nothing is said" in training


def test_the_numbers_in_the_guide_are_the_program_s():
    guide = read("docs/guide.md")
    assert f"|h| ≥ {SATURATED:g}" in guide
    assert LOG_DECADES == 6
    assert "six powers of ten" in guide
    assert f"{arrangement.LEAST_WIDTH}×{arrangement.LEAST_HEIGHT} at least" in guide
    assert f"smaller than {arrangement.WIDE_WIDTH}×{arrangement.WIDE_HEIGHT}" in guide


def test_the_positions_in_the_maths_are_the_program_s():
    plain, clipped = program(), program(Options(clip=Clip("norm", 1.0)))
    assert (len(plain.forward), len(plain.backward), len(plain.update), len(clipped.update)) == (5, 9, 5, 6)
    assert plain.length(7) == 14 * 7 + 5


@pytest.mark.parametrize("row", table("docs/contributing.md", "what"), ids=lambda row: row[0])
def test_every_place_for_something_new_exists(row):
    for cell in row[1:]:
        for span in re.findall(r"`([\w/]+\.py|[\w/]+/NAME\w*\.py)`", cell):
            folder, _, file = span.rpartition("/")
            if "NAME" in file:
                assert (ROOT / folder).is_dir(), span
            else:
                found = [ROOT / span, *(ROOT / "rnn_core").rglob(span), *(ROOT / "rnn_tui").rglob(span)]
                assert any(path.is_file() for path in found), span


def test_every_room_of_the_house_exists():
    for row in table("docs/contributing.md", "room"):
        for span in re.findall(r"`([^`]+)`", row[0]):
            assert any((ROOT / base / span).exists() for base in ("", "rnn_core", "rnn_tui")), span
