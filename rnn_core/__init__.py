"""The maths of a vanilla RNN and the debugger that steps through it. NumPy and the standard library only.

A reading order for learners: `program` (the listing), `interpreter` (what each line does), `kernels` (the same
for a whole sequence at once), `accumulate` (why stepping back costs nothing), `trace` (any value at any position).
"""
