"""Finding personal data and recording alerts; knows neither Flask nor Redis."""
