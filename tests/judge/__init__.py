"""An independent judge of encryption: Element's own engine, asked what it would show.

`judge.mjs` is the engine's side, `process` ours, `fixtures` gives a test its `judge`. `make judge` installs it.
"""
