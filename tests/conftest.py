"""What holds for all tests: one thread, and no deadlines on a machine that may be busy."""

import os

# Before anything imports PyTorch, which reads it then. More threads than cores slow everything.
os.environ["OMP_NUM_THREADS"] = "1"

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
