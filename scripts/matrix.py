#!/usr/bin/env python3
"""Writes docs/reference/matrix.md from the table that the tests hold the server to: scripts/matrix.py [--check]."""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from support.matrix import page  # noqa: E402

PAGE = ROOT / "docs/reference/matrix.md"

if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == page() else f"{PAGE} is not current: run scripts/matrix.py")
    PAGE.write_text(page())
