# SPDX-License-Identifier: Apache-2.0
"""What a merge did, by the old names."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Literal

from planish._verbs import inspect
from planish.compat._metrics import key_tracker, performance
from planish.results import MergeReport, Report


class _RowCount:
    """A file's rows, counted when somebody asks: a merge opens few files of a large dataset."""

    def __get__(self, file: MergeFileMetadata | None, owner: object = None) -> int:
        if file is None:
            raise AttributeError("row_count has no default")
        known: int | None = file.__dict__["row_count"]
        if known is None:
            known = file.__dict__["row_count"] = _rows_of(file.path)
        return known

    def __set__(self, file: MergeFileMetadata, rows: int | None) -> None:
        file.__dict__["row_count"] = rows


@dataclass
class MergeFileMetadata:
    """A file of the dataset after a merge."""

    path: str
    row_count: _RowCount = _RowCount()
    """Of a preserved file, counted when it is asked for."""
    operation: Literal["rewritten", "inserted", "preserved"] = "preserved"
    size_bytes: int | None = None


@dataclass
class MergeResult:
    """What PyarrowDatasetIO.merge did."""

    strategy: str
    source_count: int
    """Rows of the source, of each key one."""
    target_count_before: int
    target_count_after: int
    inserted: int
    updated: int
    deleted: int
    files: list[MergeFileMetadata] = field(default_factory=list)
    rewritten_files: list[str] = field(default_factory=list)
    inserted_files: list[str] = field(default_factory=list)
    preserved_files: list[str] = field(default_factory=list)
    metrics: dict[str, Any] = field(default_factory=dict)


def merge_result(
    strategy: str,
    report: Report,
    counts: MergeReport,
    before: dict[str, os.stat_result],
    after: dict[str, os.stat_result],
) -> MergeResult:
    """Files are of the dataset before the merge and after it."""
    files = [_file(path, stat, before.get(path)) for path, stat in after.items()]
    paths: dict[str, list[str]] = {"rewritten": [], "inserted": [], "preserved": []}
    for file in files:
        paths[file.operation].append(file.path)
    metrics = performance(
        report,
        files=len(paths["rewritten"]),
        rows_before=counts.target_rows_before,
        rows_after=counts.target_rows_after,
    )
    metrics["key_tracker"] = key_tracker(counts.updated + counts.unchanged)
    return MergeResult(
        strategy=strategy,
        source_count=counts.source_rows - counts.source_duplicates,
        target_count_before=counts.target_rows_before,
        target_count_after=counts.target_rows_after,
        inserted=counts.inserted,
        updated=counts.updated,
        deleted=counts.deleted,
        files=files,
        rewritten_files=paths["rewritten"],
        inserted_files=paths["inserted"],
        preserved_files=paths["preserved"],
        metrics=metrics,
    )


def _file(path: str, now: os.stat_result, known: os.stat_result | None) -> MergeFileMetadata:
    if known is not None and (known.st_ino, known.st_mtime_ns) == (now.st_ino, now.st_mtime_ns):
        return MergeFileMetadata(path, None, "preserved", now.st_size)
    operation: Literal["rewritten", "inserted"] = "inserted" if known is None else "rewritten"
    return MergeFileMetadata(path, _rows_of(path), operation, now.st_size)


def _rows_of(path: str) -> int:
    # Whether a table's log counts was asked before the merge.
    return inspect(path, ignore_table_log=True, allow_symlinks=True).rows
