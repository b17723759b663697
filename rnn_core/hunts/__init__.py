"""Bug hunts: programs in which one line does something else than it says, to be found with a debugger's tools."""
