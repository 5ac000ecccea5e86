"""HTTP in and out: wires detector, alerts and queue behind a Flask application."""

from flaskapp.app import create_app

__all__ = ["create_app"]
