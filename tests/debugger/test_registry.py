"""The registry: everything is declared once, every key of the promise exists, every example runs."""

from __future__ import annotations

from collections import Counter

import pytest

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.commands.help import GROUPS, KEY_NAMES, grouped, markdown, names
from rnn_core.debugger.commands.help import text as help_text
from rnn_core.debugger.effects.performing import perform
from rnn_core.debugger.outcome import Ask, Export, Open, Quit, RunSequence, ShowHelp, ShowPalette
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.registry import Command, Registry
from rnn_core.recipe import Recipe
from rnn_core.updates import Options
from tests.debugger.sessions import answer, demo, made, run, same

KEYS = {
    "s": "step", "right": "step", "space": "step", "n": "next", "down": "next", "f": "finish", "S": "back",
    "left": "back", "N": "rnext", "up": "rnext", "F": "rfinish", "home": "start", "end": "end", "g": "goto",
    "e": "wrong", "E": "rwrong", "r": "restart", "u": "update", "pagedown": "update", "U": "rupdate",
    "pageup": "rupdate", ">": "epoch", "<": "repoch", "T": "train", "c": "continue", "C": "rcontinue", "b": "toggle",
    "enter": "edit", "z": "undo", "Z": "zoom", "D": "diff", "P": "parted", "p": "play", "+": "faster", "=": "faster",
    "-": "slower", "v": "view", "m": "scale", "d": "sums", "tab": "panel next", "shift+tab": "panel previous",
    "escape": "stepping",
    "t": "theme", "l": "curves", "L": "chart", "M": "log-curves", "W": "watches", "y": "copy", "]": "following",
    "[": "previous", "R": "rows", "O": "sequences", "w": "worst", "o": "open", "x": "export", "?": "help",
    "ctrl+p": "palette", "/": "console", ":": "console", "q": "quit", "I": "findings", "J": "findings next",
    "G": "panel flow", "X": "fault", "i": "side",
}  # fmt: skip
"""What people have in their fingers: a key that changes its meaning is a decision and not an accident."""
ARROWS = {direction: f"move {direction}" for direction in ("up", "down", "left", "right")}


def lines_by_key(context: str) -> dict[str, str]:
    return {
        key.name: f"{command.name} {key.arguments}".strip()
        for command in COMMANDS
        for key in command.keys
        if key.context == context
    }


def test_every_key_runs_its_command_and_there_are_no_others():
    assert lines_by_key("anywhere") == KEYS


def test_arrows_move_the_cell_while_a_panel_has_the_focus():
    assert lines_by_key("panel") == ARROWS


def test_no_name_or_alias_and_no_key_of_one_context_is_declared_twice():
    called = Counter(name for command in COMMANDS for name in (command.name, *command.aliases))
    assert not [name for name, times in called.items() if times > 1]
    keys = Counter((key.context, key.name) for command in COMMANDS for key in command.keys)
    assert not [key for key, times in keys.items() if times > 1]


def test_two_commands_of_one_name_are_refused():
    step = COMMANDS.find("step")
    with pytest.raises(ValueError, match="step"):
        Registry([step, step])


@pytest.mark.parametrize("command", COMMANDS.commands, ids=lambda command: command.name)
def test_every_example_names_its_command_and_runs(command: Command):
    truncated = open_session(Recipe(options=Options(truncation=2)))
    session = run(truncated.at(12), "panel hidden", "console", "break dh", "display loss")
    assert COMMANDS.find(command.example.split()[0]) is command
    said = answer(session, command.example)
    assert not said.message.startswith(("no ", "usage")), said.message
    assert said.session is not session or said.effects or said.message


@pytest.mark.parametrize(
    "name", [command.name for command in COMMANDS if command.group in ("stops", "places", "values")]
)
def test_every_example_of_the_debugger_does_what_it_says_at_any_position(name: str):
    """With what it names set up, no example is refused; without, it says what is missing."""
    example = COMMANDS.find(name).example
    ready = run(demo(), "break dh", "display loss", "mark here")
    for k in (1, 20, 30, 46):
        said = answer(ready.at(k), example)
        lacking = said.failed and ("not computed yet" in said.message or "already" in said.message)
        assert not said.failed or lacking, said.message
        for effect in said.effects:
            done = perform(effect, said.session)
            assert done.message or done.session.k != k
    bare = answer(demo().at(47), example)
    assert not bare.failed or bare.message.endswith(")"), "a refusal says what to do"


@pytest.mark.parametrize("command", COMMANDS.commands, ids=lambda command: command.name)
def test_every_command_is_described_in_one_line_and_its_reverse_exists(command: Command):
    assert command.help.endswith(".")
    assert "\n" not in command.help
    assert len(command.help) <= 72
    assert command.group in GROUPS
    if command.reverse:
        COMMANDS.find(command.reverse)


@pytest.mark.parametrize(("there", "back"), [("step", "back"), ("view numbers", "view both"), ("faster", "slower")])
def test_a_command_and_its_reverse_leave_things_as_they_were(there, back):
    assert same(run(demo().at(9), there, back), demo().at(9))


