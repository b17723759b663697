"""The small language that listings are written in: a few operations, lines made of them, and how they are derived.

A cell writes its forward lines. From these follow the backward lines (`derivation`), and what each line reads and
writes. So do its text, its LaTeX, its value, and how one number of it is taken apart.
"""
