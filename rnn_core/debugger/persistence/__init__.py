"""How a session begins: opened from a recipe, or reopened from a session file or a run file; and how it is saved."""
