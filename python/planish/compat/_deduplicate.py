# SPDX-License-Identifier: Apache-2.0
"""deduplicate_parquet_dataset_pyarrow, executed by planish."""

from __future__ import annotations

import logging
import os
from typing import Any, Callable, Sequence

from planish import _arguments
from planish._verbs import Compression, Semantics, dedup, inspect
from planish.compat._checks import check_positive, columns, row_counter
from planish.errors import MissingPathError, UnsupportedError
from planish.results import Report

logger = logging.getLogger("planish.compat")

_MB = 1024 * 1024


def deduplicate_parquet_dataset_pyarrow(
    path: str | os.PathLike[str],
    *,
    key_columns: Sequence[str] | str | None = None,
    dedup_order_by: Sequence[str] | str | None = None,
    partition_filter: Sequence[str] | None = None,
    compression: Compression | None = None,
    dry_run: bool = False,
    filesystem: Any = None,
    verbose: bool = False,
    chunk_size_rows: int = 1_000_000,
    max_memory_mb: int = 2048,
    enable_progress: bool = True,
    progress_callback: Callable[[int, int], None] | None = None,
    semantics: Semantics = "planish",
) -> dict[str, Any]:
    """Remove the duplicate rows of a Parquet dataset in place.

    path               the dataset's directory
    key_columns        column or columns; None: all columns
    dedup_order_by     the first row in this order stays, "-col" descending; None: in the dataset's order
    partition_filter   prefix of the relative path, such as ["day=2024-02-29"]: only this partition's
                       directory is looked at and changed. One partition at a time
    compression        codec of what is written anew; None: as it was
    dry_run            say what would be done
    filesystem         must be local
    verbose            log the result
    chunk_size_rows    most rows that a thread takes at a time
    max_memory_mb      memory to stay below, in 2**20 bytes
    enable_progress, progress_callback
                       called with rows looked at, and rows in total
    semantics          "loop": NaN keys are distinct, smaller files come first, nested keys are an error

    Returns a dict: before_file_count, after_file_count, before_total_bytes, after_total_bytes,
    compacted_file_count, rewritten_bytes, compression_codec, dry_run, key_columns, dedup_order_by,
    deduplicated_rows, total_rows_before, total_rows_after, planned_groups (the files with duplicates; of a
    dry run only) and performance_metrics: total_process_time_sec, memory_peak_mb, process_memory_peak_mb,
    throughput_mb_sec, rows_per_sec, files_processed, chunks_processed, dedup_efficiency (rows removed per
    row) and operation_breakdown (seconds by stage).

    Raises ValueError for empty key_columns and for sizes that are not positive, FileNotFoundError,
    MemoryError, KeyError for a missing column, and what else planish.dedup raises.
    """
    check_positive(chunk_size_rows=chunk_size_rows, max_memory_mb=max_memory_mb)
    keys = columns("key_columns", key_columns)
    order = columns("dedup_order_by", dedup_order_by)
    directory = _directory(path, partition_filter, filesystem)
    report = dedup(
        directory,
        in_place=not dry_run,
        dry_run=dry_run,
        key=keys,
        # Among rows of one key, its own columns tell nothing.
        order_by=None if order == keys else order,
        semantics=semantics,
        on_error="fail",
        compression=compression,
        memory_limit=max_memory_mb * _MB,
        chunk_rows=chunk_size_rows,
        on_progress=row_counter(progress_callback) if enable_progress else None,
    )
    result = _statistics(report, directory)
    result["compression_codec"] = compression
    result["key_columns"] = keys
    result["dedup_order_by"] = order if order is not None else keys
    if verbose:
        logger.info("deduplicated %s: %s", os.fsdecode(directory), result)
    return result


def _directory(
    path: str | os.PathLike[str], partition_filter: Sequence[str] | None, filesystem: Any
) -> str:
    directory = os.fsdecode(_arguments.inputs(path, filesystem)[0])
    if not os.path.exists(directory):
        raise MissingPathError(f"dataset does not exist: {directory}")
    if partition_filter is None:
        return directory
    prefixes = [prefix.strip("/") for prefix in partition_filter]
    partitions = sorted({prefix for prefix in prefixes if prefix})
    if len(partitions) != 1:
        raise UnsupportedError(
            f"partition_filter names {len(partitions)} partitions",
            hint="name one partition at a time, or none for the dataset as a whole",
        )
    below = os.path.join(directory, partitions[0])
    if not os.path.isdir(below):
        raise MissingPathError(f"partition does not exist: {below}")
    return below


def _statistics(report: Report, directory: str) -> dict[str, Any]:
    after_files, after_bytes = report.files_out, report.bytes_in
    if not report.dry_run:
        after = inspect(directory)
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
        "performance_metrics": _performance(report),
    }


def _performance(report: Report) -> dict[str, Any]:
    seconds = report.wall_seconds
    return {
        "total_process_time_sec": seconds,
        "memory_peak_mb": report.memory.peak_accounted_bytes / _MB,
        "process_memory_peak_mb": report.memory.peak_resident_bytes / _MB,
        "throughput_mb_sec": report.bytes_in / _MB / seconds if seconds > 0 else 0.0,
        "rows_per_sec": report.rows_per_second,
        "files_processed": report.files_in,
        "chunks_processed": report.chunks,
        "dedup_efficiency": report.duplicate_ratio,
        "operation_breakdown": {stage.name: stage.wall_seconds for stage in report.stages},
    }
