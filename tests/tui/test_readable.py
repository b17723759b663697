"""What is to be read on a small screen can be read there, and what a picture shows is what the screen shows."""

from __future__ import annotations

import re
import struct

import pytest

from rnn_core.debugger.persistence import opening
from rnn_core.debugger.session import Session
from rnn_core.optimisers import Optimiser
from rnn_core.program import program
from rnn_core.recipe import Recipe
from rnn_core.updates import Clip, Options
from rnn_tui import picture
from rnn_tui.panels.listing import TARGET
from tests.debugger.sessions import demo, run, with_params
from tests.tui.painted import painted, sized
from tests.tui.screens import driven

SIZES = [(80, 24), (110, 34), (120, 40), (160, 45)]


def of(kind: str, options: Options) -> Session:
    session = sized(5, 6, 4, 3, kind=kind)
    return with_params(session, session.params, options)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_every_line_of_the_listing_is_whole(kind, size):
    """Blanks may go where there is little room; nothing else does."""
    session = of(kind, Options(optimiser=Optimiser("adam")))
    seen = set()
    for k in range(session.trace.end + 1):
        for row in painted(session.at(k), *size)["listing"].rows:
            seen.add(row[TARGET:].replace("◂", "").replace(" ", ""))
    for line in program(session.options, session.params.cell):
        assert str(line).replace(" ", "") in seen


def test_a_clip_limit_is_written_with_every_digit():
    session = of("rnn", Options(clip=Clip("norm", 0.123456789)))
    assert "0.123456789/" in painted(session, 160, 45)["listing"].text
    at = run(session, "goto clip", "step")
    assert "0.123456789 /" in painted(at, 160, 45)["step"].text


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_norms_have_two_digits_at_least(size):
    for k in range(demo().trace.end + 1):
        shown = painted(run(demo().at(k), "panel gradients"), *size)["gradients"]
        for norm in re.findall(r"\bd[UWVbc] ‖?([\d.]+)(?:e-?\d+)?‖?", shown.text):
            assert len(norm.replace(".", "").lstrip("0")) >= 2, shown.text


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("size", [(80, 24), (110, 34), (120, 40), (160, 45), (200, 60), (250, 80)], ids=str)
@pytest.mark.parametrize("hidden", [6, 64])
@pytest.mark.parametrize("classes", [1, 4, 5, 9])
def test_either_every_probability_stands_in_its_bar_or_the_target_s_share_and_the_best(kind, size, hidden, classes):
    session = run(sized(5, hidden, 4, classes, kind=kind), "finish", *(["panel outputs"] if size == (80, 24) else []))
    each = painted(session, *size)["outputs"]
    bars = each.rows[1].split()[0] == "probabilities"
    assert bars or classes > 4 or size == (110, 34)
    for row, p in zip([row for row in each.rows[2:] if "t=" in row], session.trace.rows["p"], strict=False):
        numbers = re.findall(r"\b\d\.\d\d\b", row[:-8])
        assert numbers == [f"{each:.2f}" for each in (p if bars else [max(p)])], row


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_every_probability_stands_in_its_bar_where_all_have_room(classes):
    session = run(sized(5, 6, 4, classes), "finish")
    for row, p in zip(painted(session, 120, 40)["outputs"].rows[2:], session.trace.rows["p"], strict=False):
        assert re.findall(r"\b\d\.\d\d\b", row)[:classes] == [f"{each:.2f}" for each in p], row


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 45)], ids=str)  # at 110 the numbers of h come first
def test_the_built_in_text_has_its_letters_and_every_probability(size):
    session = run(opening.open_session(Recipe(demo="hello")), "finish", "panel outputs")
    rows = [row for row in painted(session, *size)["outputs"].rows[2:] if row.strip()]
    assert [row.split()[1] for row in rows] == [*"hell"]
    for row, p in zip(rows, session.trace.rows["p"], strict=True):
        assert re.findall(r"\b\d\.\d\d\b", row[:-8]) == [f"{each:.2f}" for each in p]


@pytest.mark.parametrize("features", [2, 5])
@pytest.mark.parametrize("power", [0, -4])
def test_the_inputs_are_a_table_over_time_with_its_power_of_ten(features, power):
    session = sized(5, 6, features, 3, power)
    shown = painted(session, 200, 60)["inputs"]
    found = re.search(r"×1e(-?\d+)", shown.rows[0])
    factor = 10.0 ** int(found[1]) if found else 1.0
    assert re.findall(r"t=\d", shown.rows[1]) == [f"t={t}" for t in range(1, 6)]
    for row, feature in zip([row for row in shown.rows[2:] if row.strip()], session.trace.x.T, strict=True):
        numbers = [float(text) * factor for text in row.split()[1:]]
        assert numbers == pytest.approx(feature, abs=0.006 * 10 * factor)


def test_of_many_timesteps_the_inputs_say_which_are_seen():
    shown = painted(sized(40, 6, 4, 3).at(150), 200, 60)["inputs"]
    assert re.search(r"→t=\d+–\d+/40", shown.rows[0])
    assert "t=30" in shown.rows[1]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_where_the_gates_have_no_place_beside_h_the_keys_to_them_stand_there(size):
    session = sized(5, 6, 4, 3, kind="lstm")
    assert "Tab Tab: gates" in painted(session, *size)["hidden"].rows[0]
    there = run(session, "panel next", "panel next")
    assert "Shift+Tab: h" in painted(there, *size)["gates"].rows[0]
    back = run(there, "panel previous")
    assert "hidden" in painted(back, *size)


@pytest.mark.parametrize("size", [(160, 45), (200, 60), (250, 80)], ids=str)
def test_on_a_large_screen_the_gates_stand_beside_all_numbers_of_h(size):
    session = run(sized(5, 6, 4, 3, kind="lstm"), "finish")
    shown = painted(session, *size)
    assert {"hidden", "gates"} <= set(shown)
    h = [f"{each:+.2f}" for each in session.trace.rows["h"][1:, 0]]
    numbers = re.findall(r"[+-]\d\.\d+(?:e-\d+)?", next(row for row in shown["hidden"].rows if row.startswith(" 0 ")))
    assert [f"{float(each):+.2f}" for each in numbers] == h


async def test_a_png_is_the_screen_in_letters_of_one_width(monkeypatch, tmp_path):
    cairosvg = pytest.importorskip("cairosvg", exc_type=ImportError, reason="PNG needs cairosvg and the cairo library")
    drawn = []

    def draw(**how):
        drawn.append(how["bytestring"].decode())
        return cairosvg.svg2png(**how)

    monkeypatch.setattr(picture, "_cairosvg", lambda: type("Recorded", (), {"svg2png": staticmethod(draw)}))
    async with driven(demo().at(30)) as screen:
        picture.write(screen.app, str(tmp_path / "screen.png"))
    data = (tmp_path / "screen.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert data.rstrip().endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", data[16:24])
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn[0])
    assert (width, height) == (int(float(box[1]) * picture.PNG_SCALE), int(float(box[2]) * picture.PNG_SCALE))
    families = re.findall(r"-matrix \{[^}]*font-family: ([\w ]+)", drawn[0])
    assert families == ["monospace"]
