# SPDX-License-Identifier: Apache-2.0
"""The data files of a dataset, without a look into them."""

from __future__ import annotations

import os
import pathlib
import urllib.parse
from typing import Iterable, Iterator

_EXTENSIONS = (".parquet", ".parq", ".pq")
_MAGIC = b"PAR1"


def data_files(directory: pathlib.Path) -> dict[str, os.stat_result]:
    """Files by path, in the order of paths: what is replaced has another inode afterwards."""
    if not directory.is_dir():
        return {}
    return {entry.path: entry.stat() for entry in _entries(os.fspath(directory))}


def hive_columns(directory: pathlib.Path, files: Iterable[str]) -> list[str]:
    """Columns that directories of the files say the values of."""
    found: dict[str, None] = {}
    for parent in dict.fromkeys(file.rpartition(os.sep)[0] for file in files):
        for part in pathlib.PurePath(parent).relative_to(directory).parts:
            name, separator, _ = part.partition("=")
            if separator:
                found[urllib.parse.unquote(name)] = None
    return list(found)


def directories_below(directory: str) -> Iterator[str]:
    """Paths relative to the directory, of what may hold data."""
    for parent, names, _ in os.walk(directory):
        names[:] = sorted(name for name in names if not _is_hidden(name))
        for name in names:
            yield os.path.relpath(os.path.join(parent, name), directory)


def _entries(directory: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(directory) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        if _is_hidden(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(entry.path)
        elif entry.is_file() and _is_data(entry):
            yield entry


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def _is_data(entry: os.DirEntry[str]) -> bool:
    if entry.name.lower().endswith(_EXTENSIONS):
        return True
    if "." in entry.name:
        return False
    with open(entry.path, "rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
