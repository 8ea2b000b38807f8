# SPDX-License-Identifier: Apache-2.0
"""PyarrowDatasetIO: merging by the old names."""

from __future__ import annotations

import functools
import os
import pathlib
from typing import TYPE_CHECKING, Any, Callable, Literal, Sequence

from planish import _arguments
from planish._merge import merge
from planish.compat._checks import check_positive, megabytes, row_counter, trimmed_columns
from planish.compat._data_files import data_files
from planish.compat._merge_result import MergeResult, merge_result
from planish.compat._new_partitions import write_partitions
from planish.compat._source_rows import source_rows, without_rows
from planish.compat._target_columns import check_source, check_target, with_casts
from planish.errors import InvalidOptionError, MissingPathError
from planish.results import MergeReport, Report

if TYPE_CHECKING:
    import pyarrow

_STRATEGIES = ("insert", "update", "upsert")


class PyarrowDatasetIO:
    """Merges tables into Parquet datasets of a local file system."""

    def __init__(self, filesystem: Any = None) -> None:
        self._filesystem = filesystem

    @property
    def filesystem(self) -> Any:
        """As it was given."""
        return self._filesystem

    def __enter__(self) -> PyarrowDatasetIO:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def merge(
        self,
        data: Any,
        path: str | os.PathLike[str],
        strategy: Literal["insert", "update", "upsert"],
        key_columns: Sequence[str] | str,
        *,
        partition_columns: Sequence[str] | str | None = None,
        schema: pyarrow.Schema | None = None,
        compression: str | None = "snappy",
        max_rows_per_file: int | None = 5_000_000,
        row_group_size: int | None = 500_000,
        merge_chunk_size_rows: int = 100_000,
        enable_streaming_merge: bool = True,
        merge_max_memory_mb: float = 1024,
        merge_max_process_memory_mb: float | None = None,
        merge_min_system_available_mb: float = 512,
        merge_progress_callback: Callable[[int, int], None] | None = None,
        use_merge: bool | None = None,
        ignore_table_log: bool = False,
    ) -> MergeResult:
        """Bring the rows of `data` into the dataset at `path`, in place, by key.

        data               a table, a list of tables, a reader, ...: what planish.merge takes. Columns of
                           tables in a list are matched by name and promoted. Columns that the dataset lacks
                           come into the files that are written, but not with "update"; columns that `data`
                           lacks are null
        strategy           "insert": rows with new keys come in; "update": rows with known keys change;
                           "upsert": both. Of several rows with one key the last counts
        key_columns        column or columns; blanks around a name do not count
        partition_columns  columns that the dataset's directories or files have, in any order; those of a
                           dataset that does not exist yet become its directories
        schema             a pyarrow.Schema: its columns first, cast, and null where `data` lacks them
        compression        codec of row groups that are written anew; None: as they were
        merge_chunk_size_rows, merge_max_memory_mb
                           as chunk_rows, memory_limit in 2**20 bytes
        merge_progress_callback
                           called with rows looked at and in total, first the source's, then the target's, too
        max_rows_per_file, row_group_size
                           sizes of the files of a partitioned dataset that does not exist yet; None: no
                           limit. Otherwise planish sizes files and row groups itself
        ignore_table_log   True: a table with a log of its own (Delta Lake and others) is taken as its files lie
        enable_streaming_merge, use_merge, merge_max_process_memory_mb, merge_min_system_available_mb
                           taken for the sake of old calls

        Values are cast to the types of the dataset as PyArrow casts them: what would change is an error.

        Returns a MergeResult. Raises ValueError for an unknown strategy, empty key_columns, sizes that are not
        positive, and columns that `data` lacks (a KeyError, too); FileNotFoundError (a ValueError, too) for an
        update of a missing dataset; and what planish.merge raises.
        """
        check_positive(
            max_rows_per_file=max_rows_per_file,
            row_group_size=row_group_size,
            merge_chunk_size_rows=merge_chunk_size_rows,
            merge_max_memory_mb=merge_max_memory_mb,
        )
        if strategy not in _STRATEGIES:
            raise InvalidOptionError(f"strategy must be one of: {', '.join(_STRATEGIES)}, got: {strategy}")
        keys = trimmed_columns("key_columns", key_columns)
        partitions = trimmed_columns("partition_columns", partition_columns) if partition_columns else []
        directory = self._directory(path)
        source = source_rows(data, schema)
        check_source(source, keys, partitions)

        before = data_files(directory)
        if not before:
            if strategy == "update":
                raise MissingTargetError(
                    f"UPDATE strategy requires a dataset, not a non-existent target: {directory}"
                )
            empty, source = without_rows(source)
            if empty:
                return merge_result(strategy, Report(), MergeReport(), before, {})
        run_context: dict[str, Any] = {
            "memory_limit": megabytes(merge_max_memory_mb),
            "chunk_rows": merge_chunk_size_rows,
            "on_progress": row_counter(merge_progress_callback, ("scan", "rewrite")),
            "ignore_table_log": ignore_table_log,
        }
        if partitions and not before:
            report, counts = write_partitions(
                directory,
                source,
                key=keys,
                partition_columns=partitions,
                compression=compression,
                max_rows_per_file=max_rows_per_file,
                row_group_size=row_group_size,
                **run_context,
            )
        else:
            if before:
                check_target(directory, keys, partitions, before, ignore_table_log)
            run = functools.partial(
                merge,
                directory,
                key=keys,
                strategy=strategy,
                create=strategy != "update",
                missing_columns="null",
                extra_columns="ignore" if strategy == "update" else "add",
                in_place=True,
                allow_symlinks=True,
                compression=compression,  # type: ignore[arg-type]
                **run_context,
            )
            report = with_casts(run, source, directory, before, ignore_table_log)
            counts = report.merge or MergeReport()
        return merge_result(strategy, report, counts, before, data_files(directory))

    def _directory(self, path: str | os.PathLike[str]) -> pathlib.Path:
        if not os.fspath(path):
            raise InvalidOptionError("path cannot be empty")
        return pathlib.Path(os.path.abspath(os.fsdecode(_arguments.inputs(path, self._filesystem)[0])))


class MissingTargetError(MissingPathError, ValueError):
    """An update of a dataset that does not exist."""

    kind = "missing_path"
