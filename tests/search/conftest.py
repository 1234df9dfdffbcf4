"""Makes `toy_objective` importable by name: worker processes inherit `sys.path`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
