"""Where the team decides: one file per platform, with the pure parts they share beside them."""
