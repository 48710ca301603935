from .begin import main
from .exits import BAD_INPUT, DONE, FAULT, INTERRUPTED, NO_RESOURCES
from .failures import DEBUG
from .program import app, execute

__all__ = ["BAD_INPUT", "DEBUG", "DONE", "FAULT", "INTERRUPTED", "NO_RESOURCES", "app", "execute", "main"]
