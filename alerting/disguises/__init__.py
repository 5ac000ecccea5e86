"""Disguises, one file each; a new file takes one more off and nothing else is edited."""
