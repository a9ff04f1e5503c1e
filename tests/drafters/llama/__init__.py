"""A model server that we did not write: llama.cpp's own, serving a tiny model with random weights.

Its text means nothing; protocol, limits, grammar, errors and cancellation are real.
"""
