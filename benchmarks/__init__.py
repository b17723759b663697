"""How fast this is, as ratios measured side by side in one run: `python -m benchmarks [group …]`."""
