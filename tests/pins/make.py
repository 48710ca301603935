"""Write the pins anew, where a change is meant: ``cd tests && python -m pins.make``.

With ``files`` behind it, the files of an earlier version are written anew too. They are there to stay as they are, so
this is hardly ever right.
"""

from __future__ import annotations

import os
import sys

import pytest
from pins.files import write_files
from pins.pinned import HERE, WRITE


def main() -> int:
    if sys.argv[1:] == ["files"]:
        write_files()
    os.environ[WRITE] = "1"
    return pytest.main([str(HERE.parent / "test_pins.py"), str(HERE.parent / "gui" / "test_pins_gui.py")])


if __name__ == "__main__":
    sys.exit(main())
