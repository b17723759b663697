"""How gradients travel back through a run: how far they reach, what makes them smaller or larger, and where."""
