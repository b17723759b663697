"""The names that a notebook needs are found at the top, and cost nothing until they are asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import rnn_core


@pytest.mark.parametrize("name", rnn_core.__all__)
def test_a_name_at_the_top_is_the_one_of_its_room(name):
    value = getattr(rnn_core, name)
    assert getattr(sys.modules[value.__module__], name) is value
    assert name in dir(rnn_core)


def test_an_unknown_name_is_refused_as_python_refuses_it():
    with pytest.raises(AttributeError, match="has no attribute 'LSTM'"):
        rnn_core.LSTM  # noqa: B018  # looking is what is tested


def test_importing_the_package_alone_imports_no_numpy():
    code = "import sys, rnn_core; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
