"""What is done outside of a session when a command asks for it: who performs it, and how long it will take."""
