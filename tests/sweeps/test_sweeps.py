"""Sweeps: the same lines whoever computes them and however often they are interrupted, and each line is that run's."""

from __future__ import annotations

import csv
import os
import signal

import numpy as np
import pytest

from rnn_core.debugger.persistence.opening import open_session
from rnn_core.model import initialise
from rnn_core.recipe import Recipe
from rnn_core.sweeps import summary, workers
from rnn_core.sweeps.grid import Grid, last
from rnn_core.sweeps.measuring import COLUMNS, measured
from rnn_core.updates import Options
from rnn_tui import cli


def grid(**fields) -> Grid:
    recipe = Recipe(demo="hello", epochs=2, options=Options(learning_rate=0.1))
    fields = {"seeds": (0, 1, 2), "inits": ("normal", "orthogonal"), "hiddens": (3,), **fields}
    return Grid(recipe, open_session(recipe).dataset, **fields)


def lines_of(results):
    return [line for lines in results for line in lines]


def rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_a_line_is_what_a_session_of_that_run_says():
    grown = grid(trained=True)
    for point in grown.points:
        (line,) = measured(grown, point)
        found = dict(zip(COLUMNS, line, strict=True))
        recipe = grown.recipe_of(point)
        run = open_session(recipe).run
        run.learn(2)
        trace = run.trace(2)
        assert (found["init"], found["seed"]) == (point.init, str(point.seed))
        assert float(found["loss"]) == trace.mean_loss
        assert float(found["accuracy"]) == np.mean(trace.p.argmax(axis=1) == trace.y)
        assert float(found["gradient_norm"]) == pytest.approx(
            np.sqrt(sum(np.sum(g**2) for g in trace.gradients.values())), rel=1e-14
        )


def test_the_seed_draws_the_weights_and_nothing_else():
    demo = Recipe()
    made = Grid(demo, open_session(demo).dataset, seeds=(7,), inits=("xavier",))
    first = measured(made, made.points[0])[0]
    session = open_session(demo)
    params = initialise("xavier", session.params.sizes, seed=7)
    from rnn_core.recorder import record

    assert float(first[COLUMNS.index("loss")]) == record(params, session.dataset.sequences[0]).mean_loss


def test_a_length_keeps_the_end_of_a_sequence_with_its_targets():
    sequence = open_session(Recipe(demo="hello")).dataset.sequences[0]
    cut = last(sequence, 2)
    assert np.array_equal(cut.x, sequence.x[-2:])
    assert np.array_equal(cut.y, sequence.y[-2:])
    assert last(sequence, 99) is sequence


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_lines_are_the_same_whatever_the_number_of_workers(count):
    swept = grid(seeds=tuple(range(9)))
    expected = [measured(swept, point) for point in swept.points]
    assert list(workers.here(swept, swept.points, count)) == expected


def test_a_killed_worker_changes_nothing(monkeypatch, tmp_path):
    swept = grid(seeds=tuple(range(8)))
    expected = [measured(swept, point) for point in swept.points]
    flag = tmp_path / "killed"
    monkeypatch.setattr(workers, "measured", killing_once(flag))
    assert list(workers.here(swept, swept.points, 2)) == expected
    assert flag.exists()


def killing_once(flag):
    def run(swept, point):
        if point.seed == 5 and not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return measured(swept, point)

    return run


def test_a_run_that_always_kills_its_worker_is_given_up_in_one_line(monkeypatch):
    def kills(swept, point):
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(workers, "measured", kills)
    swept = grid()
    with pytest.raises(Exception, match="a worker was killed 3 times at seed 0, init normal"):
        list(workers.here(swept, swept.points, 2))


def test_dask_s_workers_compute_the_same_and_a_killed_one_changes_nothing():
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    swept = grid(seeds=tuple(range(12)))
    expected = [measured(swept, point) for point in swept.points]
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as cluster:
        results = workers.on_scheduler(swept, swept.points, cluster.scheduler_address)
        found = [next(results)]
        os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
        found += results
    assert found == expected


# -- the command -----------------------------------------------------------------------------------------------------


