"""The built-in post-processors, one a file."""
