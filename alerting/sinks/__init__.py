"""Sinks, one file each; a new file adds somebody who is told and nothing else is edited."""
