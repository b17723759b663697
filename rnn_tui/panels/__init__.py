"""One panel a file; each paints one view-model and turns clicks into commands."""
