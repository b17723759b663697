"""Files of sequences that are wrong, each in its own way, and the line that a person reads about it.

The table is read by test_refusals.py; `says` is the whole line.
"""

from __future__ import annotations

import zipfile
from typing import NamedTuple

import numpy as np

from tests.formats.making import as_json, bomb, header_only, npy, npz, objects, weights, zipped


class Bad(NamedTuple):
    """A kind of mistake: the file's name and bytes, and the whole line that is said about it."""

    kind: str
    file: str
    data: bytes
    says: str


I = [[0.1, 0.2], [0.3, 0.4]]
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
x = np.ones((3, 2))
KNOWN = (
    "known are NPZ (.npz), NPY (.npy), Parquet (.parquet), JSON Lines (.jsonl .ndjson), JSON (.json), CSV (.csv), "
    "Text (.txt)"
)
RAGGED = "(pad sequences to one (N,T,I) array and save lengths (N,), too, or write them as lists in JSON)"

FILES = (
    Bad("an empty file", "e.csv", b"", "e.csv: is empty (give a file with data)"),
    Bad("only white space", "e.json", b" \n\n", "e.json: holds nothing but white space (give a file with data)"),
    Bad("only a byte order mark", "e.txt", b"\xef\xbb\xbf", "e.txt: is empty (give a file with data)"),
    Bad(
        "an image called CSV",
        "photo.csv",
        PNG,
        "photo.csv: holds a PNG image, not CSV (give CSV: a column a feature, with columns target and sequence)",
    ),
    Bad(
        "an archive of arrays called JSON",
        "seq.json",
        npz(x=x),
        "seq.json: holds NPZ, not JSON (rename it to end in .npz)",
    ),
    Bad("CSV called JSON", "seq.json", b"1,2\n3,4\n", "seq.json: holds CSV, not JSON (rename it to end in .csv)"),
    Bad("JSON called NPY", "seq.npy", b'{"inputs": [[1]]}', "seq.npy: holds JSON, not NPY (rename it to end in .json)"),
    Bad("an image called NPZ", "seq.npz", PNG, "seq.npz: holds a PNG image, not NPZ (save it with np.savez)"),
    Bad(
        "HDF5 of unknown suffix",
        "w.h5",
        b"\x89HDF\r\n\x1a\n",
        f"w.h5: holds HDF5 data; {KNOWN} (convert it)",
    ),
    Bad(
        "a pickle",
        "seq.pkl",
        b"\x80\x04\x95\x10",
        f"seq.pkl: holds a pickle; {KNOWN} (pickles can run code and are never loaded: save the arrays with np.savez)",
    ),
    Bad(
        "a PyTorch checkpoint",
        "m.pt",
        zipped({"m/data.pkl": b"x"}),
        f"m.pt: holds a PyTorch checkpoint; {KNOWN} "
        "(these look like weights, not a sequence: open them with --model, beside a sequence)",
    ),
    Bad(
        "an unknown suffix and no telling content",
        "notes.dat",
        b"hello there",
        f"notes.dat: is in no format that can be told; {KNOWN} (rename it to end in .txt where it is a text)",
    ),
    Bad("bad UTF-8", "seq.csv", b"a,b\n1,2\n3,\xe9\n", "seq.csv, line 3: byte 0xe9 is not UTF-8 (save it as UTF-8)"),
    Bad("UTF-16", "seq.csv", "a,b\n1,2\n".encode("utf-16"), "seq.csv: holds UTF-16 text, not CSV (save it as UTF-8)"),
    Bad(
        "UTF-16 without a mark",
        "seq.csv",
        "a,b\n1,2\n".encode("utf-16-le"),
        "seq.csv, line 1: a NUL byte, so this is not plain text (save it as UTF-8 text)",
    ),
    Bad(
        "a NUL in CSV",
        "seq.csv",
        b"a,b\n1,2\n3,\x004\n",
        "seq.csv, line 3: a NUL byte, so this is not plain text (save it as UTF-8 text)",
    ),
)

