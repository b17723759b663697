"""A run of many updates: which sequence each takes, what each left behind, and how any of them is reached again."""