ARGUMENTS = ("--demo", "hello", "--seeds", "4", "--init", "normal,orthogonal", "--hidden", "3,4", "--workers", "1")


def test_the_file_has_a_line_a_run_and_the_summary_a_row_for_each_kind(capsys, tmp_path):
    out = tmp_path / "r.csv"
    assert cli.main(["sweep", *ARGUMENTS, "-o", str(out)]) == 0
    found = rows(out)
    assert [(r["init"], r["hidden"], r["seed"]) for r in found] == [
        (init, hidden, str(seed)) for init in ("normal", "orthogonal") for hidden in "34" for seed in range(4)
    ]
    said = capsys.readouterr().out.splitlines()
    assert said[0].split()[:4] == ["init", "hidden", "length", "runs"]
    assert [line.split()[:3] for line in said[1:5]] == [
        [init, hidden, "4"] for init in ("normal", "orthogonal") for hidden in "34"
    ]
    losses = [float(r["loss"]) for r in found[:4]]
    assert said[1].split()[3] == f"{np.median(losses):.4g}"


def test_an_interrupted_sweep_goes_on_to_the_same_bytes(capsys, tmp_path):
    whole, cut = tmp_path / "whole.csv", tmp_path / "cut.csv"
    assert cli.main(["sweep", *ARGUMENTS, "-o", str(whole)]) == 0
    for size in (0, 30, 300, 700, len(whole.read_bytes()) - 3, len(whole.read_bytes())):
        cut.write_bytes(whole.read_bytes()[:size])
        resumed = cli.main(["sweep", *ARGUMENTS, "-o", str(cut), "--resume"])
        if size < 100:  # not even the head is whole
            assert resumed == 1
            continue
        assert resumed == 0
        assert cut.read_bytes() == whole.read_bytes()
    capsys.readouterr()


def test_a_file_of_another_sweep_is_refused_and_stays(capsys, tmp_path):
    out = tmp_path / "r.csv"
    assert cli.main(["sweep", *ARGUMENTS, "-o", str(out)]) == 0
    before = out.read_bytes()
    assert cli.main(["sweep", *ARGUMENTS, "-o", str(out)]) == 1
    assert cli.main(["sweep", *ARGUMENTS, "--tokens", "words", "--text", "a b a", "-o", str(out), "--resume"]) != 0
    assert cli.main(["sweep", *ARGUMENTS, "--scale", "3", "-o", str(out), "--resume"]) == 1
    assert "is not the result of this sweep" in capsys.readouterr().err
    assert out.read_bytes() == before


@pytest.mark.parametrize(
    ("argv", "status", "said"),
    [
        ([], 2, "sweep needs -o FILE"),
        (["-o", "-"], 2, "give -o a file name"),
        (["-o", "r.csv", "--seeds", "0"], 2, "--seeds: "),
        (["-o", "r.csv", "--seeds", "1,1"], 2, "list of different names"),
        (["-o", "r.csv", "--init", "normal,odd"], 2, 'no initialisation "odd"'),
        (["-o", "r.csv", "--length", "99"], 2, "no sequence has 99 timesteps"),
        (["-o", "r.csv", "--seed", "3"], 2, "--seeds 3,5,7"),
        (["-o", "r.csv", "--model", "m.npz"], 2, "leave out --model"),
        (["-o", "r.csv", "--resume", "--force"], 2, "leave one of them out"),
        (["-o", "r.csv", "--scheduler", "tcp://127.0.0.1:1", "--workers", "2"], 2, "leave one of them out"),
        (["-o", "nowhere/r.csv"], 1, "there is no folder"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_file(capsys, monkeypatch, tmp_path, argv, status, said):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["sweep", *argv]) == status
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_the_losses_are_drawn_between_the_least_and_the_most():
    lines = [dict.fromkeys(COLUMNS, "") | {"init": "normal", "loss": text} for text in ("1.0", "1.0", "2.0", "nan")]
    (_, bars), (_, ends) = summary.drawing([tuple(line.values()) for line in lines])
    assert len(bars) == summary.BINS
    assert (bars[0], bars[-1]) == ("█", "▄")
    assert ends.split() == ["1", "2"]
