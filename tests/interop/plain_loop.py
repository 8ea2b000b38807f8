# SPDX-License-Identifier: Apache-2.0
"""Deduplication as a plain Python loop over rows, and tables as plain Python values."""

import math
import urllib.parse

import pyarrow.parquet as pq

from commands import data_files


def plain(value):
    """`value` so that == and hash() follow planish's rules."""
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value + 0.0
    if isinstance(value, dict):
        return tuple((name, plain(item)) for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(plain(item) for item in value)
    if isinstance(value, bytearray):
        return bytes(value)
    return value


def hive_values(path):
    """Hive columns of a relative path, as text."""
    values = {}
    for part in path.parent.parts:
        name, equals, value = part.partition("=")
        if equals:
            default = value == "__HIVE_DEFAULT_PARTITION__"
            values[urllib.parse.unquote(name)] = None if default else urllib.parse.unquote(value)
    return values


def read_rows(file):
    """A file's rows as dicts."""
    return pq.ParquetFile(file).read().to_pylist()


def loop_winners(directory, key):
    """What the loop that `--semantics loop` stands for keeps, of rows as to_pylist() gives them."""
    result = {}
    seen = set()
    for path in sorted(data_files(directory), key=lambda p: (directory / p).stat().st_size):
        for row in read_rows(directory / path):
            # Python's own equality: every NaN is a new object, and equals nothing.
            value = tuple(row[column] for column in key)
            if value not in seen:
                seen.add(value)
                result.setdefault(path, []).append(row)
    return result


def winners(directory, key=None, keep="first", order=None):
    """The kept rows of each file by relative path: what a row loop over the dataset keeps.

    `order(row)` gives what rows are sorted by, before their position."""
    rows = []
    for path in data_files(directory):
        for row in read_rows(directory / path):
            rows.append((path, row, {**row, **hive_values(path)}))
    positions = range(len(rows))
    if order is not None:
        positions = sorted(positions, key=lambda i: order(rows[i][2]))
    if keep == "last":
        positions = reversed(positions)
    seen = {}
    for i in positions:
        columns = key or list(rows[i][2])
        value = tuple(plain(rows[i][2][column]) for column in sorted(columns))
        seen.setdefault(value, []).append(i)
    kept = {group[0] for group in seen.values() if keep != "none" or len(group) == 1}
    result = {}
    for i, (path, row, _) in enumerate(rows):
        if i in kept:
            result.setdefault(path, []).append(row)
    return result

