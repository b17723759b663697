"""Scripts: command lines that are played one after another, and the recording of those that a person runs."""
