"""Style packs, format 1: YAML files that fill the slots a writer left open."""
