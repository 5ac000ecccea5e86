"""The WSGI entry point: ``gunicorn wsgi:app``."""

from flaskapp import create_app

app = create_app()
