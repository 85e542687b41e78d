"""Templates: many prompts in one text, counted, enumerated, or drawn."""
