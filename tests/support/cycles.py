"""The command line of a test that kills the server again and again (tests/crash)."""
import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path


def main(doc: str, name: str, make, cycles: int) -> int:
    """Runs `make(directory, seed)`: its `cycle(number)` adds what went wrong to its `faults`; `close()` ends it and
    may add more. The directory is kept where something failed. Prints the closing `N passed, N failed`."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--cycles", type=int, default=cycles)
    parser.add_argument("--build", type=Path, help="the build's folder, else build/release")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true", help="keep the files though nothing failed")
    arguments = parser.parse_args()
    if arguments.build:
        os.environ["MAESTER_BUILD"] = str(arguments.build.resolve())
    directory = Path(tempfile.mkdtemp(prefix=f"maester-crash-{name}-"))
    print(f"seed {arguments.seed}, {arguments.cycles} cycles in {directory}", flush=True)
    run = make(directory, arguments.seed)
    failed = 0
    for number in range(arguments.cycles):
        before = len(run.faults)
        run.cycle(number)
        failed += len(run.faults) > before
    before = len(run.faults)
    run.close()
    # What only shows at the end cannot be told apart by cycles: it counts as one more that failed.
    late = len(run.faults) > before
    if failed or late or arguments.keep:
        print(f"files kept in {directory}")
    else:
        shutil.rmtree(directory)
    print(f"{arguments.cycles - failed} passed, {failed + late} failed")
    return 1 if failed or late else 0
