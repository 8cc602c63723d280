"""Searching for requests that break the API: made up from its own description, against deals in every state.

`--examples 500` says how many for each operation, beside those at the edges of every field; `--seed 1` which
ones. What is found is printed with the call that repeats it. The tests do the same with few.
"""

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(2**31))
    options = parser.parse_args(arguments)
    wanted = {"FUZZ_EXAMPLES": str(options.examples), "FUZZ_SEED": str(options.seed)}
    words = ["-q", "-p", "no:cacheprovider", "--show-capture=no"]
    began = time.monotonic()
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/api/test_fuzz.py", *words],
        check=False,
        cwd=ROOT,
        env={**os.environ, **wanted},
    )
    what = "nothing was found" if found.returncode == 0 else "something was found"
    print(f"seed {options.seed}, {options.examples} an operation, {time.monotonic() - began:.0f} s: {what}")
    return found.returncode


if __name__ == "__main__":
    sys.exit(main())
