# SPDX-License-Identifier: Apache-2.0
"""What is given as rows to merge, made what planish.merge takes, as the old method did it with PyArrow."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Iterable, Iterator

from planish._streams import is_paths
from planish.errors import InvalidOptionError

if TYPE_CHECKING:
    import pyarrow


def source_rows(data: Any, schema: pyarrow.Schema | None) -> Any:
    """One source: tables of a list are put together, each column in the widest of its types, and null where
    a table lacks it. With a schema its columns come first, in its order and types, and as null where the data
    lacks them; others follow."""
    if isinstance(data, (list, tuple)) and not is_paths(data):
        data = _combined(data)
    if schema is None:
        return data
    if is_paths(data):
        raise TypeError("schema needs a table or a stream, not paths")
    return with_schema(_table(data), schema) if is_table(data) else _stream_with_schema(data, schema)


def is_table(data: Any) -> bool:
    """In memory, and so to be had more than once."""
    columnar = hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__")
    return columnar and hasattr(data, "__len__")


def column_names(data: Any) -> list[str] | None:
    """None where they are not known before the data is read."""
    schema: Any = getattr(data, "schema", None)
    names = schema.names if hasattr(schema, "names") else getattr(data, "columns", None)
    return None if names is None or callable(names) else [str(name) for name in names]


def without_rows(data: Any) -> tuple[bool, Any]:
    """Whether there are none; and the data, since a part of it may have been read."""
    if is_paths(data):
        return False, data
    if is_table(data):
        return len(data) == 0, data
    batches = _batches(data)
    first = next((batch for batch in batches if batch.num_rows), None)
    return first is None, itertools.chain([] if first is None else [first], batches)


def cast_like(data: Any, wanted: Iterable[pyarrow.Field]) -> pyarrow.Table | None:
    """The data in the types of these fields, where it has them; None if it has them in these types, or
    cannot be read twice. PyArrow's errors say which value does not fit."""
    if not is_table(data):
        return None
    import pyarrow

    table = _table(data)
    types = {field.name: field.type for field in wanted}
    schema = pyarrow.schema(
        [field.with_type(types.get(field.name, field.type)) for field in table.schema],
        metadata=table.schema.metadata,
    )
    return None if schema == table.schema else table.cast(schema)


def with_schema(table: pyarrow.Table, schema: pyarrow.Schema) -> pyarrow.Table:
    import pyarrow

    for field in schema:
        if field.name not in table.column_names:
            table = table.append_column(field, pyarrow.nulls(table.num_rows, field.type))
    others = [field for field in table.schema if field.name not in schema.names]
    wanted = pyarrow.schema([*schema, *others], metadata=schema.metadata)
    return table.select(wanted.names).cast(wanted)


def _combined(tables: Any) -> pyarrow.Table:
    import pyarrow

    if not tables:
        raise InvalidOptionError("data holds no table")
    return pyarrow.concat_tables([_table(table) for table in tables], promote_options="permissive")


def _table(data: Any) -> pyarrow.Table:
    import pyarrow

    if isinstance(data, pyarrow.RecordBatch):
        return pyarrow.Table.from_batches([data])
    if not hasattr(data, "__arrow_c_stream__"):
        raise TypeError(f"data must be a table, not {type(data).__name__}")
    return pyarrow.table(data)


def _batches(stream: Any) -> Iterator[pyarrow.RecordBatch]:
    """Batch by batch where that can be, since a stream's capsule has but the text of what Python raises."""
    if hasattr(stream, "scanner"):
        stream = stream.scanner()
    if hasattr(stream, "to_reader") and not hasattr(stream, "__next__"):
        stream = stream.to_reader()
    if not hasattr(stream, "__iter__"):
        import pyarrow

        stream = pyarrow.RecordBatchReader.from_stream(stream)
    return iter(stream)


def _stream_with_schema(stream: Any, schema: pyarrow.Schema) -> Any:
    import pyarrow

    def cast() -> Iterator[pyarrow.RecordBatch]:
        for batch in _batches(stream):
            table = with_schema(pyarrow.Table.from_batches([batch]), schema)
            yield from table.combine_chunks().to_batches()

    known = getattr(stream, "schema", None)
    if known is None:
        return cast()
    return pyarrow.RecordBatchReader.from_batches(
        with_schema(known.empty_table(), schema).schema, cast()
    )
