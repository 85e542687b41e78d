"""The syntaxes that people write attention weights in, one file each."""
