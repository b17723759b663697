"""The laws of what is painted, read from the painted strips: numbers and their powers of ten, words, parts, colours."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.debugger.persistence import opening
from rnn_core.debugger.session import Session
from rnn_core.recipe import Recipe
from rnn_core.views.cells import first_timestep
from rnn_core.views.grid import is_vector
from rnn_core.views.placed import Placed
from rnn_core.views.scale import LEVELS
from rnn_tui.panels.series import SeriesPanel
from rnn_tui.panels.tables import TOP, TablesPanel
from rnn_tui.render import canvas as canvases
from rnn_tui.render.palette import Colours, contrast, palette
from tests.debugger.sessions import demo, made, run, spoiled
from tests.tui.painted import Painted, painted, picture, sized

SIZES = [(80, 24), (110, 34), (120, 40), (160, 45), (200, 60), (250, 80)]
SHAPES = [(3, 2, 2, 2), (3, 10, 5, 3), (5, 6, 4, 12), (1, 1, 1, 1), (40, 64, 30, 20), (9, 130, 3, 2)]
"""T, H, I, O."""
FOCUSES = ["", "panel hidden", "panel outputs", "panel gradients", "panel weights"]


kinds = st.sampled_from(["rnn", "rnn", "lstm", "gru", "values"])
shapes = st.tuples(st.sampled_from(SHAPES), st.sampled_from([-9, -5, -2, 0, 2]), st.booleans(), kinds)
looks = st.tuples(
    st.sampled_from(FOCUSES),
    st.sampled_from(["view both", "view numbers", "view heatmap"]),
    st.sampled_from(["scale step", "scale run", "scale log", "scale fixed"]),
    st.lists(st.sampled_from(["sums timestep", "zoom", "move down 7", "move right 5"]), max_size=3),
)
screens = st.tuples(
    shapes, st.floats(0, 1), looks, st.sampled_from(SIZES) | st.tuples(st.integers(80, 260), st.integers(24, 90))
)
"""What is looked at: a run's shape, magnitude and names; how far it has run; how it is looked at; the screen's size."""


def seen(screen) -> tuple[Session, int, int]:
    """The session and the size that such a draw means."""
    (shape, power, names, kind), share, (*lines, more), (width, height) = screen
    session = sized(*shape, power, names, kind)
    return run(session.at(round(share * session.trace.end)), *filter(None, lines), *more), width, height


def tables(shown: dict[str, Painted]) -> list[tuple[Painted, Placed, int]]:
    """Every table of numbers on the screen, with the row that its place counts from."""
    found = []
    for each in shown.values():
        session = each.panel.session
        if isinstance(each.panel, TablesPanel):
            found += [(each, placed, TOP) for placed in each.panel.tables(session)]
        elif isinstance(each.panel, SeriesPanel):
            found += [(each, placed, 0) for placed in each.panel.places(session)]
    return found


def cell(each: Painted, placed: Placed, top: int, row: int, column: int) -> str:
    """What is painted of an element."""
    x, y = placed.at(row, column)
    y += top + (placed.tall - 1) // 2
    return each.rows[y][x : x + placed.cell].replace("◆", " ").strip() if y < len(each.rows) else ""


def caption(each: Painted, placed: Placed, top: int) -> str:
    """All that is painted above a table's cells, in its own columns; of a series' table its whole title."""
    if isinstance(each.panel, SeriesPanel):
        left, under = max(0, placed.x - 5), placed.y + 1 + len(placed.rows) * placed.tall
        lines = [each.rows[0], *each.rows[under : under + placed.below]]
        return "\n".join(line[left : placed.x + placed.width] for line in lines)
    lines = each.rows[top + placed.y - placed.above : top + placed.y + 1]
    return "\n".join(line[placed.x : placed.x + placed.width] for line in lines)


def factor(text: str) -> int:
    """The power of ten that a caption names; 0 where it names none."""
    found = re.search(r"×1e(-?\d+)(?!\d)|(?<!\S)e(-?\d+)(?!\S)", text)
    return int(found[1] or found[2]) if found else 0


def value(session: Session, panel: str, name: str, row: int, column: int, over_time: bool) -> float | None:
    """An element as the trace knows it."""
    trace, k = session.trace, session.k
    if over_time:
        rows, mask = trace.series(name, k)
        return float(rows[column, row]) if mask[column] else None
    if name in trace.program.sums and session.view.sums == "timestep":
        ran = trace.program.times_run(name, k, len(trace))
        array = trace.contribution(name, len(trace) - ran + 1) if ran else None
    else:
        array = trace.value(name, k)
    if array is None:
        return None
    return float(array[row if is_vector(trace, name) else column] if np.ndim(array) == 1 else array[row, column])


def agrees(text: str, power: int, wanted: float) -> bool:
    """Whether a painted number times its power of ten is the value, to the digits that are painted."""
    if not math.isfinite(wanted):
        return text == (f"{wanted:+}" if math.isinf(wanted) else "nan")
    if text in ("0", "+≈0", "-≈0"):
        return (wanted == 0.0) if text == "0" else 0 < abs(wanted) < 10.0 ** (power - 8)
    number = re.fullmatch(r"[+-](\d+)(?:\.(\d+))?(?:e(-?\d+))?", text)
    assert number, text
    unit = 10.0 ** (power + int(number[3] or 0) - len(number[2] or ""))
    return math.isclose(float(text) * 10.0**power, wanted, abs_tol=0.500001 * unit, rel_tol=0.0)


def close(text: str, wanted: float) -> bool:
    """Whether a number without a sign is the value, to the digits that are painted."""
    return text == f"{wanted:g}" if not wanted else agrees(f"+{text}", 0, wanted)


# -- numbers --------------------------------------------------------------------------------------------------


@settings(max_examples=120)
@given(screens)
def test_every_number_of_a_table_times_the_power_of_ten_in_its_caption_is_the_value(screen):
    session, width, height = seen(screen)
    for each, placed, top in tables(painted(session, width, height)):
        power = factor(caption(each, placed, top))
        over_time = isinstance(each.panel, SeriesPanel)
        for row in placed.rows:
            for column in placed.columns:
                wanted = value(session, each.panel.PANEL, placed.name, row, column, over_time)
                text = cell(each, placed, top, row, column)
                if wanted is None:
                    assert text in ("·", "", "·\n"), (placed, text)
                elif placed.cell > 2 and text:
                    assert agrees(text, power, wanted), (each.panel.PANEL, placed, row, column, text, power, wanted)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_small_run_whose_gradient_lost_its_power_of_ten_shows_it(size):
    """dW of this run is some 1e-5; at no size may it be read as -1.53."""
    session = run(sized(3, 2, 2, 2, -2), "finish", "finish", "panel gradients", "select dW[0,0]")
    for each, placed, top in tables(painted(session, *size)):
        if placed.name == "dW":
            assert abs(session.trace.gradients.W[0, 0]) < 1e-3
            assert placed.cell > 2
            assert factor(caption(each, placed, top)) <= -4


@settings(max_examples=60)
@given(screens)
def test_probabilities_and_losses_are_what_they_are(screen):
    session, width, height = seen(screen)
    name = session.trace.program.output.timestep_loss
    shown = painted(run(session, "panel outputs"), width, height)["outputs"]
    for row in shown.rows[2:]:
        found = re.match(r"\s*t=(\d+)", row)
        if not found:
            continue
        t = int(found[1])
        loss = re.search(r"(\S+)\s*$", row[-7:])
        nll = session.trace.rows[name][t - 1]
        if session.trace.written(name, session.k).stop >= t and nll == nll:
            assert close(loss[1], nll), row
        else:
            assert not re.search(r"\d", row[-7:]), row


# -- nothing is cut -------------------------------------------------------------------------------------------

CUT = re.compile(r"(?<![\w.])\.\d|\d\.(?![\w.…])|\d[eE][+-]?(?![\w+-])|×1?e?-?(?!\S)|±(?!\S)")
"""A number that begins or ends where none does."""


@settings(max_examples=120)
@given(screens, st.sampled_from(["", "console", "display norm(dW)", "break dh if norm(dh) > 0.001", "display h[1]"]))
def test_no_number_is_cut_no_text_covers_another_and_the_last_column_stays_free(screen, line):
    session, width, height = seen(screen)
    shown = painted(run(session, *filter(None, [line])), width, height)
    for name, each in shown.items():
        if name != "console":
            assert not CUT.search(each.text), (name, CUT.search(each.text), each.text)
        assert "Error" not in each.text, each.text
        for pieces in each.panel._canvas._rows:
            for (x, taken, text, _), (after, _, other, _) in pairwise(sorted(pieces, key=lambda piece: piece[0])):
                assert x + taken <= after, (name, text, other)
    assert {row[-1] for row in picture(shown, width, height)} <= {" "}


@given(st.text(alphabet="ab1.-e ·", max_size=30), st.integers(0, 30))
def test_what_does_not_fit_loses_whole_words(text, room):
    left = canvases.whole(text, room)
    assert len(left) <= max(room, 0)
    if left != text:
        words = text.split()
        rule = not any(map(str.isalnum, text))
        assert rule or left.split() == words[: len(left.split())] or left.endswith("…")
        assert not re.search(r"\d…$", left)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("lines", [(), ("finish",), ("finish", "step 3")], ids=str)
def test_what_is_not_written_yet_has_a_dash_and_no_number(size, lines):
    session = run(sized(3, 10, 5, 3), *lines, "panel gradients")
    shown = painted(session, *size)["gradients"]
    for name in session.trace.program.sums:
        found = re.search(rf"\b{name} (\S+)", shown.text)
        if found and session.trace.value(name, session.k) is None:
            assert found[1] == "–", shown.text
    assert len(re.findall(r"\bd[UWVbc] ", shown.text)) >= 1


@settings(max_examples=60)
@given(screens)
def test_norms_are_what_they_are_and_in_one_notation_within_a_panel(screen):
    session, width, height = seen(screen)
    for name in ("gradients", "weights"):
        if name not in (shown := painted(session, width, height)):
            continue
        each = shown[name]
        if each.box.width < 66:
            found = re.findall(r"\b(d?(?:[UWVbc]|bh)) ([\d.]+(?:e-?\d+)?)(?!\S)", each.rows[1])
        else:
            found = re.findall(r"\b(d?(?:[UWVbc]|bh)) ‖([^‖]*)‖", each.text)
        notations = {"e" in text for _, text in found if text != "0"}
        assert len(notations) <= 1, found
        for of, text in found:
            array = session.trace.value(of, session.k)
            if session.view.sums == "timestep" and of in session.trace.program.sums and each.box.width >= 66:
                ran = session.trace.program.times_run(of, session.k, len(session.trace))
                array = session.trace.contribution(of, len(session.trace) - ran + 1)
            largest = float(np.max(np.abs(array))) or 1.0  # squares of small numbers would be 0
            norm = largest * float(np.linalg.norm(np.ravel(array) / largest))
            assert close(text, norm), (of, text, norm)


# -- parts ----------------------------------------------------------------------------------------------------


def part(shown: range, total: int, first: int = 0) -> str:
    """How a table says which part of an axis is seen."""
    start, stop = shown.start + first, shown.stop - 1 + first
    return f"{start}–{stop}/{total}" if stop > start else f"{start}/{total}"


@settings(max_examples=120)
@given(screens)
def test_every_table_of_which_a_part_is_seen_says_which_rows_and_columns_of_how_many(screen):
    session, width, height = seen(screen)
    shown = painted(session, width, height)
    for each, placed, top in tables(shown):
        trace, text = session.trace, caption(each, placed, top)
        if isinstance(each.panel, SeriesPanel):
            array, first = trace.rows[placed.name], first_timestep(trace, placed.name)
            if len(placed.rows) < array.shape[1]:
                assert f"↓{part(placed.rows, array.shape[1])}" in text
            if len(placed.columns) < len(array):
                assert f"→t={part(placed.columns, len(array) - 1 + first, first)}" in text, text
            continue
        whole = np.shape(getattr(trace, placed.name) if is_vector(trace, placed.name) else trace.value(
            placed.name, trace.program.borders(len(trace))[2]))[::1]  # fmt: skip
        rows, columns = (whole[1], 1) if is_vector(trace, placed.name) else (1, *whole) if len(whole) == 1 else whole
        if len(placed.rows) < rows:
            said = text
            if is_vector(trace, placed.name):  # said once for those beside each other
                said = "\n".join(row[placed.x - 1 if placed.says else 0 :] for row in each.rows[1 : placed.y + top + 1])
            assert f"↓{part(placed.rows, rows)}" in said, (placed, each.text)
        if len(placed.columns) < columns:
            assert f"→{part(placed.columns, columns)}" in text, (placed, each.text)
    if "outputs" in shown and (steps := re.findall(r"^\s*t=(\d+)", shown["outputs"].text, re.MULTILINE)):
        partial = len(steps) < len(session.trace)
        assert (f"↓t={steps[0]}" in shown["outputs"].rows[0]) == partial


@settings(max_examples=80)
@given(screens)
def test_between_what_is_said_of_two_tables_stands_a_blank(screen):
    session, width, height = seen(screen)
    for name, each in painted(session, width, height).items():
        for row in each.rows if name in ("gradients", "weights", "hidden", "gates") else ():
            assert not re.search(r"\d[↓→×±]|‖[^ ‖]+‖[^ ]", row), row


@settings(max_examples=80)
@given(screens)
def test_a_table_goes_on_below_itself_before_rows_stay_blank_under_it(screen):
    session, width, height = seen(screen)
    for name in ("gradients", "weights"):
        if name not in (shown := painted(session, width, height)):
            continue
        each = shown[name]
        placed = [p for p in each.panel.tables(session) if not is_vector(session.trace, p.name)]
        pile = [p for p in placed if p.x == placed[-1].x]
        if not pile:  # only columns are seen
            continue
        free = each.box.height - TOP - max(p.y + 1 + len(p.rows) * p.tall for p in pile)
        for of in {p.name for p in pile}:
            blocks = [p for p in pile if p.name == of]
            array = np.atleast_2d(session.trace.value(of.removeprefix("d"), session.k))
            assert [c for p in blocks for c in p.columns] == [*range(blocks[0].columns[0], blocks[-1].columns[-1] + 1)]
            partial = blocks[-1].columns[-1] + 1 - blocks[0].columns[0] < array.shape[1]
            whole = len(blocks[0].rows) == len(array)
            assert not (partial and whole and free >= 4 + len(array) * blocks[0].tall), (of, free, each.text)


@settings(max_examples=80)
@given(screens)
def test_a_narrow_box_names_the_norm_of_every_gradient_or_has_no_room_for_one_more(screen):
    session, width, height = seen(screen)
    for name in ("gradients", "weights"):
        shown = painted(session, width, height)
        if name not in shown or shown[name].box.width >= 66:
            continue
        each, trace = shown[name], session.trace
        names = trace.program.sums if name == "gradients" else trace.program.parameters
        said = "\n".join(each.rows[:3])
        missing = [of for of in names if not re.search(rf"(?<!\w){of} [\d–‖]", said)]
        room = each.box.width - 1 - len(each.rows[1].rstrip())
        assert not missing or (room < 12 and len(each.rows[0]) < 60), (missing, said)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("lines", [(), ("panel gradients",), ("panel weights",), ("view heatmap",)], ids=str)
def test_at_eighty_columns_every_norm_of_the_usual_models_is_to_be_read(kind, lines):
    session = run(sized(3, 10, 5, 3, -1, False, kind), *lines)
    for k in range(session.trace.program.borders(3)[1] + 1, session.trace.end + 1):
        shown = painted(session.at(k), 80, 24)
        each = shown.get("gradients") or shown["weights"]
        names = session.trace.program.sums if "gradients" in shown else session.trace.program.parameters
        said = "\n".join(each.rows[:4])
        assert [of for of in names if not re.search(rf"(?<!\w){of} [\d–‖]", said)] == [], said


@pytest.mark.parametrize("size", [(160, 45), (200, 60), (250, 80)], ids=str)
def test_a_small_model_is_whole_on_a_large_screen_with_every_number_of_it(size):
    session = run(sized(3, 2, 2, 2, -1), "end")
    for _, placed, _ in tables(painted(session, *size)):
        assert placed.cell > 2, placed
        assert len(placed.rows) == (1 if placed.name in ("db", "dc", "b", "c") else 2), placed


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_a_gated_cell_has_its_gradients_whole_across_and_in_numbers_at_200_by_60(kind):
    session = run(sized(3, 10, 5, 3, -1, False, kind), "end")
    placed = [p for each, p, _ in tables(painted(session, 200, 60)) if each.panel.PANEL == "gradients"]
    for of in session.trace.program.sums:
        columns = sum(len(p.columns) for p in placed if p.name == of)
        assert columns == np.atleast_2d(session.trace.value(of, session.k)).shape[1], of
    assert all(p.cell > 2 for p in placed if p.name == "dW")


@pytest.mark.parametrize("timesteps", [1, 3, 5])
def test_five_timesteps_keep_their_numbers_at_120_by_40(timesteps):
    shown = painted(run(sized(timesteps, 10, 5, 3), "end"), 120, 40)["hidden"]
    assert len(re.findall(r"[+-]\d\.\d\d\b", shown.text)) >= 9 * timesteps


def test_a_large_screen_has_larger_cells_and_shows_the_weights_and_what_reaches_h():
    usual, large = (tables(painted(run(demo(), "end"), *size)) for size in ((120, 40), (200, 60)))
    assert {placed.name for _, placed, _ in large} >= {"h", "dh", "W", "dW"}
    assert "W" not in {placed.name for _, placed, _ in usual}
    assert max(placed.tall for _, placed, _ in large) > max(placed.tall for _, placed, _ in usual)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("focus", FOCUSES)
def test_zoom_gives_the_whole_screen_to_one_panel_and_back(size, focus):
    session = run(demo(), "finish", *filter(None, [focus]))
    name = session.view.panel or "hidden"
    before, zoomed = painted(session, *size), painted(run(session, "zoom"), *size)
    assert set(zoomed) == {"header", "timeline", name, "footer"}
    assert zoomed[name].box.width == size[0] - 1
    assert zoomed[name].box.height >= size[1] - 8
    assert picture(painted(run(session, "zoom", "zoom"), *size), *size)[:-2] == picture(before, *size)[:-2]


# -- what is so by now ----------------------------------------------------------------------------------------


def test_the_header_s_loss_is_that_of_the_targets_come_to_by_now():
    session = made(timesteps=4, absent=0.3)
    trace = session.trace
    have = [t for t in range(1, 5) if trace.y[t - 1] >= 0]
    assert 1 < len(have) <= 4
    for k in range(trace.program.borders(4)[1] + 1):
        header = painted(session.at(k), 120, 40)["header"].text
        ran = [t for t in have if k >= trace.program.number("forward", t, "loss", 4)]
        if not ran:
            assert "mean loss –" in header
            continue
        mean = float(re.search(r"mean loss (\d+\.\d+)", header)[1])
        assert mean == pytest.approx(np.mean([trace.nll[t - 1] for t in ran]), abs=6e-5)
        assert (f"({len(ran)} of {len(have)})" in header) == (len(ran) < len(have))


def test_this_step_names_the_classes_where_they_have_names():
    session = opening.open_session(Recipe(demo="hello"))
    step = painted(session.at(session.trace.program.number("forward", 1, "p", 4)), 120, 40)["step"].text
    best = session.dataset.classes[int(np.argmax(session.trace.p[0]))]
    assert f"predicts {best} with" in step
    assert "target e has" in step  # h is followed by e


def test_the_strip_s_ends_are_powers_of_ten_and_its_blocks_count_them():
    session = run(sized(9, 6, 4, 12, -1), "finish", "finish")
    strip = painted(session, 120, 40)["timeline"].rows[3]
    low, high = re.search(r"▁ 1e(-?\d+) … █ 1e(-?\d+)", strip).groups()
    assert int(high) - int(low) == 8
    norms = np.linalg.norm(session.trace.dh, axis=1)[::-1]
    assert 10.0 ** (int(high) - 1) <= norms.max() < 10.0 ** int(high)
    blocks = strip[strip.index("█ 1e") + 6 :].strip()
    for x, block in enumerate(blocks):
        height = "▁▂▃▄▅▆▇█".index(block)
        norm = norms[x * 9 // len(blocks)]
        assert max(0, math.floor(math.log10(norm)) - int(low)) == height


# -- colours --------------------------------------------------------------------------------------------------

WORDS = ("text", "dim", "accent", "forward", "backward", "update", "good", "bad", "not_finite",
         "line_u", "line_w", "line_v", "line_b", "line_c")  # fmt: skip


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_entry_of_the_palette_that_words_are_written_in_or_on_can_be_read(theme):
    colours = palette(theme).colours
    for role in WORDS:
        assert contrast(getattr(colours, role), colours.background) >= 4.5, role
    for role in ("text", "dim", "accent"):
        assert contrast(getattr(colours, role), colours.bar) >= 4.5, role
    assert contrast(colours.text, colours.here) >= 4.5
    styles = [palette(theme).heat(level, chosen, marked) for level in range(-LEVELS, LEVELS + 2)
              for chosen in (False, True) for marked in (False, True)]  # fmt: skip
    styles += [palette(theme).on(role) for role in Colours.__dataclass_fields__]
    for style in styles:
        assert contrast(style.color.name, style.bgcolor.name) >= 4.5, style


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_line_that_ran_last_stands_out_and_carries_a_glyph(theme):
    assert contrast(palette(theme).colours.here, palette(theme).colours.background) >= 1.8
    for size in SIZES:
        listing = painted(demo().at(20), *size, theme=theme)["listing"].rows
        assert ["da" in row for row in listing if "◂" in row] == [True]


@settings(max_examples=40)
@given(screens, st.sampled_from(["dark", "light"]))
def test_no_word_is_faint(screen, theme):
    session, width, height = seen(screen)
    faint = palette(theme).colours.faint
    for name, each in painted(session, width, height, theme).items():
        for strip in each.panel._strips:
            for segment in strip:
                if segment.style.color and segment.style.color.name == faint:
                    assert not any(ch.isalnum() for ch in segment.text), (name, segment.text)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_weights_title_says_which_of_them_are_updated(size):
    session = run(demo(), "panel weights", "finish", "finish")
    done = []
    for name in ("U", "W", "V", "b", "c"):
        said = painted(session, *size)["weights"].rows[0]
        assert ("weights · given" in said) == (not done)
        assert not done or re.search(rf"weights · updated {' '.join(done)} ─", said), said
        session, done = run(session, "step"), [*done, name]
    assert "weights · updated ─" in painted(session, *size)["weights"].rows[0]


def test_numbers_that_are_not_finite_are_shown_as_they_are():
    for odd in (math.nan, math.inf):
        session = run(spoiled(odd, hidden=6), "end")
        for each, placed, top in tables(painted(session, 120, 40)):
            if placed.name == "h":
                assert {cell(each, placed, top, 5, c) for c in placed.columns} & {"nan", "+inf", "+1.00", "-1.00"}
