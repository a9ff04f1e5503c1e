"""Text in, text out: cleaning, languages, tokens, passages and their scores. Pure: no I/O."""
