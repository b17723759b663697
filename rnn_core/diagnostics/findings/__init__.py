"""What is wrong with a run, in plain words: one rule a file, and the registry of them.

A rule looks at `Evidence` and answers with findings: what is wrong, how that shows, where to look, what people do about
it. The watchpoints offered at the start come from the same rules.
"""
