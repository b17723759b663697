"""Optimisers: how a gradient becomes a change of the parameters, by torch.optim's formulas."""
