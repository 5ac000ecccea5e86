"""Telling others of incidents: what they are told, and by which settings."""
