"""Functions that nothing calls: a call for them, with arguments made by their names and tried in several shapes.

What comes out is Python text that is run after the file, in its names. It tries one layout of the data after the other,
until a forward and a backward function both take it. What one returns under a name, the next one gets.
"""

from __future__ import annotations

import ast
from collections.abc import Collection

from rnn_core.review.source import Source

_WAYS = ("columns", "rows", "array", "batch", "coursera", "whole")

_ROLES: dict[str, tuple[str, ...]] = {
    "U": ("u", "wxh", "w_xh", "wx", "w_x", "wax", "w_in", "w_ih", "wih", "wi", "w_input", "win"),
    "W": ("w", "whh", "w_hh", "wh", "w_h", "waa", "w_rec", "wr", "w_recurrent", "wrec"),
    "V": ("v", "why", "w_hy", "wy", "w_y", "wya", "w_out", "w_ho", "wo", "wout"),
    "b": ("b", "bh", "b_h", "ba", "bias", "bias_h", "b_hidden"),
    "c": ("c", "by", "b_y", "bo", "b_o", "bias_y", "b_out"),
    "x": ("x", "xs", "inputs", "input", "x_seq", "sequence", "seq", "input_seq", "data"),
    "y": ("y", "ys", "targets", "target", "labels", "label", "y_true", "t"),
    "h0": ("h0", "h_0", "h_prev", "hprev", "a0", "h_init", "prev_h", "h", "state", "s0"),
    "lr": ("lr", "learning_rate", "eta", "alpha", "rate", "step_size"),
    "parameters": ("parameters", "params", "p", "weights", "theta", "model"),
}

_DRIVER = """
def __rnn_drive__():
    import numpy as np
    roles, functions, keys = {roles!r}, {functions!r}, {keys!r}
    I, H, O, T = 3, 5, 4, 6
    for name, value in list(globals().items()):
        role = {aliases!r}.get(name.lower())
        if role and isinstance(value, np.ndarray) and value.ndim == 2:
            H = value.shape[1] if role == "V" else value.shape[0]
            I, O = (value.shape[1] if role == "U" else I), (value.shape[0] if role == "V" else O)

    def data(way):
        r = np.random.RandomState(1)
        B = 2 if way in ("batch", "coursera") else 1
        col = way in ("columns", "coursera")
        U, W, V = r.randn(H, I) * 0.4, r.randn(H, H) * 0.4, r.randn(O, H) * 0.4
        b, c = r.randn(H) * 0.1, r.randn(O) * 0.1
        y = r.randint(0, O, T)
        if way == "batch":
            U, W, V = U.T.copy(), W.T.copy(), V.T.copy()
            x, y, h0 = r.randn(B, T, I), r.randint(0, O, (B, T)), np.zeros((B, H))
        elif way == "coursera":
            x, h0 = r.randn(I, B, T), np.zeros((H, B))
            y = np.moveaxis(np.eye(O)[r.randint(0, O, (B, T))], 2, 0)
        elif way == "columns":
            x, h0 = [r.randn(I, 1) for _ in range(T)], np.zeros((H, 1))
        elif way == "whole":
            x, h0 = [int(k) for k in r.randint(0, min(I, O), T)], np.zeros((H, 1))
            col = True
        else:
            x, h0 = r.randn(T, I), np.zeros(H)
            if way == "rows":
                x = list(x)
        if col:
            b, c = b.reshape(-1, 1), c.reshape(-1, 1)
        found = dict(U=U, W=W, V=V, b=b, c=c, x=x, y=y if way != "columns" else [int(k) for k in y], h0=h0, lr=0.1)
        found["parameters"] = {{key: found[role] for key, role in keys.items()}}
        return found

    furthest, failed = -1, None
    for way in {ways!r}:
        made = data(way)
        have, called = {{}}, 0
        try:
            for name, arguments, returned in functions:
                values = []
                for argument, default in arguments:
                    if argument in have:
                        values.append(have[argument])
                    elif roles.get(argument) in made:
                        values.append(made[roles[argument]])
                    elif default:
                        break
                    else:
                        raise TypeError(argument)
                result = globals()[name](*values)
                called += 1
                if len(returned) > 1 and isinstance(result, tuple):
                    have.update(zip(returned, result))
                elif len(returned) == 1:
                    have[returned[0]] = result
            return
        except NameError:
            raise  # no other layout of the data mends that
        except Exception as error:  # this layout may not fit their functions: the next one
            if called > furthest:
                furthest, failed = called, error
    if failed is not None:
        raise failed


__rnn_drive__()
"""


def calls(source: Source, function: str, called: Collection[str] = ()) -> str:
    """Python text that calls the file's functions; empty where none looks like a forward or a backward pass.

    Empty, too, where all that do are `called` by the file itself.
    """
    tree = source.tree()
    known = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    if function:
        chosen = [node for node in known if node.name == function]
    else:
        words = (
            "forward",
            "backward",
            "bptt",
            "lossfun",
            "loss_fun",
            "loss_and_grad",
            "train_step",
            "fprop",
            "bprop",
            "backprop",
        )
        chosen = [node for node in known if any(word in node.name.lower() for word in words)]
        chosen = [
            node
            for node in chosen
            if not any(word in node.name.lower() for word in ("cell", "step_forward", "step_backward"))
        ]
    if all(node.name in called for node in chosen):
        return ""
    aliases = {alias: role for role, names in _ROLES.items() for alias in names}
    functions = []
    for node in chosen:
        arguments = [arg.arg for arg in node.args.args]
        without = len(arguments) - len(node.args.defaults)
        functions.append((node.name, [(name, i >= without) for i, name in enumerate(arguments)], _returned(node)))
    roles = {
        name: aliases[name.lower()] for _, arguments, _ in functions for name, _ in arguments if name.lower() in aliases
    }
    keys = {
        node.slice.value: aliases[node.slice.value.lower()]
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
        and node.slice.value.lower() in aliases
    }
    return _DRIVER.format(
        aliases={name: role for name, role in aliases.items() if role in "UWV"},
        roles=roles,
        functions=functions,
        keys=keys,
        ways=_WAYS,
    )


def _returned(node: ast.FunctionDef) -> list[str]:
    """The names of what a function returns, as far as they are names."""
    for statement in reversed(node.body):
        if isinstance(statement, ast.Return) and statement.value is not None:
            parts = statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
            return [part.id if isinstance(part, ast.Name) else "" for part in parts]
    return []
