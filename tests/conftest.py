"""Puts tests/ on the path, so that every suite can say `from support import ...`."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
