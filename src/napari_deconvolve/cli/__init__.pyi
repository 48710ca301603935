from .begin import INTERRUPTED, main
from .failures import DEBUG
from .program import BAD_INPUT, DONE, FAULT, NO_RESOURCES, app, execute

__all__ = ["BAD_INPUT", "DEBUG", "DONE", "FAULT", "INTERRUPTED", "NO_RESOURCES", "app", "execute", "main"]