JSON = (
    Bad(
        "JSON: cut short",
        "s.json",
        b'{"inputs": [[1, 2]',
        "s.json, line 1, column 19: not JSON: expecting ',' delimiter (it ends too early)",
    ),
    Bad(
        "JSON: a comma too many",
        "s.json",
        b'{"inputs": [[1, 2],\n]}',
        "s.json, line 1, column 19: not JSON: a comma too many (remove it)",
    ),
    Bad(
        "JSON: a comma too many in an object",
        "s.json",
        b'{"inputs": [[1, 2]],}',
        "s.json, line 1, column 20: not JSON: a comma too many (remove it)",
    ),
    Bad(
        "JSON: single quotes",
        "s.json",
        b"{'inputs': [[1, 2]]}",
        "s.json, line 1, column 2: not JSON: expecting property name enclosed in double quotes (use double quotes)",
    ),
    Bad(
        "JSON: Python's None",
        "s.json",
        b'{"inputs": [[1]], "targets": [None]}',
        "s.json, line 1, column 31: not JSON: expecting value (write null)",
    ),
    Bad(
        "JSON: text after the end",
        "s.json",
        b'{"inputs": [[1]]} {}',
        "s.json, line 1, column 19: not JSON: extra data (a file holds one object)",
    ),
    Bad(
        "JSON: NaN",
        "s.json",
        b'{"inputs": [[1, 2], [NaN, 2]]}',
        "s.json, inputs[1][0]: NaN is not a JSON number (inputs must be finite: fill the gap)",
    ),
    Bad(
        "JSON: Infinity",
        "s.json",
        b'{"inputs": [[1, -Infinity]]}',
        "s.json, inputs[0][1]: -Infinity is not a JSON number (inputs must be finite: fill the gap)",
    ),
    Bad(
        "JSON: 1e400",
        "s.json",
        b'{"inputs": [[1e400]]}',
        's.json, inputs[0][0]: "1e400" is too large for a float64 (rescale the data)',
    ),
    Bad(
        "JSON: an endless integer",
        "s.json",
        b'{"inputs": [[' + b"9" * 5000 + b"]]}",
        's.json, inputs[0][0]: "99999999999999999999999999 … 99999999999" is too large for a float64 '
        "(rescale the data)",
    ),
    Bad(
        "JSON: a key twice",
        "s.json",
        b'{"sequences": [{"inputs": [[1]], "inputs": [[2]]}]}',
        's.json, sequences[0]: the key "inputs" is given twice (keep one of them)',
    ),
    Bad("JSON: an unknown key", "s.json", as_json(input=I), 's.json: unknown key "input" (did you mean "inputs"?)'),
    Bad(
        "JSON: a strange key",
        "s.json",
        as_json(inputs=I, zzz=1),
        's.json: unknown key "zzz" (known are inputs, targets, tokens, classes, features, h0, s0, name)',
    ),
    Bad(
        "JSON: no inputs",
        "s.json",
        as_json(targets=[0]),
        's.json: no "inputs" (write {"inputs": [[0.1, 0.2]], "targets": [0]})',
    ),
    Bad(
        "JSON: nested too deeply",
        "s.json",
        b"[" * 200_000,
        's.json: nested too deeply (inputs are lists of lists: {"inputs": [[0.1, 0.2]]})',
    ),
    Bad(
        "JSON: a number on top",
        "s.json",
        b"3",
        's.json: 3 is not an object (write {"inputs": [[0.1, 0.2]], "targets": [0]})',
    ),
    Bad(
        "JSON: a boolean for a number",
        "s.json",
        as_json(inputs=[[1, True]]),
        "s.json, inputs[0][1]: true is not a number (write 1)",
    ),
    Bad(
        "JSON: null for a number",
        "s.json",
        as_json(inputs=[[1, 2], [3, None]]),
        "s.json, inputs[1][1]: null is not a number (every timestep needs all of its inputs)",
    ),
    Bad(
        "JSON: a string for a number",
        "s.json",
        as_json(inputs=[["0.5"]]),
        's.json, inputs[0][0]: "0.5", a string, is not a number (write 0.5 without quotes)',
    ),
    Bad(
        "JSON: underscores in a string",
        "s.json",
        as_json(inputs=[["1_000"]]),
        's.json, inputs[0][0]: "1_000", a string, is not a number (write 1000)',
    ),
    Bad("JSON: a list for a number", "s.json", as_json(inputs=[[[1]]]), "s.json, inputs[0][0]: a list is not a number"),
    Bad(
        "JSON: inputs in one list",
        "s.json",
        as_json(inputs=[0.1, 0.2]),
        "s.json, inputs[0]: 0.1 is not a row of features (write [0.1])",
    ),
    Bad(
        "JSON: inputs no list",
        "s.json",
        as_json(inputs="abc"),
        's.json, inputs: "abc", a string, is not a list of rows (write [[0.1, 0.2], [0.3, 0.4]])',
    ),
    Bad(
        "JSON: ragged rows",
        "s.json",
        as_json(inputs=[[1, 2], [3]]),
        "s.json, inputs[1]: 1 number, where inputs[0] has 2 (give every row the same features)",
    ),
    Bad(
        "JSON: no timesteps",
        "s.json",
        as_json(inputs=[]),
        "s.json, inputs: no timesteps (give at least one row of features)",
    ),
    Bad(
        "JSON: no features",
        "s.json",
        as_json(inputs=[[], []]),
        "s.json, inputs[0]: no features (give at least one number for each timestep)",
    ),
    Bad("JSON: no sequences", "s.json", as_json(sequences=[]), "s.json, sequences: no sequences (give at least one)"),
    Bad(
        "JSON: sequences and inputs",
        "s.json",
        as_json(sequences=[{"inputs": I}], inputs=I),
        's.json: both "inputs" and "sequences" (put every sequence into the list)',
    ),
    Bad(
        "JSON: a sequence that is no object",
        "s.json",
        as_json(sequences=[I]),
        's.json, sequences[0]: a list is not an object (write {"inputs": [[0.1, 0.2]]})',
    ),
    Bad(
        "JSON: sequences of two widths",
        "s.json",
        as_json(sequences=[{"inputs": [[1]]}, {"inputs": I}]),
        "s.json: sequences with 1 and with 2 features (use one width)",
    ),
    Bad(
        "JSON: classes that disagree",
        "s.json",
        as_json(sequences=[{"inputs": I, "classes": ["a"]}, {"inputs": I, "classes": ["b"]}]),
        "s.json, sequences[1].classes: not the same as before (give classes once, at the top)",
    ),
    Bad(
        "JSON: too few targets",
        "s.json",
        as_json(inputs=I, targets=[0]),
        "s.json, targets: 1 for 2 timesteps (give one for each timestep, null where there is none)",
    ),
    Bad(
        "JSON: a target of 1.0",
        "s.json",
        as_json(inputs=I, targets=[0, 1.0]),
        "s.json, targets[1]: 1.0 is not a class index (write 1)",
    ),
    Bad(
        "JSON: a boolean target",
        "s.json",
        as_json(inputs=I, targets=[0, True]),
        "s.json, targets[1]: true is not a class index (write 1)",
    ),
    Bad(
        "JSON: a negative target",
        "s.json",
        as_json(inputs=I, targets=[0, -2]),
        "s.json, targets[1]: target -2 is negative (classes count from 0; -1 means no target)",
    ),
    Bad(
        "JSON: an enormous target",
        "s.json",
        as_json(inputs=I, targets=[0, 10**30]),
        's.json, targets[1]: target "1000000000000000000000000000000" is too large (class indices go from 0 to 999999)',
    ),
    Bad(
        "JSON: a target beyond its classes",
        "s.json",
        as_json(inputs=I, targets=[0, 2], classes=["a", "b"]),
        "s.json, timestep 2: target 2, but there are 2 classes (targets go from 0 to 1)",
    ),
    Bad(
        "JSON: too many tokens",
        "s.json",
        as_json(inputs=I, tokens=["a", "b", "c"]),
        "s.json, tokens: 3 for 2 timesteps (give one for each timestep)",
    ),
    Bad(
        "JSON: tokens that are numbers",
        "s.json",
        as_json(inputs=I, tokens=["a", 1]),
        's.json, tokens[1]: 1 is not a string (write "1")',
    ),
    Bad(
        "JSON: half a surrogate pair",
        "s.json",
        b'{"inputs": [[1]], "tokens": ["\\ud800"]}',
        's.json, tokens[0]: "�" holds half a surrogate pair (write the whole character)',
    ),
    Bad(
        "JSON: tokens in one string",
        "s.json",
        as_json(inputs=I, tokens="ab"),
        's.json, tokens: "ab", a string, is not a list of strings (write ["a", "b"])',
    ),
    Bad(
        "JSON: an empty class name",
        "s.json",
        as_json(inputs=I, classes=["a", ""]),
        "s.json, classes[1]: an empty name (name it)",
    ),
    Bad(
        "JSON: targets in no list",
        "s.json",
        as_json(inputs=I, targets=1),
        "s.json, targets: 1 is not a list of class indices (write [0, null, 2])",
    ),
    Bad(
        "JSON: h0 in no list",
        "s.json",
        as_json(inputs=I, h0=0.5),
        "s.json, h0: 0.5 is not a list of numbers (write [0.5])",
    ),
    Bad(
        "JSON: sequences in no list",
        "s.json",
        as_json(sequences={"inputs": I}),
        's.json, sequences: an object is not a list (write [{"inputs": …}, …])',
    ),
    Bad(
        "JSON: a word for a number",
        "s.json",
        as_json(inputs=[["abc"]]),
        's.json, inputs[0][0]: "abc", a string, is not a number (numbers look like -0.5 or 1e-3)',
    ),
    Bad(
        "JSON: classes that are no strings",
        "s.json",
        as_json(inputs=I, classes=[0, 1]),
        's.json, classes[0]: 0 is not a string (write "0")',
    ),
    Bad(
        "JSON: a class twice",
        "s.json",
        as_json(inputs=I, classes=["a", "b", "a"]),
        's.json, classes[2]: "a" is given twice (names must differ)',
    ),
    Bad(
        "JSON: an empty list of classes",
        "s.json",
        as_json(inputs=I, classes=[]),
        "s.json, classes: no classes (leave it out, or name them all)",
    ),
    Bad(
        "JSON: too few features",
        "s.json",
        as_json(inputs=I, features=["a"]),
        "s.json, features: 1 name for 2 features (name every feature)",
    ),
    Bad("JSON: an empty h0", "s.json", as_json(inputs=I, h0=[]), "s.json, h0: no numbers (leave it out for zeros)"),
    Bad(
        "JSON: h0 of two lengths",
        "s.json",
        as_json(sequences=[{"inputs": I, "h0": [0]}, {"inputs": I, "h0": [0, 0]}]),
        "s.json: h0 of 1 and of 2 numbers (the network has one number of hidden units)",
    ),
)

