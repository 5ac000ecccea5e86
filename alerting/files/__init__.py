"""Finding personal data in files, with its exact place; knows neither Flask nor RQ."""
