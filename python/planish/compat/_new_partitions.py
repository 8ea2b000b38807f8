# SPDX-License-Identifier: Apache-2.0
"""A partitioned dataset where there is none yet."""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile
import uuid
from typing import Any, Sequence

from planish._streams import drop_duplicates
from planish._verbs import dedup
from planish.errors import InvalidOptionError
from planish.results import MergeReport, Report

# PyArrow refuses to write more partitions than it is told.
_MOST_PARTITIONS = 1 << 20


def write_partitions(
    directory: pathlib.Path,
    source: Any,
    *,
    key: list[str],
    partition_columns: Sequence[str],
    compression: str | None,
    max_rows_per_file: int | None,
    row_group_size: int | None,
    **run_context: Any,
) -> tuple[Report, MergeReport]:
    """Writes the source's rows, of each key the last. The dataset appears complete or not at all. Returns what
    publishing it did, and what became of the rows."""
    import pyarrow.dataset

    directory.parent.mkdir(parents=True, exist_ok=True)
    staged = tempfile.mkdtemp(prefix=f".{directory.name}.staged-", dir=directory.parent)
    try:
        with drop_duplicates(
            source,
            key,
            keep="last",
            memory_limit=run_context["memory_limit"],
            temp_dir=directory.parent,
        ) as rows:
            schema = rows.schema
            if set(schema.names) <= set(partition_columns):
                raise InvalidOptionError(
                    f"partition_columns leave no column for the files: {', '.join(partition_columns)}"
                )
            file_format = pyarrow.dataset.ParquetFileFormat()
            pyarrow.dataset.write_dataset(
                rows.to_reader(),
                os.path.join(staged, "data"),
                format=file_format,
                file_options=file_format.make_write_options(compression=compression or "none"),
                partitioning=pyarrow.dataset.partitioning(
                    pyarrow.schema([schema.field(name) for name in partition_columns]), flavor="hive"
                ),
                basename_template=f"part-{uuid.uuid4().hex[:16]}-{{i}}.parquet",
                max_partitions=_MOST_PARTITIONS,
                max_rows_per_file=max_rows_per_file or 0,
                max_rows_per_group=min(row_group_size or 1 << 20, max_rows_per_file or 1 << 20),
                use_threads=False,
            )
            source_count = rows.report.rows_in
        # No key comes twice in what was staged, so this copies bytes, and publishes as every verb does.
        report = dedup(
            os.path.join(staged, "data"), output=directory, key=key, on_error="fail", **run_context
        )
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return report, MergeReport(
        source_rows=source_count,
        source_duplicates=source_count - report.rows_kept,
        inserted=report.rows_kept,
        target_rows_after=report.rows_kept,
    )
