"""gunicorn's own lines, sent the way of all others: one log, masked, rotated together."""

from gunicorn.config import Config
from gunicorn.glogging import Logger


class Log(Logger):  # type: ignore[misc] # gunicorn has no types
    """Leaves handlers to the root logger, which the configuration file sets up."""

    def setup(self, cfg: Config) -> None:
        """Take over gunicorn's levels, not its streams."""
        super().setup(cfg)
        self.error_log.propagate = True
