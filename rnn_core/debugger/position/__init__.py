"""Places of a run: their one grammar, how the cursor moves between them, and which number is selected."""
