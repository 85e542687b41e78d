"""Makers of fuller prompts."""