CSV = (
    Bad(
        "CSV: underscores",
        "s.csv",
        b"a,b,target\n1,2,0\n3,1_000,0\n",
        's.csv, line 3, column 2: "1_000" is not a number (write 1000)',
    ),
    Bad(
        "CSV: underscores in the first line",
        "s.csv",
        b"1_000\n2\n",
        's.csv, line 1, column 1: "1_000" is not a number (write 1000)',
    ),
    Bad(
        "CSV: Arabic-Indic digits",
        "s.csv",
        "a,b\n1,٣٫٥\n1,٤٢\n".encode(),
        's.csv, line 2, column 2: "٣٫٥" is not a number (write 3.5)',
    ),
    Bad(
        "CSV: Arabic-Indic integers",
        "s.csv",
        "a,b\n1,٤٢\n".encode(),
        's.csv, line 2, column 2: "٤٢" is not a number (write 42)',
    ),
    Bad(
        "CSV: full-width digits",
        "s.csv",
        "a,b\n1,４.５\n".encode(),
        's.csv, line 2, column 2: "４.５" is not a number (write 4.5)',
    ),
    Bad(
        "CSV: a true minus sign",
        "s.csv",
        "a,b\n1,−2\n".encode(),
        's.csv, line 2, column 2: "−2" is not a number (write -2)',
    ),
    Bad(
        "CSV: hexadecimal floats",
        "s.csv",
        b"a,b\n1,0x1.8p1\n",
        's.csv, line 2, column 2: "0x1.8p1" is not a number (write 3)',
    ),
    Bad(
        "CSV: a hexadecimal number beyond float64",
        "s.csv",
        b"a,b\n1,0x1p9999\n",
        's.csv, line 2, column 2: "0x1p9999" is not a number (numbers look like -0.5 or 1e-3)',
    ),
    Bad(
        "CSV: NaN",
        "s.csv",
        b"a,b\n1,nan\n",
        's.csv, line 2, column 2: "nan" is not a finite number (inputs must be finite: fill the gap)',
    ),
    Bad(
        "CSV: infinity",
        "s.csv",
        b"a,b\n-Infinity,2\n",
        's.csv, line 2, column 1: "-Infinity" is not a finite number (inputs must be finite: fill the gap)',
    ),
    Bad(
        "CSV: 1e400",
        "s.csv",
        b"a,b\n1,1e400\n",
        's.csv, line 2, column 2: "1e400" is too large for a float64 (rescale the data)',
    ),
    Bad(
        "CSV: a long integer",
        "s.csv",
        b"a,b\n1," + b"9" * 400 + b"\n",
        's.csv, line 2, column 2: "99999999999999999999999999 … 99999999999" is too large for a float64 '
        "(rescale the data)",
    ),
    Bad(
        "CSV: a decimal comma beside a decimal point",
        "s.csv",
        b'a,b\n1.5,"1,5"\n',
        's.csv, line 2, column 2: "1,5" has a decimal comma, and "1.5" a decimal point (write every number with a '
        "decimal point)",
    ),
    Bad(
        "CSV: a comma that may be either",
        "s.csv",
        b"a;b\n1,234;2\n",
        's.csv, line 2, column 1: "1,234" may be 1.234 or 1234 (--decimal comma: 1.234; --decimal point: 1234)',
    ),
    Bad(
        "CSV: a short row between semicolons",
        "s.csv",
        b"a;b\n1;2\n3\n",
        "s.csv, line 3: 1 field, where the header has 2 (separate the fields with semicolons)",
    ),
    Bad(
        "CSV: a question mark",
        "s.csv",
        b"a,b\n1,2\n3,?\n4,5\n",
        's.csv, line 3, column 2: "?" stands for a missing number (a feature cannot be missing: fill the gap, or '
        "delete the row)",
    ),
    Bad(
        "CSV: two columns of targets",
        "s.csv",
        b"x,y,class\n1,2,0\n",
        's.csv, line 1: "y" and "class" may each hold the targets (--target-column y: the others are features; '
        "--target-column class: the others are features)",
    ),
    Bad(
        "CSV: targets that are not one-hot",
        "s.csv",
        b"x,class_0,class_1\n1,1,0\n2,1,1\n",
        "s.csv, line 3, columns 2 to 3: targets that are not one-hot (one 1 among zeros; --target-column none makes "
        "these columns features)",
    ),
    Bad("CSV: true", "s.csv", b"a,b\n1,true\n", 's.csv, line 2, column 2: "true" is not a number (write 1)'),
    Bad(
        "CSV: an empty field",
        "s.csv",
        b"a,b\n1,\n",
        "s.csv, line 2, column 2: an empty field where a number should be (give a number)",
    ),
    Bad(
        "CSV: a short row",
        "s.csv",
        b"a,b\n1,2\n3\n",
        "s.csv, line 3: 1 field, where the header has 2 (separate the fields with commas)",
    ),
    Bad(
        "CSV: a long row, no header",
        "s.csv",
        b"1,2\n3,4,5\n",
        "s.csv, line 2: 3 fields, where the first line has 2 (give every row the same fields)",
    ),
    Bad(
        "CSV: an empty line between",
        "s.csv",
        b"a,b\n1,2\n\n3,4\n",
        "s.csv, line 3: an empty line (delete it; sequences are told apart by a column named sequence)",
    ),
    Bad(
        "CSV: a quote that never closes",
        "s.csv",
        b'a,b\n1,2\n"3,4\n5,6\n',
        's.csv, line 3: a quote opens and never closes (write numbers without quotes, or add the missing ")',
    ),
    Bad(
        "CSV: text after a quote",
        "s.csv",
        b'a,b\n"1"x,2\n',
        "s.csv, line 2: not CSV: ',' expected after '\"' (check the quotes)",
    ),
    Bad(
        "CSV: an endless field",
        "s.csv",
        b"a,b\n1," + b"x" * 200_000 + b"\n",
        "s.csv, line 2: a field of more than 131072 characters (is a quote or a comma missing?)",
    ),
    Bad("CSV: a header alone", "s.csv", b"a,b,target\n", "s.csv: a header, but no rows (give a row for each timestep)"),
    Bad(
        "CSV: a name twice",
        "s.csv",
        b"a,b,a\n1,2,3\n",
        's.csv, line 1, column 3: "a" is given twice (names must differ)',
    ),
    Bad(
        "CSV: target twice",
        "s.csv",
        b"a,target,Target\n1,2,3\n",
        's.csv, line 1, column 3: "Target" is given twice (names must differ)',
    ),
    Bad(
        "CSV: a column without a name",
        "s.csv",
        b",a\n0,1\n",
        "s.csv, line 1, column 1: a column without a name (name it, or leave the column out)",
    ),
    Bad(
        "CSV: no features",
        "s.csv",
        b"target,sequence\n0,a\n",
        "s.csv, line 1: no features (give a column for each input)",
    ),
    Bad(
        "CSV: a target that is hardly a number",
        "s.csv",
        b"a,target\n0,1\n0,1_5\n",
        's.csv, line 3, column 2: "1_5" is not a class index (write 15)',
    ),
    Bad(
        "CSV: a target of 1.0",
        "s.csv",
        b"a,target\n0,1.0\n",
        's.csv, line 2, column 2: "1.0" is not a class index (write 1)',
    ),
    Bad(
        "CSV: a negative target",
        "s.csv",
        b"a,target\n0,-3\n",
        "s.csv, line 2, column 2: target -3 is negative (classes count from 0; -1 means no target)",
    ),
    Bad(
        "CSV: an enormous target",
        "s.csv",
        b"a,target\n0," + b"9" * 5000 + b"\n",
        's.csv, line 2, column 2: target "99999999999999999999999999 … 99999999999" is too large (class '
        "indices go from 0 to 999999)",
    ),
    Bad(
        "CSV: a target that is a word",
        "s.csv",
        b"a,target\n0,cat\n1,0\n",
        's.csv, line 2, column 2: "cat" is not a class index (write a whole number from 0)',
    ),
    Bad(
        "CSV: an empty sequence id",
        "s.csv",
        b"a,sequence\n0,\n",
        "s.csv, line 2, column 2: an empty sequence id (give every row the id of its sequence)",
    ),
    Bad(
        "CSV: a quote around nothing",
        "s.csv",
        b'""\n',
        "s.csv, line 1, column 1: a column without a name (name it, or leave the column out)",
    ),
)

