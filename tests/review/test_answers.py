"""What a review answers: text, JSON, exit statuses, notebooks, and one clear line for everything else."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from rnn_core.review import Options, review
from rnn_tui import cli
from tests.review import corpus


@pytest.fixture(scope="module")
def cases():
    return {case.kind: case for case in corpus.style("columns")}


def reviewed(tmp_path, text, name="my_rnn.py", **options):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return review(path, Options(**options))


def test_a_right_file_is_status_0_and_says_what_was_compared(cases, tmp_path, capsys):
    path = tmp_path / "my_rnn.py"
    path.write_text(cases["right"].text)
    assert cli.main(["review", str(path)]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "right: every value agrees (dU, dW, dV, db, dc), two updates"
    assert err == ""


def test_a_wrong_file_shows_its_line_with_the_wrong_part_underlined(cases, tmp_path, capsys):
    path = tmp_path / "my_rnn.py"
    path.write_text(cases["dW h[t]"].text)
    assert cli.main(["review", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "my_rnn.py, line 46"
    assert lines[1] == "    dW += np.dot(dtanh, hidden_states[t + 1].T)"
    assert lines[2] == "          " + "^" * len("np.dot(dtanh, hidden_states[t + 1].T)")
    assert "computes outer(da[3], h[3]); the gradient of W is outer(da[3], h[2])" in lines[3]
    assert any("shows first at t = 3 of the backward pass; proven" in line for line in lines)


def test_json_has_the_promised_fields(cases, tmp_path, capsys):
    path = tmp_path / "my_rnn.py"
    path.write_text(cases["carry W"].text)
    assert cli.main(["review", str(path), "--json", "--keep-going"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["line"], answer["phase"], answer["t"]) == ("wrong", 47, "backward", 3)
    assert answer["proven"] is True
    assert answer["columns"] == [19, 35], "np.dot(W, dtanh), from 1, the end not included"
    assert answer["identified"]["names"]["W"] == "W"
    assert len(answer["faults"]) == 1
    assert {"says", "theirs", "ours", "cause", "why", "link"} <= set(answer)


def test_columns_count_characters_and_end_with_the_line(cases, tmp_path, capsys):
    text = cases["dW h[t]"].text.replace("dtanh", "δα")
    path = tmp_path / "my_rnn.py"
    path.write_text(
        text.replace("np.dot(δα, hidden_states[t + 1].T)", "np.dot(δα,\n    hidden_states[t + 1].T)"), encoding="utf-8"
    )
    assert cli.main(["review", str(path)]) == 1
    lines = capsys.readouterr().out.split("\n")
    assert lines[1:3] == ["    dW += np.dot(δα,", "          " + "^" * len("np.dot(δα,")]


def test_a_name_that_is_not_defined_is_told_where_nothing_calls_the_functions(tmp_path, capsys):
    path = tmp_path / "my_rnn.py"
    path.write_text(
        "import numpy as np\n\ndef forward(x, h0, U, W, b):\n    h = h0\n    for t in range(len(x)):\n"
        "        h = np.tanh(U @ x[t] + W @ h + bb)\n    return h\n"
    )
    assert cli.main(["review", str(path)]) == 2
    answer = capsys.readouterr()
    assert "line 6" in answer.out + answer.err
    assert "name 'bb' is not defined" in answer.out + answer.err


def notebook(text, version=4):
    cells = [{"cell_type": "code", "source": f"%matplotlib inline\n{part}", "input": f"%matplotlib inline\n{part}"}
             for part in text.split("\n\n\n")]  # fmt: skip
    cells.insert(1, {"cell_type": "markdown", "source": "# words"})
    return json.dumps({"nbformat": 4, "cells": cells} if version == 4 else {"worksheets": [{"cells": cells}]})


@pytest.mark.parametrize("version", [3, 4])
def test_a_notebook_s_line_is_told_by_its_cell(cases, tmp_path, version):
    from rnn_core.review.report import as_json

    case = cases["dW h[t]"]
    answer = as_json(reviewed(tmp_path, notebook(case.text, version), "my.ipynb"))
    cell = case.text.split("\n\n\n")[answer["cell"] - 1]
    assert answer["verdict"] == "wrong"
    assert "hidden_states[t + 1].T)" in cell.split("\n")[answer["cell_line"] - 2], "the magic is the cell's first line"


def cells_of(*texts):
    return json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": text} for text in texts]})


CELLS = {
    "a line that only looks like a magic is none": (
        ("text = ('%d'\n    %(3,))\nx = '''\n%time\n'''\n1 / len(x[7:])",),
        "cell 1, line 6 raised ZeroDivisionError",
    ),
    "what a magic times runs": (
        ("%matplotlib inline\n%time y = 3", "%%time\n1 / (y - 3)"),
        "cell 2, line 2 raised Zero",
    ),
    "pylab has the names of NumPy": (
        ("%pylab inline\nplot(linspace(0, 1, 3))\n1 / zeros(3)[5]",),
        "cell 1, line 3 raised IndexError",
    ),
    "another cell waits": (("import asyncio", "x = 1\ninput()"), "cell 2, line 2 waits for input()"),
}


@pytest.mark.parametrize(("cells", "says"), CELLS.values(), ids=CELLS)
def test_magics_are_left_out_and_nothing_else(tmp_path, cells, says):
    assert reviewed(tmp_path, cells_of(*cells), "my.ipynb").says.startswith(says)


def test_a_notebook_s_answer_names_the_cell(cases, tmp_path):
    text = "%matplotlib inline\n" + cases["dW h[t]"].text
    assert reviewed(tmp_path, cells_of("x = 1", text), "my.ipynb").says.startswith("cell 2, line 47: h[t] in place")


def test_a_notebook_shows_its_magics_as_they_were_written(tmp_path):
    from rnn_core.review.source import read

    (tmp_path / "my.ipynb").write_text(cells_of("%matplotlib inline\nx = 1"))
    assert read(tmp_path / "my.ipynb").lines == ["%matplotlib inline", "x = 1"]


BAD = {
    "nothing of the kind": ("print('hello')", "no vanilla RNN was found"),
    "an exception": ("x = 1\n1 / 0\n", "line 2 raised ZeroDivisionError"),
    "input": ("name = input('? ')", "waits for input()"),
    "sys.exit": ("import sys\nsys.exit(3)", "ended by sys.exit"),
    "a hard exit": ("import os\nos._exit(0)", "its process ended by itself"),
    "a kill": ("import os\nos.kill(os.getpid(), 9)", "was stopped"),
    "another framework": ("import torch\n", "line 1 imports torch"),
    "a missing package": ("import no_such_package_here\n", "needs the package no_such_package_here"),
    "relu": ("import numpy as np\nh = np.maximum(0, np.ones(3))\n", "another cell"),
    "an endless loop": ("while True:\n    pass\n", "was still running when its time was up"),
    "gigabytes": ("import numpy as np\nx = np.ones((200000, 200000))\n", "needs more memory"),
    "plots": (
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nplt.plot([1])\nplt.show()\n",
        "no vanilla RNN",
    ),
    "a crash": ("import ctypes\nctypes.string_at(0)\n", "stopped by SIGSEGV: a crash in compiled code"),
    "sys.exit with a word": ("import sys\nsys.exit('usage: my.py DATA')", "line 2 ended by sys.exit: usage: my.py"),
    "an exception of several lines": ("import numpy as np\nnp.zeros(3, np.float)\n", "line 2 raised AttributeError"),
    "Python 2 that parses": ("for i in xrange(3): pass\n", "line 1 is Python 2 (name 'xrange' is not defined)"),
    "Python 2 packages": ("import cPickle\n", "line 1 is Python 2 (No module named 'cPickle')"),
    "an endless loop that catches everything": (
        "while True:\n    try:\n        raise ValueError\n    except BaseException:\n        pass\n",
        "line 1 was still running",
    ),
    "an endless loop of compiled code": ("import itertools\nsum(itertools.count())\n", "line 2 was still running"),
    "a lock that nobody opens": (
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()\n",
        "line 4 was still running",
    ),
    "a long sleep": ("import time\ntime.sleep(1000)\n", "no vanilla RNN"),
    "windows": ("import tkinter\nclass App(tkinter.Tk):\n    pass\ntkinter.Tk().mainloop()\n", "no vanilla RNN"),
    "all that is drawn": (
        "import matplotlib.pyplot as plt\nplt.rcParams['figure.figsize'] = (9, 6)\n"
        "fig, axes = plt.subplots(2, 2)\naxes[1, 0].plot([1])\nfig, (a, b, c) = plt.subplots(1, 3)\n"
        "line, = a.plot([1])\nn, bins, patches = plt.hist([1])\nfor ax in axes.flat: ax.set_title('x')\n"
        "from pylab import *\nfigure(); plot(linspace(0, 1, 5)); show()\n",
        "no vanilla RNN",
    ),
    "bars": (
        "from tqdm import tqdm, trange\nbar = tqdm(range(3))\nfor i in bar: bar.set_postfix(loss=1)\n"
        "for i in trange(2): 1 / (i - 1)\n",
        "line 4 raised ZeroDivisionError",
    ),
    "a thread": ("import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n", "no vanilla RNN"),
}


@pytest.mark.parametrize(("text", "says"), BAD.values(), ids=BAD)
def test_what_cannot_be_judged_is_one_clear_line(tmp_path, text, says):
    report = reviewed(tmp_path, text, seconds=1.0)
    assert report.verdict == "unsure"
    assert report.status == 2
    assert says in report.says
    assert "\n" not in report.says


REFUSED = {
    "UTF-16": ("x = 1\n".encode("utf-16"), "is UTF-16 text (save it as UTF-8)"),
    "bytes": (bytes(range(256)), "is not text"),
    "a return outside a function": (b"x = 1\nreturn x\n", "line 2: does not parse: 'return' outside function"),
    "what nests too deeply": (("x = " + "+".join(["'a'"] * 700)).encode(), "nested too deeply"),
    "Python 2": (b"print 'hello'\n", "this is Python 2"),
    "a syntax error": (b"def f(:\n", "does not parse"),
    "another encoding": (b"x = '\xe9\xff'\n", "is not UTF-8"),
    "an empty file": (b"", "there is no code in it"),
}


@pytest.mark.parametrize(("raw", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_python_is_status_2(tmp_path, capsys, raw, says):
    path = tmp_path / "my_rnn.py"
    path.write_bytes(raw)
    assert cli.main(["review", str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err


def test_json_says_everything_of_a_file_that_is_not_run(tmp_path, capsys):
    path = tmp_path / "my_rnn.py"
    path.write_text("x = 1\ndef f(:\n")
    assert cli.main(["review", str(path), "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["line"], answer["proven"]) == ("unsure", 2, False)
    assert {"columns", "phase", "t", "says", "theirs", "ours", "identified"} <= set(answer)


@pytest.mark.parametrize("kind", ["a folder", "a pipe"])
def test_what_is_no_file_is_not_waited_for(tmp_path, capsys, kind):
    path = tmp_path / "my_rnn.py"
    os.mkdir(path) if kind == "a folder" else os.mkfifo(path)
    assert cli.main(["review", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_that_is_not_there_is_status_2(tmp_path, capsys):
    assert cli.main(["review", str(tmp_path / "no.py")]) == 2
    assert "no such file" in capsys.readouterr().err


def test_without_a_file_the_command_line_is_wrong(capsys):
    assert cli.main(["review"]) == 2
    assert "no file to review" in capsys.readouterr().err


def test_a_name_that_was_mapped_is_the_one_that_is_taken(cases, tmp_path):
    text = cases["right"].text
    assert reviewed(tmp_path, text, names=(("W", "W"), ("targets", "y"))).verdict == "right"
    assert reviewed(tmp_path, text, names=(("no_such_name", "V"),)).verdict == "unsure"


def test_functions_that_nothing_calls_are_called_with_made_up_data(cases, tmp_path):
    text = cases["dW h[t]"].text
    text = text[: text.index("training_data = [")].replace("= 5, 10, 3", "= 3, 5, 4")
    report = reviewed(tmp_path, text)
    assert report.verdict == "wrong"
    assert report.faults[0].line == 46
    assert any("nothing in the file calls these functions" in note for note in report.notes)


@pytest.mark.parametrize("how", ["", ", start_new_session=True"], ids=["a child", "a daemon"])
def test_no_process_is_left_behind(tmp_path, how):
    reviewed(tmp_path, f"import subprocess\nsubprocess.Popen(['sleep', '61.25']{how})\n")
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "sleep 61.25" not in running


def test_an_exception_after_right_work_says_that_it_was_right(cases, tmp_path):
    text = cases["right"].text.replace(
        "        total_loss += loss", "        total_loss += loss\n        1 / (epoch - 1)"
    )
    report = reviewed(tmp_path, text)
    assert report.verdict == "unsure"
    assert "raised ZeroDivisionError" in report.says
    assert report.says.endswith("everything before it is right")


def test_softmax_without_its_maximum_is_right_and_noted(tmp_path):
    case = corpus.style("minchar")[0]
    report = reviewed(tmp_path, case.text)
    assert report.verdict == "right"
    assert any("softmax without the maximum subtracted" in note for note in report.notes)
