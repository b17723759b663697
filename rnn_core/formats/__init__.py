"""Files in and out: sequences and weights that people bring, traces that they take away.

A new format is one file with a `load` and one line: in `rnn_core.choices`, or in `MODEL_FORMATS`.
What they share: `files` opens safely, `registry` tells formats apart, `arrays` reads NumPy's files without ever
unpickling, `numbers` and `strict_json` read text without guessing.
"""
