"""A sequence as a table that a person edits: columns, rows, what is done and undone. Pure; a screen only paints it."""
