"""Where issues live: one file per kind of tracker, a pure sister file per wire format."""
