"""One use case per file; everything outside arrives as a port."""
