"""From view-models to strips: pure functions of numbers, sizes and a palette."""
