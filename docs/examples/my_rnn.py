"""A small RNN in plain NumPy that learns to repeat what it saw one step ago. One line of its backward pass is wrong."""

import numpy as np

rng = np.random.default_rng(1)
n_in, n_hidden, n_out, T, rate = 4, 8, 4, 6, 0.1
Wxh = rng.normal(0, 0.4, (n_hidden, n_in))
Whh = rng.normal(0, 0.4, (n_hidden, n_hidden))
Why = rng.normal(0, 0.4, (n_out, n_hidden))
bh, by = np.zeros(n_hidden), np.zeros(n_out)


def forward(xs):
    hs, ps = [np.zeros(n_hidden)], []
    for x in xs:
        hs.append(np.tanh(Wxh @ x + Whh @ hs[-1] + bh))
        y = Why @ hs[-1] + by
        e = np.exp(y - y.max())
        ps.append(e / e.sum())
    return hs, ps


def backward(xs, hs, ps, targets):
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby, dhnext = np.zeros_like(bh), np.zeros_like(by), np.zeros(n_hidden)
    for t in reversed(range(len(xs))):
        dy = ps[t].copy()
        dy[targets[t]] -= 1
        dWhy += np.outer(dy, hs[t + 1])
        dby += dy
        dh = Why.T @ dy + dhnext
        dhraw = (1 - hs[t + 1] ** 2) * dh
        dbh += dhraw
        dWxh += np.outer(dhraw, xs[t])
        dWhh += np.outer(dhraw, hs[t + 1])
        dhnext = Whh.T @ dhraw
    return dWxh, dWhh, dWhy, dbh, dby


for _ in range(200):
    seen = rng.integers(0, n_in, T)
    xs, targets = np.eye(n_in)[seen], np.roll(seen, 1)
    hs, ps = forward(xs)
    grads = backward(xs, hs, ps, targets)
    for param, grad in zip((Wxh, Whh, Why, bh, by), grads, strict=True):
        param -= rate * grad
