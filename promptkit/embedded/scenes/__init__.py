"""Procedural pictures whose subject, colour, style, lighting and camera are known: what the embedded model learns
from."""