def test_aliases_are_the_field_s_words():
    for alias, name in {"s": "step", "n": "next", "rs": "back", "rn": "rnext", "reverse-step": "back",
                        "reverse-next": "rnext", "reverse-finish": "rfinish", "f": "finish", "q": "quit",
                        "h": "help", "g": "goto", "r": "restart", "c": "continue", "rc": "rcontinue",
                        "reverse-continue": "rcontinue", "reverse-until": "runtil", "u": "until", "b": "break",
                        "tb": "tbreak", "w": "watch", "p": "print", "i": "info"}.items():  # fmt: skip
        assert COMMANDS.find(alias).name == name


def test_the_help_lists_every_command_for_people_and_the_table_is_made_of_the_registry():
    listed = [command.name for _, commands in grouped() for command in commands]
    assert sorted(listed) == sorted(command.name for command in COMMANDS if not command.hidden)
    table = markdown().splitlines()
    assert table[0] == "| key | command | what it does |"
    assert len(table) == 2 + len(listed)
    assert "| `s` `→` `Space` | `step [N]` | Run one line, or N. |" in table
    assert all(line.replace("\\|", "").count("|") == 4 for line in table)


def test_the_help_explains_every_name_of_the_listing_and_every_named_key():
    explained = " ".join(name for name, _ in names())
    for name in ("U", "W", "V", "b", "c", "dh_next", "dz", "da", "dh", "dU"):
        assert name in explained
    keys = {key.name for command in COMMANDS for key in command.keys if len(key.name) > 1}
    assert keys == set(KEY_NAMES)


TRANSCRIPT = [
    # typed, position after it, answered. T = 3: forward ends at 15, backward at 42, the run at 47.
    ("step", 1, ""),
    ("next", 5, ""),
    ("back", 4, ""),
    ("step 0", 4, '"0" is not a count (a whole number from 1)'),
    ("step -1", 4, '"-1" is not a count (a whole number from 1)'),
    ("step one", 4, '"one" is not a count (a whole number from 1)'),
    ("step 1 2", 4, 'step does not take "2" (usage: step [N])'),
    ("stepp", 4, 'no command "stepp" (did you mean step?)'),
    ("finish", 15, ""),
    ("finish", 42, ""),
    ("finish", 47, ""),
    ("rfinish", 42, ""),
    ("rnext", 33, ""),
    ("wrong", 33, "no wrong prediction after this position (2 in this sequence)"),
    ("rwrong", 14, ""),
    ("goto t=2 backward", 24, ""),
    ("goto 24", 24, "already there"),
    ("scale purple", 24, 'scale: no "purple" (one of step, run, log, fixed)'),
    ("scale log", 24, "scale: log"),
    ("sequence 9", 24, "no sequence 9 (1 to 4)"),
    ("select", 24, "select needs cell (select dW[2,4])"),
    ("start", 0, ""),
    ("start", 0, "already at the start of the update"),
    ("back", 0, "the start of the run: s n f step on"),
    ("move up", 0, "no panel has the focus: Tab gives it to one"),
]


def test_a_transcript():
    session = demo()
    for typed, k, answered in TRANSCRIPT:
        said = answer(session, typed)
        session = said.session
        assert (typed, session.k, said.message) == (typed, k, answered)


@pytest.mark.parametrize(
    ("typed", "effect"),
    [
        ("quit", Quit()),
        ("q", Quit()),
        ("help", ShowHelp()),
        ("help step", ShowHelp("step")),
        ("palette", ShowPalette()),
        ("goto", Ask("goto")),
        ("open", Ask("open")),
        ("open a file.csv", Open("a file.csv")),
        ("export", Ask("export")),
        ("export my trace.npz", Export("my trace.npz")),
        ("export a.csv --force", Export("a.csv", overwrite=True)),
        ("following", RunSequence(1)),
        ("previous", RunSequence(3)),
        ("sequence 3", RunSequence(2)),
    ],
)
def test_what_is_done_outside_is_an_effect_and_leaves_the_session_alone(typed, effect):
    said = answer(demo(), typed)
    assert said.effects == (effect,)
    assert said.session is demo()


def test_a_dataset_of_one_sequence_has_no_neighbours():
    said = answer(made(), "following")
    assert not said.effects
    assert said.message == "this dataset has one sequence"


def test_a_mistyped_command_is_told_which_one_is_near():
    assert answer(demo(), "brek dh").message == 'no command "brek" (did you mean break?)'
    assert answer(demo(), "STEP").message == 'no command "STEP" (did you mean step?)'
    assert answer(demo(), "zzzzz").message == 'no command "zzzzz" (help lists them)'


def test_the_help_of_a_breakpoint_tells_its_whole_syntax_and_its_example_works():
    told = help_text("break")
    assert all(word in told for word in ("if CONDITION", 'log "MESSAGE"', "t=3"))
    example = next(line for line in told.splitlines() if line.startswith("example")).removeprefix("example").strip()
    (point,) = answer(demo(), example).session.breakpoints
    assert (point.location.t, point.condition, point.log) == (3, "norm(dh_next) < 1e-3", "carried {norm(dh_next)}")
