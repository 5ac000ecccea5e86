"""Measures the detector beside its peers; nothing of the system imports it."""
