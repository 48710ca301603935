"""What becomes of samples that hold no data."""

from __future__ import annotations

MASK, KEEP = "mask", "keep"
DEFECTS = (MASK, KEEP)
