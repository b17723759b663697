"""The terminal as it really is: what bytes come from it, what is sent to it, and what signals do meanwhile."""
