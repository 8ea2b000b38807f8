# SPDX-License-Identifier: Apache-2.0
"""The columns of a source beside those of the dataset that it is merged into."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Any, Callable

from planish._verbs import inspect
from planish.compat._data_files import hive_columns
from planish.compat._source_rows import cast_like, column_names
from planish.errors import InvalidOptionError, MissingColumnError, PlanishError, SchemaError
from planish.results import Report

if TYPE_CHECKING:
    import pyarrow

# No PyArrow; or a value that does not fit, types without a common one, casts that there are not, as PyArrow has it.
_NO_CAST = (ImportError, ValueError, TypeError, NotImplementedError, OSError)


def check_source(source: Any, keys: list[str], partitions: list[str]) -> None:
    there = column_names(source)
    if there is None:
        return
    for kind, names in (("key", keys), ("partition", partitions)):
        missing = [name for name in names if name not in there]
        if missing:
            raise _missing_column(f"{kind} column not found in the source", missing[0], there)


def check_target(
    directory: pathlib.Path,
    keys: list[str],
    partitions: list[str],
    files: dict[str, Any],
    ignore_table_log: bool = False,
) -> None:
    """The dataset has these columns. One file tells mostly; all of it, of which some files may lack a column,
    is asked if that one does not."""
    there = _columns(next(iter(files)), ignore_table_log)
    if not set(there).issuperset(keys + partitions):
        there = _columns(directory, ignore_table_log)
    for key in keys:
        if key not in there:
            raise _missing_column("key column not found in the dataset", key, there)
    if not set(there).issuperset(partitions):
        hive = hive_columns(directory, files)
        raise InvalidOptionError(
            f"partition_columns are not those of the dataset: {', '.join(partitions)}",
            hint=f"it has {', '.join(hive) or 'none'}",
        )


def _columns(inputs: str | pathlib.Path, ignore_table_log: bool) -> list[str]:
    inspected = inspect(
        inputs, missing_columns="null", ignore_table_log=ignore_table_log, allow_symlinks=True
    )
    return [column.name for column in inspected.schema]


def _missing_column(message: str, column: str, there: list[str]) -> MissingColumnError:
    has = ", ".join(there)
    text = f"{message}: {column}\n  has: {has}"
    return MissingColumnError(f"{message}: {column}", text=text, column=column, facts={"has": has})


def with_casts(
    run: Callable[[Any], Report],
    source: Any,
    directory: pathlib.Path,
    files: dict[str, Any],
    ignore_table_log: bool = False,
) -> Report:
    """Runs a merge, which promotes types; where it cannot, with the source cast to the dataset's types. After
    an error nothing has changed, so a second attempt sees the same dataset."""
    try:
        return run(source)
    except SchemaError as refused:
        try:
            cast = cast_like(source, _fields(directory, files, ignore_table_log))
        except _NO_CAST as error:
            raise refused from error
        if cast is None:
            raise
        return run(cast)


def _fields(
    directory: pathlib.Path, files: dict[str, Any], ignore_table_log: bool
) -> list[pyarrow.Field]:
    """Columns of the dataset in the widest of their types, those of its directories included."""
    import pyarrow
    import pyarrow.parquet

    schema = pyarrow.unify_schemas(
        [pyarrow.parquet.read_schema(file) for file in files], promote_options="permissive"
    )
    fields = list(schema)
    if hive_columns(directory, files):
        try:
            inspected = inspect(
                directory, missing_columns="null", ignore_table_log=ignore_table_log, allow_symlinks=True
            )
        except PlanishError:
            return fields
        fields += [
            pyarrow.field(column.name, pyarrow.type_for_alias(column.type))
            for column in inspected.columns
            if column.hive and column.name not in schema.names
        ]
    return fields
