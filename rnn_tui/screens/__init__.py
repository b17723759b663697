"""The screens: the debugger itself, and the dialogs that open over it."""
