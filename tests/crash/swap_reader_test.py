# SPDX-License-Identifier: Apache-2.0
"""A reader loops over a dataset whose directory is swapped again and again: it never fails, and
sees one state each time.

    swap_reader_test.py [--reads N] [--rows N]
"""

import argparse
import os
import pathlib
import sys
import tempfile
import threading

import pyarrow.parquet as pq

from datasets import duckdb_counts, exchange, in_place, memory_directory, planish, write_dataset


def open_files(directory):
    """Open files by path, through a directory that was opened once and stays the same."""
    top = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    files = {}
    for at, _, names, folder in os.fwalk(".", dir_fd=top):
        if "/." in at[1:]:
            continue
        for name in names:
            if not name.startswith((".", "_")):
                files[f"{at}/{name}"] = os.open(name, os.O_RDONLY, dir_fd=folder)
    os.close(top)
    return files


def read(directory):
    """What a reader gets: ids by file, in one go."""
    files = open_files(directory)
    try:
        return {path: pq.read_table(f"/proc/self/fd/{file}", columns=["id"],
                                    use_threads=False)["id"].to_pylist()
                for path, file in files.items()}
    finally:
        for file in files.values():
            os.close(file)


class Swapper(threading.Thread):
    """Removes the duplicates by a swap, and puts them back by another, until told to end."""

    def __init__(self, directory, dataset):
        super().__init__()
        self.directory, self.dataset = directory, dataset
        self.swaps = 0
        self.ending = threading.Event()
        self.error = None

    def run(self):
        try:
            while not self.ending.is_set():
                self.swap(self.directory / f"backup-{self.swaps}")
        except BaseException as error:  # Shown by whoever joins.
            self.error = error

    def swap(self, backup):
        planish(*in_place(self.dataset, "swap"), "--keep-backup", backup)
        rows, ids = duckdb_counts(self.dataset)
        assert rows == ids, f"{rows} rows, {ids} ids"
        old_rows, old_ids = duckdb_counts(backup)
        assert old_rows > old_ids == ids, f"{old_rows} rows, {old_ids} ids in the backup"
        # The other one stays too: a reader may be at it.
        exchange(self.dataset, backup)
        self.swaps += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reads", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=3000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=memory_directory()) as name:
        directory = pathlib.Path(name)
        dataset = directory / "ds"
        write_dataset(dataset, options.rows)
        planish("dedup", dataset, "--key", "id", "--output", directory / "new")
        states = [read(dataset), read(directory / "new")]
        assert states[0] != states[1]
        swapper = Swapper(directory, dataset)
        swapper.start()
        reads, seen = 0, [0, 0]
        try:
            while (reads < options.reads or min(seen) == 0) and swapper.is_alive():
                state = read(dataset)
                assert state in states, f"a mixture: {sorted(state)}"
                seen[states.index(state)] += 1
                reads += 1
        finally:
            swapper.ending.set()
            swapper.join()
        if swapper.error is not None:
            raise swapper.error
        print(f"{reads} reads during {2 * swapper.swaps} swaps: {seen[0]} saw the old dataset, "
              f"{seen[1]} the new one, none a mixture")
    return 0


if __name__ == "__main__":
    sys.exit(main())
