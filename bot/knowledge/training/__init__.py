"""From questions and answers to a training set: scrubbed, grouped, split, written in a form. Pure."""
