"""`toy_command.py`, whose mirror fails at random: `failing_mirror_command.py SEED MODULE.BUILDER ...`.

One copied file in twenty raises an error, is cut in half without an error, or takes a second.
"""

import errno
import os
import runpy
import shutil
import sys
import time
from pathlib import Path
from random import Random

from xlt.search.mirror import copier

if __name__ == "__main__":
    rnd, copyfile = Random(sys.argv.pop(1)), shutil.copyfile
    folder = str(Path(sys.argv[sys.argv.index("--mirror") + 1]))

    def failing_copyfile(source: str, target: str, **options: object) -> str:
        failure = rnd.choice(("error", "torn", "slow")) if rnd.random() < 0.05 else None
        if not str(target).startswith(folder):
            failure = None
        if failure == "slow":
            time.sleep(1)
        if failure == "error":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(target))
        copyfile(source, target)
        if failure == "torn":
            os.truncate(target, os.path.getsize(target) // 2)
        return target

    vars(shutil)["copyfile"] = failing_copyfile
    # Its jobs are far shorter than real ones, so copies must be more frequent.
    copier.INTERVAL_SECONDS, copier.CORE_SHARE = 0.2, 0.1
    runpy.run_path(str(Path(__file__).with_name("toy_command.py")), run_name="__main__")
