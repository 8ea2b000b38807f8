# SPDX-License-Identifier: Apache-2.0
"""Datasets to change in place, and what they hold."""

import ctypes
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import pyarrow as pa
import pyarrow.parquet as pq

PLANISH = os.environ["PLANISH"]
FILES = 6
AT_FDCWD = -100
RENAME_EXCHANGE = 2


def memory_directory():
    """Where files are fast, if the system has such a place; None for the usual one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def file_ids(file, rows):
    """Ids of a file: some have no duplicates, some have, one has nothing else."""
    first = file * rows
    if file == 3:
        return [i if i % 2 else i - first for i in range(first, first + rows)]
    if file == 4:
        return [i - 3 * rows for i in range(first, first + rows)]
    if file == 5:
        return [i if i % 10 else i - 4 * rows - 1 for i in range(first, first + rows)]
    return list(range(first, first + rows))


def write_dataset(directory, rows):
    """About `rows` rows in 6 files of 3 partitions."""
    rows //= FILES
    for file in range(FILES):
        ids = file_ids(file, rows)
        table = pa.table({
            "id": pa.array(ids, pa.int64()),
            "text": [f"row {i % 1000} of {file}" for i in range(len(ids))],
            "value": pa.array([i * 0.5 for i in range(len(ids))], pa.float64()),
        })
        path = pathlib.Path(directory) / f"p={file // 2}" / f"part-{file}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path, row_group_size=max(1, rows // 3))


def hard_copy(source, target):
    """The same files by second names: planish never writes into a file that is there."""
    shutil.copytree(source, target, copy_function=os.link)


def remove(path):
    shutil.rmtree(path, ignore_errors=False)


def tree(directory):
    """All below a directory, hidden or not: digests by path; None for directories."""
    found = {}
    directory = pathlib.Path(directory)
    for path in sorted(directory.rglob("*")):
        name = str(path.relative_to(directory))
        found[name] = None if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def planish(*arguments, code=0):
    done = subprocess.run([PLANISH, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != code:
        raise AssertionError(f"{arguments}: exit code {done.returncode}\n{done.stderr}")
    return done


def in_place(dataset, publish):
    return ["dedup", str(dataset), "--in-place", "--key", "id", "--publish", publish,
            "--progress", "none"]


def duckdb_counts(dataset):
    """Rows, and distinct ids among them, as DuckDB finds them."""
    sql = (f"SELECT count(*) AS n, count(DISTINCT id) AS ids "
           f"FROM read_parquet('{dataset}/**/*.parquet', hive_partitioning = true)")
    done = subprocess.run([os.environ["DUCKDB"], "-bail", "-json", "-c", sql],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    counts = json.loads(done.stdout)[0]
    return counts["n"], counts["ids"]


def duckdb_rows(dataset):
    return duckdb_counts(dataset)[0]


def exchange(one, other):
    """Two paths change places at once."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other),
                      RENAME_EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
