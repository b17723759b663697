"""The parts of the command line: its options, its subcommands, and what they need of a terminal."""
