"""Many runs of one dataset: which seeds, initialisations, sizes and lengths learn, and how far gradients reach."""