NPY = (
    Bad(
        "NPY: one axis",
        "s.npy",
        npy([1.0, 2.0]),
        "s.npy: shape (2,), expected (timesteps, features) or (sequences, timesteps, features) "
        "(reshape(-1, 1) makes it 2 timesteps of one feature)",
    ),
    Bad(
        "NPY: four axes",
        "s.npy",
        npy(np.ones((1, 2, 3, 4))),
        "s.npy: shape (1, 2, 3, 4), expected (timesteps, features) or (sequences, timesteps, features) (reshape it)",
    ),
    Bad(
        "NPY: no axis",
        "s.npy",
        npy(1.0),
        "s.npy: shape (), expected (timesteps, features) or (sequences, timesteps, features) (reshape it)",
    ),
    Bad("NPY: no timesteps", "s.npy", npy(np.ones((0, 2))), "s.npy: shape (0, 2): no timesteps (give at least one)"),
    Bad("NPY: no features", "s.npy", npy(np.ones((2, 0))), "s.npy: shape (2, 0): no features (give at least one)"),
    Bad(
        "NPY: no sequences",
        "s.npy",
        npy(np.ones((0, 2, 2))),
        "s.npy: shape (0, 2, 2): no sequences (give at least one)",
    ),
    Bad(
        "NPY: objects",
        "s.npy",
        objects(),
        f"s.npy: an array of Python objects, which would have to be unpickled {RAGGED}",
    ),
    Bad(
        "NPY: complex",
        "s.npy",
        npy(x + 1j),
        "s.npy: holds complex numbers (complex128), not real numbers (save the real part)",
    ),
    Bad("NPY: strings", "s.npy", npy([["a", "b"]]), "s.npy: holds text (<U1), not real numbers (save numbers)"),
    Bad(
        "NPY: records",
        "s.npy",
        npy(np.zeros(2, dtype=[("a", "f8")])),
        "s.npy: holds records ([('a', '<f8')]), not real numbers (save one plain array of numbers)",
    ),
    Bad(
        "NPY: dates",
        "s.npy",
        npy(np.zeros((2, 1), dtype="M8[s]")),
        "s.npy: holds dates (datetime64[s]), not real numbers (save numbers)",
    ),
    Bad(
        "NPY: cut in the data", "s.npy", npy(x)[:-9], "s.npy: cut short: 167 bytes of 176 bytes (copy or save it again)"
    ),
    Bad(
        "NPY: cut in the header",
        "s.npy",
        npy(x)[:40],
        "s.npy: the NPY header is damaged or cut short (save it again with NumPy)",
    ),
    Bad(
        "NPY: more than its header says",
        "s.npy",
        npy(x) + b"1234",
        "s.npy: 4 bytes more than its header says (save one array in it)",
    ),
    Bad(
        "NPY: a negative size",
        "s.npy",
        header_only("<f8", (-1, 2)),
        "s.npy: the NPY header has the shape (-1, 2) (save it again with NumPy)",
    ),
    Bad(
        "NPY: a header that promises 8 TB",
        "s.npy",
        header_only("<f8", (10**6, 10**6)),
        "s.npy: 1000000000000 numbers would take 7.3 TiB, more than 2.0 GiB (give a part of it)",
    ),
    Bad(
        "NPY: not finite",
        "s.npy",
        npy([[1.0, 2.0], [np.inf, 1.0]]),
        "s.npy, [1][0]: inf is not a finite number (inputs must be finite: fill the gap)",
    ),
    Bad(
        "NPY: too many sequences",
        "s.npy",
        npy(np.zeros((100_001, 1, 1), dtype=np.int8)),
        "s.npy: 100001 sequences, more than 100000 (is the order of the axes (N, T, I)? Else give fewer)",
    ),
)

