# SPDX-License-Identifier: Apache-2.0
"""PyarrowDatasetIO: merging by the old names."""

from __future__ import annotations

import os
import pathlib
from dataclasses import dataclass, field
from typing import Any, Callable, Literal, Sequence

from planish import _arguments
from planish._merge import merge
from planish._verbs import Compression, inspect
from planish.compat._checks import check_positive, columns, row_counter
from planish.errors import InvalidOptionError, MissingPathError, UnsupportedError
from planish.results import MergeReport, Report

_MB = 1024 * 1024
_STRATEGIES = ("insert", "update", "upsert")


@dataclass(frozen=True)
class MergeFileMetadata:
    """A file of the dataset after a merge."""

    path: str
    row_count: int
    operation: Literal["rewritten", "inserted", "preserved"]
    size_bytes: int


@dataclass(frozen=True)
class MergeResult:
    """What PyarrowDatasetIO.merge did."""

    strategy: str
    source_count: int
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


class PyarrowDatasetIO:
    """Merges tables into Parquet datasets of a local file system."""

    def __init__(self, filesystem: Any = None) -> None:
        self._filesystem = filesystem

    def merge(
        self,
        data: Any,
        path: str | os.PathLike[str],
        strategy: Literal["insert", "update", "upsert"],
        key_columns: Sequence[str] | str,
        *,
        partition_columns: Sequence[str] | str | None = None,
        schema: Any = None,
        compression: Compression | None = "snappy",
        max_rows_per_file: int = 5_000_000,
        row_group_size: int = 500_000,
        merge_chunk_size_rows: int = 100_000,
        merge_max_memory_mb: int = 1024,
        merge_max_process_memory_mb: int | None = None,
        merge_min_system_available_mb: int = 512,
        merge_progress_callback: Callable[[int, int], None] | None = None,
    ) -> MergeResult:
        """Bring the rows of `data` into the dataset at `path`, in place, by key.

        data               a table, a list of tables, a reader, ...: what planish.merge takes
        strategy           "insert": rows with new keys come in; "update": rows with known keys change;
                           "upsert": both. Of several rows with one key the last counts
        partition_columns  must be those of the dataset, if it has any
        schema             a pyarrow.Schema that tables are cast to first
        compression        codec of row groups that are written anew; None: as they were
        merge_chunk_size_rows, merge_max_memory_mb, merge_progress_callback
                           as chunk_rows, memory_limit in 2**20 bytes, and rows looked at and in total
        max_rows_per_file, row_group_size, merge_max_process_memory_mb, merge_min_system_available_mb
                           taken for the sake of old calls; planish sizes files and row groups itself

        Returns a MergeResult. Raises ValueError for an unknown strategy, empty key_columns and sizes that are
        not positive; FileNotFoundError (a ValueError, too) for an update of a missing dataset; and what
        planish.merge raises.
        """
        check_positive(
            max_rows_per_file=max_rows_per_file,
            row_group_size=row_group_size,
            merge_chunk_size_rows=merge_chunk_size_rows,
            merge_max_memory_mb=merge_max_memory_mb,
        )
        if strategy not in _STRATEGIES:
            raise InvalidOptionError(f"strategy must be one of {', '.join(_STRATEGIES)}: {strategy}")
        keys = columns("key_columns", key_columns)
        if keys is None:
            raise InvalidOptionError("key_columns cannot be empty")
        directory = pathlib.Path(os.fsdecode(_arguments.inputs(path, self._filesystem)[0]))
        before = _data_files(directory)
        if strategy == "update" and not before:
            raise MissingTargetError(f"update needs a dataset that exists: {directory}")
        _check_partitions(directory, columns("partition_columns", partition_columns), bool(before))
        report = merge(
            directory,
            _as_source(data, schema),
            key=keys,
            strategy=strategy,
            create=strategy != "update",
            compression=compression,
            memory_limit=merge_max_memory_mb * _MB,
            chunk_rows=merge_chunk_size_rows,
            on_progress=row_counter(merge_progress_callback),
        )
        return _result(strategy, report, before, _data_files(directory))


class MissingTargetError(MissingPathError, ValueError):
    """An update of a dataset that does not exist."""

    kind = "missing_path"


def _data_files(directory: pathlib.Path) -> dict[str, os.stat_result]:
    """Files by path: what is replaced has another inode afterwards."""
    found = {}
    for parent, names, files in os.walk(directory):
        names[:] = sorted(name for name in names if not name.startswith((".", "_")))
        for name in sorted(files):
            if not name.startswith((".", "_")):
                file = os.path.join(parent, name)
                found[file] = os.stat(file)
    return found


def _check_partitions(directory: pathlib.Path, wanted: list[str] | None, exists: bool) -> None:
    if wanted is None:
        return
    if not exists:
        raise UnsupportedError(
            "partition_columns of a dataset that does not exist yet",
            hint="write it with pyarrow.dataset.write_dataset first",
        )
    there = [column.name for column in inspect(directory).columns if column.hive]
    if there != wanted:
        raise InvalidOptionError(f"partition_columns are not those of the dataset: {', '.join(wanted)}",
                                 hint=f"it has {', '.join(there) or 'none'}")


def _as_source(data: Any, schema: Any) -> Any:
    if isinstance(data, (list, tuple)) and data and hasattr(data[0], "to_batches"):
        data = [batch for table in data for batch in table.to_batches()] or data[0]
    if schema is None:
        return data
    if not hasattr(data, "cast"):
        raise TypeError(f"schema needs a table, not {type(data).__name__}")
    return data.cast(schema)


def _result(
    strategy: str,
    report: Report,
    before: dict[str, os.stat_result],
    after: dict[str, os.stat_result],
) -> MergeResult:
    files = []
    for file, stat in after.items():
        known = before.get(file)
        operation: Literal["rewritten", "inserted", "preserved"] = (
            "inserted" if known is None
            else "preserved" if known.st_ino == stat.st_ino and known.st_mtime_ns == stat.st_mtime_ns
            else "rewritten"
        )
        files.append(MergeFileMetadata(file, inspect(file).rows, operation, stat.st_size))
    counts = report.merge or MergeReport()

    def paths(operation: str) -> list[str]:
        return [file.path for file in files if file.operation == operation]

    return MergeResult(
        strategy=strategy,
        source_count=counts.source_rows,
        target_count_before=counts.target_rows_before,
        target_count_after=counts.target_rows_after,
        inserted=counts.inserted,
        updated=counts.updated,
        deleted=counts.deleted,
        files=files,
        rewritten_files=paths("rewritten"),
        inserted_files=paths("inserted"),
        preserved_files=paths("preserved"),
        metrics={
            "total_process_time_sec": report.wall_seconds,
            "memory_peak_mb": report.memory.peak_accounted_bytes / _MB,
            "process_memory_peak_mb": report.memory.peak_resident_bytes / _MB,
            "rows_per_sec": report.rows_per_second,
            "operation_breakdown": {stage.name: stage.wall_seconds for stage in report.stages},
        },
    )
