"""Styles of other tools: read into a pack of format 1 that says them word for word, and written back again."""
