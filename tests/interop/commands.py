# SPDX-License-Identifier: Apache-2.0
"""Runs planish and DuckDB, and finds the files of a dataset."""

import json
import os
import pathlib
import subprocess

PLANISH = os.environ["PLANISH"]
DUCKDB = os.environ["DUCKDB"]
PARQUET_TESTING = pathlib.Path(os.environ["PARQUET_TESTING"])


def run_planish(*arguments):
    """The finished process; its output is text."""
    return subprocess.run([PLANISH, *map(str, arguments)], capture_output=True, text=True)


def dedup(source, output, *arguments):
    """Runs dedup, which must succeed; returns the report."""
    report = pathlib.Path(str(output) + ".report.json")
    done = run_planish("dedup", source, "--output", output, "--report", report,
                       "--progress", "none", *arguments)
    if done.returncode != 0:
        raise AssertionError(f"exit code {done.returncode}\n{done.stderr}")
    return json.loads(report.read_text())


def duckdb(sql):
    done = subprocess.run([DUCKDB, "-bail", "-json", "-c", sql], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{sql}\n{done.stderr}{done.stdout}")
    return json.loads(done.stdout) if done.stdout.strip() else []


def quoted(path):
    return "'" + str(path).replace("'", "''") + "'"


def data_files(directory):
    """Relative paths of a directory's files in physical order: by partition, then by path."""
    directory = pathlib.Path(directory)

    def order(path):
        parts = path.parent.parts
        partition = "/".join(part for part in parts if "=" in part)
        return (os.fsencode(partition), os.fsencode(str(path)))

    paths = [path.relative_to(directory) for path in directory.rglob("*")
             if path.is_file() and not path.name.startswith((".", "_"))]
    return sorted(paths, key=order)
