"""The alert in the database, for review: what is kept of it, and how it is found again."""
