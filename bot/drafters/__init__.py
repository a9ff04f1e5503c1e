"""Who writes drafts: a model behind an OpenAI-compatible server, or the best passage quoted."""
