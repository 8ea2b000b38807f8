# SPDX-License-Identifier: Apache-2.0
"""The verbs that work on tables and streams of record batches."""

from __future__ import annotations

import atexit
import itertools
import json
import os
import sys
import uuid
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Literal, Mapping

from planish import _arguments, _frames, _planish
from planish._verbs import Bytes, Columns, Keep, Path, Patterns
from planish.errors import InvalidOptionError
from planish.results import Progress, Report, from_dict

if TYPE_CHECKING:
    import pyarrow


# Whoever still refers to a stream when the interpreter goes: scratch does not stay.
atexit.register(_planish.close_streams)


class _Exported:
    """Capsules of a schema and perhaps of values, for whoever knows the PyCapsule interface."""

    def __init__(self, schema: object, array: object = None) -> None:
        self._schema = schema
        self._array = array

    def __arrow_c_schema__(self) -> object:
        return self._schema

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return self._schema, self._array


def _pyarrow() -> Any:
    """PyArrow, or None where there is none."""
    try:
        import pyarrow
    except ImportError:
        return None
    return pyarrow


class BatchStream:
    """The rows that stay, as record batches: what planish.drop_duplicates returns.

    Read it once, in one of these ways:

        for batch in stream: ...          # pyarrow.RecordBatch
        table = stream.read_all()         # pyarrow.Table
        reader = stream.to_reader()       # pyarrow.RecordBatchReader, for what takes one
        frame = stream.to_pandas()        # pandas.DataFrame
        frame = stream.to_polars()        # polars.DataFrame
        stream.write_parquet("a.parquet") # batch by batch, so that it need not fit in memory
        duckdb.from_arrow(stream)         # whatever knows the Arrow PyCapsule interface

    Without PyArrow, the first gives batches, and `schema` a schema, which whatever knows the interface can take, once each.
    All but the last raise what planish.drop_duplicates describes; through the PyCapsule interface, which has
    no more than text, others raise errors of their own with that text; a KeyboardInterrupt comes as soon as
    Python code runs on. `close()`, or leaving a `with`,
    ends the run and removes scratch; so does reading to the end."""

    def __init__(self, native: _planish.Stream) -> None:
        self._native = native

    @property
    def schema(self) -> pyarrow.Schema:
        """The schema, which is that of the source."""
        exported: Any = _Exported(self._native.schema())
        pyarrow = _pyarrow()
        return exported if pyarrow is None else pyarrow.schema(exported)

    @property
    def report(self) -> Report:
        """What was done so far; times and memory are there once the stream has been read to its end."""
        return from_dict(Report, json.loads(self._native.report()))

    @property
    def spooled_rows(self) -> int:
        """Rows that went through scratch before it was known which of them stay."""
        return self._native.spooled_rows()

    def __iter__(self) -> Iterator[pyarrow.RecordBatch]:
        return self

    def __next__(self) -> pyarrow.RecordBatch:
        capsules = self._native.next()
        if capsules is None:
            raise StopIteration
        exported: Any = _Exported(*capsules)
        pyarrow = _pyarrow()
        return exported if pyarrow is None else pyarrow.record_batch(exported)

    def read_all(self) -> pyarrow.Table:
        """All that is left, as a table."""
        import pyarrow

        return pyarrow.Table.from_batches(list(self), schema=self.schema)

    def to_reader(self) -> pyarrow.RecordBatchReader:
        """A PyArrow reader of what is left."""
        import pyarrow

        return pyarrow.RecordBatchReader.from_batches(self.schema, self)

    def to_pandas(self, **options: Any) -> Any:
        """All that is left, as a pandas.DataFrame; `options` are those of pyarrow.Table.to_pandas. An index
        that was a column on the way in is the index again; the default index is counted anew, whereas
        pandas' drop_duplicates keeps the labels of the rows that stay."""
        return self.read_all().to_pandas(**options)

    def to_polars(self) -> Any:
        """All that is left, as a polars.DataFrame."""
        import polars  # type: ignore[import-not-found,unused-ignore]

        return polars.DataFrame(self)

    def write_parquet(self, path: Path, **options: Any) -> Report:
        """Write all that is left to one Parquet file, batch by batch. The file appears, or takes the place of
        one that is there, when it is complete; on an error nothing is left of it.

        `options` are those of pyarrow.parquet.ParquetWriter, as compression="zstd". Returns the report."""
        import pyarrow.parquet

        target = os.fsdecode(_arguments.path(path, "path"))
        folder, name = os.path.split(target)
        staged = os.path.join(folder, f".{name[:100]}.{uuid.uuid4().hex[:16]}.tmp")
        os.close(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        try:
            with pyarrow.parquet.ParquetWriter(staged, self.schema, **options) as writer:
                for batch in self:
                    writer.write_batch(batch)
            os.replace(staged, target)
        except BaseException:
            os.unlink(staged)
            raise
        return self.report

    def __arrow_c_schema__(self) -> object:
        return self._native.schema()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._native.export()

    def close(self) -> None:
        """End the run. Batches that were read stay valid."""
        self._native.close()

    def __enter__(self) -> BatchStream:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        report = self.report
        return f"<planish.BatchStream: {report.rows_in:,} rows read, {report.rows_kept:,} kept so far>"


def drop_duplicates(
    source: Any,
    key: Columns | None = None,
    *,
    subset: Any = None,
    include: Patterns | None = None,
    exclude: Patterns | None = None,
    ignore_table_log: bool = False,
    allow_symlinks: bool = False,
    keep: Keep | Literal[False] = "first",
    order_by: Columns | None = None,
    nan_equal: bool = True,
    source_name: str = "stream",
    optimizations: Mapping[str, bool] | None = None,
    threads: int = 0,
    memory_limit: Bytes = "2GB",
    temp_dir: Path | None = None,
    temp_limit: Bytes | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    on_log: Callable[[str, str], object] | None = None,
    filesystem: Any = None,
) -> BatchStream:
    """Drop the duplicate rows of a table or a stream, lazily.

        table = planish.drop_duplicates(table, ["id"]).read_all()
        for batch in planish.drop_duplicates(reader, "id", memory_limit="512MB"): ...

    source           what has record batches: anything with the Arrow PyCapsule interface (tables, batches and
                     readers of PyArrow, DataFrames of pandas and Polars, relations of DuckDB), a
                     pyarrow.dataset.Dataset or Scanner, or an iterable of batches, tables or DataFrames, whose
                     columns are matched by name with those of the first and promoted to its types without loss
                     (else a SchemaError names the batch); or paths, as in planish.dedup,
                     whose rows come with promoted types and hive columns. Of pandas, an index other than
                     the default one is a column, as pyarrow.Table.from_pandas has it, but never part of the
                     key unless the key names it
    key              column or columns; None: all columns
    subset           what pandas and Polars call the key: one of the two may be given
    keep, order_by, nan_equal
                     as in planish.dedup; the order of the input is that of the stream. False, as in pandas,
                     is "none"
    source_name      what errors call the source
    include, exclude, ignore_table_log, allow_symlinks
                     of paths, as in planish.dedup
    memory_limit, temp_dir, temp_limit, threads, optimizations, on_progress, on_log
                     as in planish.dedup. Scratch goes where the system puts such files. Batches that the
                     caller keeps are the caller's: they do not count, but their room is not there for keys

    With keep="first" and no order, rows come out as soon as they come in, and only keys are held, in up to
    half of the memory limit; what comes after that goes through scratch. In all other cases the source is
    read to its end first, into scratch. A batch of which every row stays comes out as it is, without a copy.
    Callbacks are called on the thread that reads.

    Returns a planish.BatchStream. Raises MissingColumnError (KeyError), UnsupportedError
    (NotImplementedError) for a key type without a rule, InvalidOptionError (ValueError); later, while it is
    read, MemoryLimitError (MemoryError), DiskFullError (OSError), and what the source or a callback raises.
    """
    context = _arguments.run_context(
        default_temp_dir=True,
        threads=threads,
        memory_limit=memory_limit,
        temp_dir=temp_dir,
        temp_limit=temp_limit,
        on_progress=on_progress,
        on_log=on_log,
    )
    key = _key_or_subset(key, subset)
    if _frames.is_pandas(source) and not _is_index(source, key):
        key = _frames.column_names(source, key)
    options = _options(key, keep, order_by, nan_equal, optimizations)
    if is_paths(source):
        options |= _arguments.given(
            inputs=_arguments.inputs(source, filesystem),
            include=_arguments.patterns("include", include),
            exclude=_arguments.patterns("exclude", exclude),
            ignore_table_log=ignore_table_log,
            allow_symlinks=allow_symlinks,
        )
        return BatchStream(_planish.stream_dataset(options, context))
    if include is not None or exclude is not None or ignore_table_log or allow_symlinks:
        raise InvalidOptionError("include, exclude, ignore_table_log and allow_symlinks go with paths only")
    options["source_name"] = source_name
    return BatchStream(_planish.drop_duplicates(record_batches(source), options, context))


def duplicated(
    source: Any,
    key: Columns | None = None,
    *,
    subset: Any = None,
    keep: Keep | Literal[False] = "first",
    order_by: Columns | None = None,
    nan_equal: bool = True,
    source_name: str = "stream",
    optimizations: Mapping[str, bool] | None = None,
    threads: int = 0,
    memory_limit: Bytes = "2GB",
    temp_dir: Path | None = None,
    temp_limit: Bytes | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    on_log: Callable[[str, str], object] | None = None,
) -> Any:
    """Say of each row whether it is a duplicate: true where planish.drop_duplicates would drop it.

        surplus = table.filter(planish.duplicated(table, ["id"]))
        frame = frame[~planish.duplicated(frame, "id")]            # pandas
        frame = frame.filter(~planish.duplicated(frame, "id"))     # Polars

    Reads the source to its end, and holds its keys and one bit a row only. Arguments and errors are those
    of planish.drop_duplicates; paths are not taken, because rows of files have no place of their own.

    The index of a pandas frame is no column here, and its columns may have labels of any kind, as in pandas.

    Returns one value a row, none of them null: of a pandas frame a pandas.Series with its index, of a Polars
    frame a polars.Series, of everything else a pyarrow.BooleanArray; without PyArrow, an object with
    `__arrow_c_array__`.
    """
    if is_paths(source):
        raise TypeError("duplicated takes tables and streams; planish.check looks at files")
    context = _arguments.run_context(
        default_temp_dir=True,
        threads=threads,
        memory_limit=memory_limit,
        temp_dir=temp_dir,
        temp_limit=temp_limit,
        on_progress=on_progress,
        on_log=on_log,
    )
    key = _key_or_subset(key, subset)
    rows = source
    if _frames.is_pandas(source):
        rows, key = _frames.by_position(source, key)
        if len(rows) == 0 or not key:
            # No row, or no column to tell rows apart by: nothing for the engine to compare.
            return sys.modules["pandas"].Series(False, index=source.index, dtype=bool)
    options = _options(key, keep, order_by, nan_equal, optimizations)
    options["source_name"] = source_name
    mask = _Exported(*_planish.duplicated(record_batches(rows), options, context))
    if _frames.is_pandas(source) or _frames.is_polars(source):
        return _frames.mask_as_series(source, mask)
    pyarrow = _pyarrow()
    return mask if pyarrow is None else pyarrow.array(mask)


def _key_or_subset(key: Any, subset: Any) -> Any:
    if subset is None:
        return key
    if key is not None:
        raise InvalidOptionError("key and subset are two names for one thing", hint="give one of them")
    return subset


def _is_index(frame: Any, key: Any) -> bool:
    """Whether the key names levels of the index, which are columns in Arrow."""
    names = [key] if isinstance(key, str) else list(key or [])
    return bool(names) and any(name in frame.index.names and name not in frame.columns for name in names)


def _options(
    key: Columns | None,
    keep: Keep | Literal[False],
    order_by: Columns | None,
    nan_equal: bool,
    optimizations: Mapping[str, bool] | None,
) -> dict[str, Any]:
    return _arguments.given(
        key=_arguments.names("key", key),
        keep="none" if keep is False else keep,
        order_by=_arguments.names("order_by", order_by),
        nan_equal=nan_equal,
        optimizations=_arguments.optimizations(optimizations),
    )


def is_paths(source: Any) -> bool:
    if isinstance(source, (list, tuple)):
        return bool(source) and all(is_paths(item) for item in source)
    return isinstance(source, (str, bytes, os.PathLike))


def record_batches(source: Any) -> Any:
    """A stream's capsule, or its schema's with an iterator of its batches; None for the schema of the first."""
    if hasattr(source, "collect_batches"):  # A polars.LazyFrame, which has rows only once it is asked for them.
        return source.collect_schema().__arrow_c_schema__(), iter(source.collect_batches())
    schema: Any = getattr(source, "schema", None)
    if hasattr(schema, "__arrow_c_schema__"):
        # Batch by batch where that can be, since a stream's capsule has but the text of what Python raises.
        if hasattr(source, "__next__"):
            return schema.__arrow_c_schema__(), source
        if hasattr(source, "scanner"):
            return schema.__arrow_c_schema__(), source.scanner().to_reader()
        if hasattr(source, "__arrow_c_array__"):
            return schema.__arrow_c_schema__(), iter([source])
    if hasattr(source, "__arrow_c_stream__"):
        return source.__arrow_c_stream__()
    if hasattr(source, "to_reader"):
        return record_batches(source.to_reader())
    if isinstance(source, Iterable) and not isinstance(source, Mapping):
        items = _flat(source)
        first: Any = next(items, None)
        if first is None:
            raise ValueError("there is no batch, and so no schema: pass a reader or a table")
        return None, itertools.chain([first], items)
    raise TypeError(
        "source must be a table, a reader, or an iterable of record batches with the Arrow PyCapsule "
        f"interface, or paths, not {type(source).__name__}"
        + ("; pass what its collect() gives" if hasattr(source, "collect") else "")
    )


def _flat(items: Iterable[Any]) -> Iterator[Any]:
    """The batches, tables and frames of an iterable, those of the readers in it one by one."""
    for item in items:
        if hasattr(item, "__next__"):
            yield from _flat(item)
        elif hasattr(item, "__arrow_c_array__") or hasattr(item, "__arrow_c_stream__"):
            yield item
        else:
            raise TypeError(
                "source must be a table, a reader, or an iterable of record batches or tables with the "
                f"Arrow PyCapsule interface, or paths; an item is of type {type(item).__name__}"
            )
