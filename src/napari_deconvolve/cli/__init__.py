"""The command line: its program, and its exit codes; the commands have a module each.

The names stand in __init__.pyi; each is imported when it is first used, so that a signal finds the program ready.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
