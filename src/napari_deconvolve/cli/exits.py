"""How the program ends: its exit codes, and what it says when a signal has ended it."""

DONE, FAULT, BAD_INPUT, NO_RESOURCES, INTERRUPTED = 0, 1, 2, 3, 130
STOPPED = "Stopped; no output was left half-written."
