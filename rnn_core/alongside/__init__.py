"""A person's own run beside ours, as plain frozen data: their lines, what each computed, and which of ours it is."""
