# SPDX-License-Identifier: Apache-2.0
"""The verbs that work on files."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Callable, Iterable, Literal, Mapping, Sequence, Union

from planish import _arguments, _planish
from planish.results import CheckResult, InspectResult, Progress, Recovery, Report, Restoration, from_dict

if TYPE_CHECKING:
    import pyarrow.dataset

Path = Union[str, "os.PathLike[str]"]
Inputs = Union[Path, Iterable[Path], "pyarrow.dataset.Dataset"]
Columns = Union[str, Sequence[str]]
Bytes = Union[int, str]
Patterns = Union[str, Sequence[str]]

Keep = Literal["first", "last", "none"]
Scope = Literal["dataset", "partition"]
Semantics = Literal["planish", "loop"]
MissingColumns = Literal["error", "null"]
OnError = Literal["skip", "fail", "retry"]
Compression = Literal["none", "snappy", "gzip", "brotli", "zstd", "lz4"]
Trust = Literal["statistics", "nothing"]
Publish = Literal["files", "swap"]
Engine = Literal["auto", "reference"]
Chunk = Literal["auto", "rows", "bytes", "row-group", "file", "off"]


def dedup(
    inputs: Inputs,
    *,
    include: Patterns | None = None,
    exclude: Patterns | None = None,
    ignore_table_log: bool = False,
    trust: Trust = "statistics",
    allow_symlinks: bool = False,
    output: Path | None = None,
    in_place: bool = False,
    dry_run: bool = False,
    key: Columns | None = None,
    keep: Keep = "first",
    order_by: Columns | None = None,
    scope: Scope = "dataset",
    nan_equal: bool = True,
    semantics: Semantics = "planish",
    missing_columns: MissingColumns = "error",
    on_error: OnError = "skip",
    retries: int | None = None,
    verify: bool = False,
    publish: Publish = "files",
    keep_backup: Path | None = None,
    lock_timeout: float = 0,
    compression: Compression | None = None,
    compression_level: int | None = None,
    engine: Engine = "auto",
    optimizations: Mapping[str, bool] | None = None,
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
    """Remove the duplicate rows of a dataset, into a new directory or in place.

        planish.dedup("events/", output="clean/", key="user_id", order_by="-updated_at")
        planish.dedup("events/", in_place=True, key="user_id")

    Into a new directory, input files are never written to, and the output appears complete or not at all. In
    place, only files that hold duplicates are written anew, all or nothing: whenever the process or the
    machine stops, the dataset is the old one or, as the next run or planish.recover settles it, the new one.
    Files keep their relative paths and rows their order. Exact for every input, and the same bytes for any
    memory limit and number of threads.

    Which rows are duplicates, and which one stays:
      inputs           directories (taken recursively), files and globs: one or several paths, file:// URLs,
                       or a pyarrow.dataset.Dataset, of which the files are taken
      include, exclude
                       patterns of paths below an input: only files that `include` matches are part of the
                       dataset, and none that `exclude` does. Without them, the files of a directory that are
                       called .parquet, .parq or .pq, and those without an extension that begin as Parquet
                       does; `include="*.dat"` takes files of other extensions. Others stay as they are
      ignore_table_log
                       True: take the files of a Delta Lake, Iceberg, Hudi or similar table as they lie
      trust            "nothing": believe no statistics, page index or bloom filter of the files, but read the
                       keys; for files from strangers
      allow_symlinks   True: follow symbolic links that lead out of an input, an error otherwise; in place: take
                       in links to files, which are read and never changed
      key              column or columns, top level or hive; None: all columns (exact duplicates)
      keep             "first", "last", or "none" to drop every row of a key that several rows have
      order_by         what first and last refer to: columns, "-col" descending. Nulls come last, NaN just
                       before them. Without it, and among equals, the order of the input
      scope            "partition": rows of different hive partitions are no duplicates of each other
      nan_equal        False: no NaN equals another
      semantics        "loop": as a Python loop over to_pylist(), see docs/semantics.md
      missing_columns  "null": a column or struct field that some files lack is null there; "error":
                       MissingColumnError or SchemaError where its values are compared
      on_error         "skip": what cannot be read is left out and listed in report.skipped; "fail": it
                       ends the run; "retry": reads are made again, `retries` times (3), after `retry_delay`
                       seconds, which doubles

    Where the result goes:
      output           new or empty directory
      in_place         change the dataset itself; `inputs` is its directory
      dry_run          decide and plan, write nothing; needs no output
      verify           read the result again before it appears: every page that was written or copied,
                       row counts, and that keys are unique
      compression, compression_level
                       codec of row groups that are written anew; otherwise as they were

      publish          in place: "files" replaces them one by one after one commit; "swap" exchanges the
                       directory as a whole (Linux), so that no reader meets files of both states
      keep_backup      in place: new or empty directory that keeps what is replaced or removed
      lock_timeout     in place: seconds to wait for another run that is writing into the dataset

    How it runs (never changes a result):
      memory_limit     bytes, or "512MB", "4GiB", "50%": bounds the resident memory of the process; what
                       the process had before, beyond half of it, is not counted
      temp_dir, temp_limit
                       where scratch goes, and how many bytes at most; otherwise beside the output
      threads          0: one for each processor
      chunk, chunk_rows, chunk_bytes
                       what a thread takes at a time
      sync             False: do not wait until the result is on disk
      engine           "reference": the naive algorithm, slow, in memory, same rows
      optimizations    switches some off: copy_row_groups, copy_files, inline_keys, key_digests,
                       key_ranges, spill
      on_progress      called with a planish.Progress as work is done
      on_log           called with a level ("info", "warning", ...) and a message, which also go to the
                       logger "planish"
      filesystem       of pyarrow or fsspec; it must be local

    Callbacks are called on the calling thread; what they raise ends the run and comes out of it. So does
    KeyboardInterrupt. Other threads run meanwhile.

    Returns a planish.Report. Raises (all of them planish.PlanishError, too) MissingPathError and
    EmptyDatasetError (FileNotFoundError), MissingColumnError (KeyError, ValueError), SchemaError and
    InvalidOptionError (ValueError), NotParquetError, CorruptFileError and EncryptedFileError (ValueError,
    OSError, and pyarrow.ArrowInvalid if that is imported), OutputExistsError
    (FileExistsError), MemoryLimitError (MemoryError), DiskFullError and StorageError (OSError),
    PermissionDeniedError (PermissionError), UnsupportedError (NotImplementedError), DriftError (a source
    changed meanwhile), LockedError (BlockingIOError). After an error nothing has changed and nothing is left
    behind; but after UnfinishedError the change is decided, and planish.recover completes it.
    """
    options = _arguments.given(
        inputs=_arguments.inputs(inputs, filesystem),
        include=_arguments.patterns("include", include),
        exclude=_arguments.patterns("exclude", exclude),
        ignore_table_log=ignore_table_log,
        trust=trust,
        output=None if output is None else _arguments.path(output, "output"),
        in_place=in_place,
        publish=publish,
        keep_backup=None if keep_backup is None else _arguments.path(keep_backup, "keep_backup"),
        lock_timeout=lock_timeout,
        allow_symlinks=allow_symlinks,
        dry_run=dry_run,
        key=_arguments.names("key", key),
        keep=keep,
        order_by=_arguments.names("order_by", order_by),
        scope=scope,
        nan_equal=nan_equal,
        semantics=semantics,
        missing_columns=missing_columns,
        on_error=on_error,
        retries=retries,
        verify=verify,
        compression=_arguments.codec(compression),
        compression_level=compression_level,
        engine=engine,
        optimizations=_arguments.optimizations(optimizations),
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
    return from_dict(Report, json.loads(_planish.dedup(options, context)))


def check(
    inputs: Inputs,
    *,
    include: Patterns | None = None,
    exclude: Patterns | None = None,
    ignore_table_log: bool = False,
    trust: Trust = "statistics",
    allow_symlinks: bool = False,
    key: Columns | None = None,
    scope: Scope = "dataset",
    nan_equal: bool = True,
    missing_columns: MissingColumns = "error",
    on_error: OnError = "skip",
    retries: int | None = None,
    worst_keys: int = 10,
    threads: int = 0,
    memory_limit: Bytes = "2GB",
    temp_dir: Path | None = None,
    temp_limit: Bytes | None = None,
    chunk: Chunk = "auto",
    chunk_rows: int | None = None,
    chunk_bytes: Bytes | None = None,
    retry_delay: float = 0.1,
    on_progress: Callable[[Progress], object] | None = None,
    on_log: Callable[[str, str], object] | None = None,
    filesystem: Any = None,
) -> CheckResult:
    """Find duplicated keys. Writes nothing but scratch.

        if planish.check("events/", key="id"):
            print("there are duplicates")

    key              column or columns; None: all columns
    worst_keys       how many of the most frequent duplicated keys to name

    Everything else, errors included, is as in planish.dedup; scratch goes where the system puts such
    files, unless temp_dir says otherwise.

    Returns a planish.CheckResult, which is true if there are duplicates: `duplicated_keys`,
    `surplus_rows`, the `worst` keys with their rows and where the first of them is, and a `report`.
    """
    options = _arguments.given(
        inputs=_arguments.inputs(inputs, filesystem),
        include=_arguments.patterns("include", include),
        exclude=_arguments.patterns("exclude", exclude),
        ignore_table_log=ignore_table_log,
        trust=trust,
        allow_symlinks=allow_symlinks,
        key=_arguments.names("key", key),
        scope=scope,
        nan_equal=nan_equal,
        missing_columns=missing_columns,
        on_error=on_error,
        retries=retries,
        worst_keys=worst_keys,
    )
    context = _arguments.run_context(
        default_temp_dir=True,
        threads=threads,
        memory_limit=memory_limit,
        temp_dir=temp_dir,
        temp_limit=temp_limit,
        chunk=chunk,
        chunk_rows=chunk_rows,
        chunk_bytes=chunk_bytes,
        retry_delay=retry_delay,
        on_progress=on_progress,
        on_log=on_log,
    )
    return from_dict(CheckResult, json.loads(_planish.check(options, context)))


def inspect(
    inputs: Inputs,
    *,
    include: Patterns | None = None,
    exclude: Patterns | None = None,
    ignore_table_log: bool = False,
    allow_symlinks: bool = False,
    missing_columns: MissingColumns = "error",
    memory_limit: Bytes = "2GB",
    filesystem: Any = None,
) -> InspectResult:
    """Say what a dataset is made of, from its footers alone.

        planish.inspect("events/").columns[0].codecs

    Returns a planish.InspectResult: files, row groups, rows, bytes, hive partitions, writers, and for each
    column its type, codecs, encodings, statistics and sizes. Errors are those of planish.dedup.
    """
    options = _arguments.given(
        inputs=_arguments.inputs(inputs, filesystem),
        include=_arguments.patterns("include", include),
        exclude=_arguments.patterns("exclude", exclude),
        ignore_table_log=ignore_table_log,
        allow_symlinks=allow_symlinks,
        missing_columns=missing_columns,
    )
    return from_dict(InspectResult, json.loads(_planish.inspect(options, {"memory_limit": memory_limit})))


def recover(dataset: Path, *, lock_timeout: float = 0) -> Recovery:
    """Settle what an interrupted run has left of changing a dataset in place.

        planish.recover("events/").outcome

    dataset       its directory
    lock_timeout  seconds to wait for another run that is writing into it

    Every run that writes into a dataset does the same before it starts. A second call finds nothing to do.

    Returns a planish.Recovery. Raises UnfinishedError where it cannot be settled safely, because its journal is
    damaged or files have changed since; nothing is changed or deleted then. MissingPathError
    (FileNotFoundError), LockedError (BlockingIOError).
    """
    options = {"dataset": _arguments.path(dataset, "dataset"), "lock_timeout": lock_timeout}
    return from_dict(Recovery, json.loads(_planish.recover(options)))


def restore(dataset: Path, *, backup: Path, dry_run: bool = False, lock_timeout: float = 0) -> Restoration:
    """Undo a change of a dataset in place, by the backup that it kept.

        planish.dedup("events/", in_place=True, key="id", keep_backup="before/")
        planish.restore("events/", backup="before/")

    dataset       its directory
    backup        what was given to that run as keep_backup
    dry_run       check everything and say what would be done, write nothing
    lock_timeout  seconds to wait for another run that is writing into the dataset

    All or nothing, as every change of a dataset; planish.recover or the next run settles what is interrupted.
    The backup stays.

    Returns a planish.Restoration. Raises DriftError, which names the file, if the dataset is not as that run has
    left it; CorruptFileError (ValueError) if the backup is not what it was; MissingPathError (FileNotFoundError) for
    a directory that is no backup; LockedError (BlockingIOError). Nothing is changed then.
    """
    options = {
        "dataset": _arguments.path(dataset, "dataset"),
        "backup": _arguments.path(backup, "backup"),
        "dry_run": dry_run,
        "lock_timeout": lock_timeout,
    }
    return from_dict(Restoration, json.loads(_planish.restore(options, {})))
