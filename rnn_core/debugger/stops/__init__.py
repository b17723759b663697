"""Where a run stops: breakpoints, watchpoints and logpoints, their hits, and running on to the next of them."""
