# SPDX-License-Identifier: Apache-2.0
"""The verb that brings rows into a dataset."""

from __future__ import annotations

import json
from typing import Any, Callable, Literal

from planish import _arguments, _planish
from planish._streams import record_batches, is_paths
from planish._verbs import Bytes, Chunk, Columns, Compression, Engine, OnError, Path, Patterns, Publish, Trust
from planish.errors import InvalidOptionError
from planish.results import Progress, Report, from_dict

Strategy = Literal["insert", "update", "upsert", "delete", "sync"]


def merge(
    target: Path,
    source: Any,
    *,
    key: Columns,
    include: Patterns | None = None,
    exclude: Patterns | None = None,
    ignore_table_log: bool = False,
    trust: Trust = "statistics",
    allow_symlinks: bool = False,
    create: bool = False,
    strategy: Strategy = "upsert",
    source_duplicates: Literal["last", "first", "error"] = "last",
    source_order_by: Columns | None = None,
    newer_by: str | None = None,
    delete_when: str | None = None,
    missing_columns: Literal["error", "keep", "null"] = "error",
    extra_columns: Literal["error", "ignore", "add"] = "error",
    on_partition_change: Literal["error", "move"] = "error",
    assume_timezone: Literal["UTC"] | None = None,
    allow_empty_source: bool = False,
    on_error: OnError = "fail",
    retries: int | None = None,
    in_place: bool = False,
    output: Path | None = None,
    dry_run: bool = False,
    verify: bool = False,
    publish: Publish = "files",
    keep_backup: Path | None = None,
    lock_timeout: float = 0,
    compression: Compression | None = None,
    compression_level: int | None = None,
    target_file_bytes: Bytes = "256MB",
    engine: Engine = "auto",
    prune: bool = True,
    threads: int = 0,
    memory_limit: Bytes = "2GB",
    temp_dir: Path | None = None,
    temp_limit: Bytes | None = None,
    chunk: Chunk = "auto",
    chunk_rows: int | None = None,
    chunk_bytes: Bytes | None = None,
    sync: bool = True,
    retry_delay: float = 0.1,
    on_progress: Callable[[Progress], object] | None = None,
    on_log: Callable[[str, str], object] | None = None,
    filesystem: Any = None,
) -> Report:
    """Bring the rows of a source into a dataset, by key.

        planish.merge("events/", source=table, key="id", in_place=True)
        planish.merge("events/", source="changes/", key=["day", "id"], strategy="update", output="new/")

    Updates, inserts and deletions appear together or not at all; files without a change are not touched, and
    row groups and column chunks without one are copied as bytes. Updated rows stay where they are, inserted
    ones come in new files of their partition.

    What changes:
      target           the dataset's directory
      create           insert and upsert: make a target that does not exist, which is an error otherwise
      include, exclude, ignore_table_log, trust, allow_symlinks
                       as in planish.dedup, of the target; the last three hold for the source, too
      source           a table, reader, DataFrame, ... as planish.drop_duplicates takes it, or paths
      key              column or columns that identify a row in both. Null is a value, all NaN are one
      strategy         "insert": source rows whose key the target lacks come in; "update": target rows whose
                       key is in the source take its values; "upsert": both; "delete": target rows whose key
                       is in the source go; "sync": upsert, and target rows whose key is not in the source go
      source_duplicates
                       of several source rows with one key: "last" counts, "first", or it is an "error"
      source_order_by  what "last" refers to: columns, "-col" descending; else the order of the source
      newer_by         a row changes only if the source's value in this column is greater. Without
                       source_order_by, the newest of several source rows with one key counts; null and NaN
                       are older than everything
      delete_when      with upsert: source rows with true in this column are deletions of their key
      allow_empty_source
                       with sync: a source without rows empties the target

    Columns and partitions:
      missing_columns  target columns and struct fields that the source lacks: "keep" them (null in new
                       rows), or "null", also where only some batches or files of the source lack them
      extra_columns    source columns that the target lacks: "ignore" leaves them out, "add" makes them
                       columns of the target, in the files that are written; elsewhere they are null.
                       Fields of structs can be ignored, not added
      on_partition_change
                       rows whose hive columns differ in target and source: "move" them, with what
                       missing_columns="keep" keeps
      assume_timezone  "UTC": timestamps of the source without time zone are times in UTC, where the target's
                       have a time zone; otherwise they do not go together

    Where the result goes (one of the first three must be given):
      in_place         change the target itself
      output           new or empty directory; the target stays as it is
      dry_run          decide and count, write nothing
      verify           read the result again before it appears: every page that was written or copied,
                       and merging once more must find nothing to do
      publish, keep_backup, lock_timeout, compression, compression_level
                       as in planish.dedup
      target_file_bytes
                       size at which a file of inserted rows ends and the next begins

    How it runs (never changes a result):
      prune            use partitions, statistics, page indexes and bloom filters to find the row groups that
                       cannot have a key of the source
      on_error, retries, retry_delay, engine, threads, memory_limit, temp_dir, temp_limit, chunk, chunk_rows,
      chunk_bytes, sync, on_progress, on_log, filesystem
                       as in planish.dedup; on_error is "fail" unless asked otherwise, and with "skip" source rows
                       whose key may be in what cannot be read are withheld (`merge.withheld` of the report)

    A source that is Python code is read on the calling thread, and what it raises ends the run and comes out
    of it. Returns a planish.Report, whose `merge` counts the rows inserted, updated, unchanged, deleted.
    Errors are those of planish.dedup and of the source.
    """
    if not in_place and output is None and not dry_run:
        raise InvalidOptionError(
            "where the result goes is not said",
            hint="give in_place=True to change the target, output= for a new directory, or dry_run=True",
        )
    from_paths = is_paths(source)
    options = _arguments.given(
        target=_arguments.directory(target, filesystem, "target"),
        include=_arguments.patterns("include", include),
        exclude=_arguments.patterns("exclude", exclude),
        ignore_table_log=ignore_table_log,
        trust=trust,
        create=create,
        source=_arguments.inputs(source, filesystem) if from_paths else None,
        key=_arguments.names("key", key),
        strategy=strategy,
        source_duplicates=source_duplicates,
        source_order_by=_arguments.names("source_order_by", source_order_by),
        newer_by=_arguments.name("newer_by", newer_by),
        delete_when=_arguments.name("delete_when", delete_when),
        missing_columns=missing_columns,
        extra_columns=extra_columns,
        on_partition_change=on_partition_change,
        assume_timezone=assume_timezone,
        allow_empty_source=allow_empty_source,
        on_error=on_error,
        retries=retries,
        in_place=in_place,
        output=None if output is None else _arguments.path(output, "output"),
        dry_run=dry_run,
        verify=verify,
        publish=publish,
        keep_backup=None if keep_backup is None else _arguments.path(keep_backup, "keep_backup"),
        lock_timeout=lock_timeout,
        allow_symlinks=allow_symlinks,
        compression=_arguments.codec(compression),
        compression_level=compression_level,
        target_file_bytes=target_file_bytes,
        engine=engine,
        prune=prune,
    )
    context = _arguments.run_context(
        default_temp_dir=dry_run,
        threads=threads,
        memory_limit=memory_limit,
        temp_dir=temp_dir,
        temp_limit=temp_limit,
        chunk=chunk,
        chunk_rows=chunk_rows,
        chunk_bytes=chunk_bytes,
        sync=sync,
        retry_delay=retry_delay,
        on_progress=on_progress,
        on_log=on_log,
    )
    batches = None if from_paths else record_batches(source)
    return from_dict(Report, json.loads(_planish.merge(batches, options, context)))
