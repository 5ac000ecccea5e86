"""Recognizers, one file each; a new file adds a kind and nothing else is edited."""
