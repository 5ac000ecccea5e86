"""Tasks of piigate's own, which no caller may name."""
