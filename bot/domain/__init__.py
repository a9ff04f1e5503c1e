"""Values and rules: issues, reviews and their state machine, cards, the exit filter. Pure: no I/O, no async."""
