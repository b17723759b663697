"""View-models: what each panel shows, as plain data computed from a trace, a position and the view. No screen here."""
