"""The debugger: a frozen session, and commands that are pure functions of it."""
