"""How candidates are spent: which seeds are run to the end."""
