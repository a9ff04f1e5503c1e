"""The chat on Matrix."""
