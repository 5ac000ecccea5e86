"""What ``flask scan`` can print: one module per format, called by its name. No value ever."""

from flaskapp.scan_outputs import json, sarif, table

FORMATS = {"table": table.render, "json": json.render, "sarif": sarif.render}
"""The formats by name; each turns a survey and the findings to report into text."""