NPZ = (
    Bad(
        "NPZ: cut short",
        "s.npz",
        npz(x=x)[:-30],
        "s.npz: is damaged or cut short (copy it or save it again with np.savez)",
    ),
    Bad(
        "NPZ: damaged data",
        "s.npz",
        npz(x=x).replace(np.float64(1.0).tobytes(), b"\1" * 8, 1),
        "s.npz, x: is damaged or cut short (copy it or save it again with np.savez)",
    ),
    Bad("NPZ: nothing in it", "s.npz", zipped({}), "s.npz: holds no arrays (save them with np.savez)"),
    Bad(
        "NPZ: a zip bomb",
        "s.npz",
        bomb(),
        "s.npz, x.npy: would unpack to 64.0 MiB, over 500 times its size, like a zip bomb (save it with "
        "np.savez, not savez_compressed)",
    ),
    Bad(
        "NPZ: objects",
        "s.npz",
        zipped({"x.npy": npy(x), "y.npy": objects()}),
        f"s.npz, y: an array of Python objects, which would have to be unpickled {RAGGED}",
    ),
    Bad(
        "NPZ: a member that is no array",
        "s.npz",
        zipped({"x.npy": npy(x), "notes.txt": b"hi"}),
        's.npz: holds "notes.txt", which is not an array (save the arrays with np.savez)',
    ),
    Bad(
        "NPZ: a pickle inside",
        "s.npz",
        zipped({"m/data.pkl": b"x"}),
        "s.npz: holds a PyTorch checkpoint "
        "(these look like weights, not a sequence: open them with --model, beside a sequence)",
    ),
    Bad(
        "NPZ: the same member twice",
        "s.npz",
        npz(x=x, y=[0, 1, 2]).replace(b"y.npy", b"x.npy"),
        's.npz: holds "x.npy" twice (save it again with np.savez)',
    ),
    Bad("NPZ: text", "s.npz", b"hello", "s.npz: holds other data, not NPZ (save it with np.savez)"),
    Bad("NPZ: a single array", "s.npz", npy(x), "s.npz: holds NPY, not NPZ (rename it to end in .npy)"),
    Bad(
        "NPZ: unusual compression",
        "s.npz",
        zipped({"x.npy": npy(x)}, zipfile.ZIP_LZMA),
        "s.npz, x.npy: is encrypted or compressed in an unusual way (save it with np.savez)",
    ),
    Bad(
        "NPZ: an unknown array",
        "s.npz",
        npz(x=x, target=[0, 1, 2]),
        's.npz: unknown array "target" (did you mean targets?)',
    ),
    Bad(
        "NPZ: no inputs",
        "s.npz",
        npz(data=x),
        "s.npz: no array inputs or x; it holds data (save the inputs as one of them)",
    ),
    Bad(
        "NPZ: weights",
        "s.npz",
        npz(**weights()),
        "s.npz: no array inputs or x; it holds U, W, V, b, c (these look like weights, not a sequence: open them with "
        "--model, beside a sequence)",
    ),
    Bad("NPZ: inputs and x", "s.npz", npz(x=x, inputs=x), "s.npz: both inputs and x (keep one of them)"),
    Bad(
        "NPZ: too few targets",
        "s.npz",
        npz(x=x, y=[0, 1]),
        "s.npz, y: shape (2,), where the inputs have (3, 2) (expected (3,): one target for each timestep)",
    ),
    Bad(
        "NPZ: targets that are floats",
        "s.npz",
        npz(x=x, y=[-1.0, 1.0, 1.0]),
        "s.npz, y: holds float64, not integers (each is -1 or 1: save y > 0, which counts the two classes 0 and 1)",
    ),
    Bad(
        "NPZ: a negative target",
        "s.npz",
        npz(x=x, y=[0, 1, -7]),
        "s.npz, y[2]: target -7 (class indices go from 0 to 999999; -1 means no target)",
    ),
    Bad(
        "NPZ: an enormous target",
        "s.npz",
        npz(x=x, y=np.array([0, 1, 2**64 - 1], dtype=np.uint64)),
        "s.npz, y[2]: target 18446744073709551615 (class indices go from 0 to 999999; -1 means no target)",
    ),
    Bad(
        "NPZ: too long a length",
        "s.npz",
        npz(x=np.ones((2, 3, 1)), lengths=[3, 4]),
        "s.npz, lengths[1]: 4 timesteps (expected 1 to 3)",
    ),
    Bad(
        "NPZ: a length of zero",
        "s.npz",
        npz(x=np.ones((2, 3, 1)), lengths=[3, 0]),
        "s.npz, lengths[1]: 0 timesteps (expected 1 to 3)",
    ),
    Bad(
        "NPZ: too few lengths",
        "s.npz",
        npz(x=np.ones((2, 3, 1)), lengths=[3]),
        "s.npz, lengths: shape (1,) for 2 sequences (expected (2,))",
    ),
    Bad(
        "NPZ: lengths that are floats",
        "s.npz",
        npz(x=np.ones((2, 3, 1)), lengths=[3.0, 1.0]),
        "s.npz, lengths: holds float64, not integers (save integers)",
    ),
    Bad(
        "NPZ: lengths that do not add up",
        "s.npz",
        npz(x=x, lengths=[2, 2]),
        "s.npz: lengths [2, 2] for 3 timesteps in x (lengths add up to 3; cumulative ones end with it; for padded "
        "sequences save x as (N, T, I))",
    ),
    Bad(
        "NPZ: h0 for another number of sequences",
        "s.npz",
        npz(x=np.ones((2, 3, 1)), h0=np.ones((3, 4))),
        "s.npz, h0: shape (3, 4) for 2 sequences (expected (hidden,) or (2, hidden))",
    ),
    Bad(
        "NPZ: not finite",
        "s.npz",
        npz(x=np.array([[[1.0]], [[np.nan]]]), lengths=[1, 1]),
        "s.npz, x[1][0][0]: nan is not a finite number (inputs must be finite: fill the gap)",
    ),
)

TEXT = (
    Bad(
        "text: one character",
        "s.txt",
        b"a\n",
        "s.txt: only 1 character (each character predicts the next: give two or more)",
    ),
    Bad(
        "text: a NUL", "s.txt", b"ab\0c", "s.txt, line 1: a NUL byte, so this is not plain text (save it as UTF-8 text)"
    ),
    Bad("text: bad UTF-8", "s.txt", b"ab\nc\xff", "s.txt, line 2: byte 0xff is not UTF-8 (save it as UTF-8)"),
)

BAD_SEQUENCES = (*FILES, *JSON, *CSV, *NPY, *NPZ, *TEXT)
