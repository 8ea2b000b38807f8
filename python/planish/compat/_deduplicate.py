# SPDX-License-Identifier: Apache-2.0
"""deduplicate_parquet_dataset_pyarrow, executed by planish."""

from __future__ import annotations

import glob
import logging
import os
from typing import Any, Callable, Sequence

from planish import _arguments
from planish._verbs import Semantics, dedup, inspect
from planish.compat._checks import check_positive, columns, megabytes, row_counter
from planish.compat._data_files import directories_below
from planish.compat._metrics import performance
from planish.errors import MissingPathError
from planish.results import Report

logger = logging.getLogger("planish.compat")

# Arrow IPC files were never data to the old function. Patterns tell letters' cases apart.
_ARROW_FILES = [
    "*" + "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else letter for letter in extension)
    for extension in (".arrow", ".arrows", ".feather", ".ipc")
]


def deduplicate_parquet_dataset_pyarrow(
    path: str | os.PathLike[str],
    *,
    key_columns: Sequence[str] | str | None = None,
    dedup_order_by: Sequence[str] | str | None = None,
    partition_filter: Sequence[str] | None = None,
    compression: str | None = None,
    dry_run: bool = False,
    filesystem: Any = None,
    verbose: bool = False,
    chunk_size_rows: int = 1_000_000,
    max_memory_mb: float = 2048,
    enable_progress: bool = True,
    progress_callback: Callable[[int, int], None] | None = None,
    semantics: Semantics = "planish",
    ignore_table_log: bool = False,
) -> dict[str, Any]:
    """Remove the duplicate rows of a Parquet dataset in place.

    path               the dataset's directory, or a file
    key_columns        column or columns; None: all columns. What some files lack is null there
    dedup_order_by     the first row in this order stays, "-col" descending; None or []: in the dataset's order
    partition_filter   relative paths, such as ["day=2024-02-29"]: only these directories are looked at and
                       changed, together; a path that is none stands for those that begin with it, such as
                       "day=2024-02". None or []: all
    compression        codec of what is written anew; None: as it was
    dry_run            say what would be done
    filesystem         must be local
    verbose            log the result
    chunk_size_rows    most rows that a thread takes at a time
    max_memory_mb      memory to stay below, in 2**20 bytes
    enable_progress, progress_callback
                       called with rows looked at, and rows in total
    ignore_table_log   True: a table with a log of its own (Delta Lake and others) is taken as its files lie
    semantics          "loop": NaN keys are distinct, smaller files come first, nested keys are an error

    Returns a dict: before_file_count, after_file_count, before_total_bytes, after_total_bytes,
    compacted_file_count, rewritten_bytes, compression_codec, dry_run, key_columns, dedup_order_by,
    deduplicated_rows, total_rows_before, total_rows_after, planned_groups (the files with duplicates; of a
    dry run only) and performance_metrics: total_process_time_sec, memory_peak_mb, process_memory_peak_mb,
    throughput_mb_sec, rows_per_sec, files_processed, chunks_processed, dedup_efficiency (rows removed per
    row), operation_breakdown (seconds by stage), memory_pressure_stats (samples by level) and, where the system
    tells, system_available_mb.

    Symbolic links to files are read, and become files where rows of theirs go.

    Raises ValueError for empty key_columns and for sizes that are not positive, FileNotFoundError,
    MemoryError, KeyError (a ValueError, too) for a missing column, and what else planish.dedup raises.
    """
    check_positive(chunk_size_rows=chunk_size_rows, max_memory_mb=max_memory_mb)
    keys = None if key_columns is None else columns("key_columns", key_columns)
    order = [] if dedup_order_by in (None, []) else columns("dedup_order_by", dedup_order_by or "")
    directory, selected = _selected(path, partition_filter, filesystem)
    selected["ignore_table_log"] = ignore_table_log
    report = dedup(
        directory,
        in_place=not dry_run,
        dry_run=dry_run,
        key=keys,
        # Among rows of one key, its own columns tell nothing.
        order_by=None if order == keys else order,
        semantics=semantics,
        missing_columns="null",
        on_error="fail",
        allow_symlinks=True,
        compression=compression,  # type: ignore[arg-type]
        memory_limit=megabytes(max_memory_mb),
        chunk_rows=int(chunk_size_rows),
        on_progress=row_counter(progress_callback) if enable_progress else None,
        **selected,
    )
    result = _statistics(report, directory, selected)
    result["compression_codec"] = compression
    result["key_columns"] = keys
    result["dedup_order_by"] = keys if dedup_order_by is None else order
    if verbose:
        logger.info("deduplicated %s: %s", os.fsdecode(directory), result)
    return result


def _selected(
    path: str | os.PathLike[str], partition_filter: Sequence[str] | None, filesystem: Any
) -> tuple[str, dict[str, Any]]:
    """The directory of the dataset, or of the one partition that is asked for; and what chooses files in it."""
    directory = os.path.abspath(os.fsdecode(_arguments.inputs(path, filesystem)[0]))
    if not os.path.exists(directory):
        raise MissingPathError(f"dataset does not exist: {directory}")
    if os.path.isfile(directory):
        parent, name = os.path.split(directory)
        return parent, {"include": ["./" + glob.escape(name)]}
    partitions = _partitions(directory, partition_filter) if partition_filter else []
    chosen: dict[str, Any] = {"exclude": _ARROW_FILES}
    if len(partitions) < 2:
        return os.path.join(directory, *partitions), chosen
    chosen["include"] = [glob.escape(partition) + "/**" for partition in partitions]
    return directory, chosen


def _partitions(directory: str, partition_filter: Sequence[str]) -> list[str]:
    """Directories, none of which is within another."""
    found: set[str] = set()
    for prefix in _arguments.names("partition_filter", partition_filter):
        prefix = prefix.strip("/")
        if os.path.isdir(os.path.join(directory, prefix)):
            found.add(prefix)
            continue
        matched = [below for below in directories_below(directory) if below.startswith(prefix)]
        if not matched:
            raise MissingPathError(f"partition does not exist: {os.path.join(directory, prefix)}")
        found.update(matched)
    if "" in found:
        return []
    return sorted(name for name in found if not any(name.startswith(other + "/") for other in found))


def _statistics(report: Report, directory: str, selected: dict[str, Any]) -> dict[str, Any]:
    after_files, after_bytes = report.files_out, report.bytes_in
    if not report.dry_run:
        after = inspect(directory, missing_columns="null", allow_symlinks=True, **selected)
        after_files, after_bytes = after.files, after.bytes
    return {
        "before_file_count": report.files_in,
        "after_file_count": after_files,
        "before_total_bytes": report.bytes_in,
        # A dry run does not know: as much as before at most.
        "after_total_bytes": after_bytes,
        "compacted_file_count": report.files.transcoded + report.files.dropped,
        "rewritten_bytes": report.bytes_written,
        "dry_run": report.dry_run,
        "deduplicated_rows": report.rows_dropped,
        "total_rows_before": report.rows_in,
        "total_rows_after": report.rows_kept,
        "planned_groups": [[file.file for file in report.plan]] if report.plan else [],
        "performance_metrics": performance(
            report, files=report.files_in, rows_before=report.rows_in, rows_after=report.rows_kept
        ),
    }
