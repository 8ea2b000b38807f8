# SPDX-License-Identifier: Apache-2.0
"""Calls of PyarrowDatasetIO.merge that the old method took, with what it made of them."""

import datetime
import inspect

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from planish.compat import PyarrowDatasetIO
from datasets import codecs_in, rows_in, write

ONE = {"a.parquet": {"id": [1, 2], "x": [1, 2]}}
INTS = pa.schema([("id", pa.int64()), ("x", pa.int64())])


def merged(directory, data, strategy="upsert", key="id", **arguments):
    """The dataset's rows as (id, x), after the merge."""
    data = pa.table(data) if isinstance(data, dict) else data
    PyarrowDatasetIO().merge(data, str(directory), strategy, key, **arguments)
    return sorted((row["id"], row.get("x")) for row in rows_in(directory))


def test_every_argument_of_the_old_method_is_there_and_in_the_help():
    arguments = inspect.signature(PyarrowDatasetIO.merge).parameters
    assert list(arguments)[1:5] == ["data", "path", "strategy", "key_columns"]
    assert {"partition_columns", "schema", "compression", "max_rows_per_file", "row_group_size",
            "merge_chunk_size_rows", "enable_streaming_merge", "merge_max_memory_mb",
            "merge_max_process_memory_mb", "merge_min_system_available_mb", "merge_progress_callback",
            "use_merge"} <= set(arguments)
    for name in list(arguments)[1:]:
        assert name in PyarrowDatasetIO.merge.__doc__, name


@pytest.mark.parametrize("arguments", [
    {"enable_streaming_merge": False}, {"enable_streaming_merge": True, "use_merge": True},
    {"use_merge": False}, {"max_rows_per_file": None, "row_group_size": None},
    {"merge_max_memory_mb": 512.5, "merge_max_process_memory_mb": 2048, "merge_min_system_available_mb": 1},
    {"merge_max_process_memory_mb": None}, {"partition_columns": []}, {"partition_columns": None},
    {"compression": None}, {"compression": "none"},
], ids=str)
def test_arguments_that_planish_has_no_use_for_are_taken(tmp_path, arguments):
    write(tmp_path, ONE)
    assert merged(tmp_path, {"id": [1, 3], "x": [9, 9]}, **arguments) == [(1, 9), (2, 2), (3, 9)]


@pytest.mark.parametrize("codec", ["ZSTD", "Zstd", "zstd", "SNAPPY", "GZIP", "NONE"])
def test_codecs_are_called_in_capitals_too(tmp_path, codec):
    merged(tmp_path / "new", {"id": [1, 3], "x": [9, 9]}, compression=codec)
    assert codecs_in(tmp_path) == {"UNCOMPRESSED" if codec == "NONE" else codec.upper()}


@pytest.mark.parametrize("key", [" id", "id ", [" id "], ["id", "id"], ("id",), ["id", " id"]], ids=repr)
def test_key_names_with_blanks_around_and_twice(tmp_path, key):
    write(tmp_path, ONE)
    assert merged(tmp_path, {"id": [1, 3], "x": [9, 9]}, key=key) == [(1, 9), (2, 2), (3, 9)]


@pytest.mark.parametrize("key", ["", " ", [], ["id", " "]], ids=repr)
def test_key_names_of_nothing_are_value_errors(tmp_path, key):
    write(tmp_path, ONE)
    with pytest.raises(ValueError, match="key_columns cannot"):
        merged(tmp_path, {"id": [1], "x": [9]}, key=key)


@pytest.mark.parametrize("data,schema,expected", [
    ([{"id": [1], "x": [9]}, {"id": [3], "x": [8]}], INTS, [(1, 9), (2, 2), (3, 8)]),
    ({"x": [9, 8], "id": [1, 3]}, INTS, [(1, 9), (2, 2), (3, 8)]),
    ({"id": [1, 3]}, INTS, [(1, None), (2, 2), (3, None)]),
    ({"id": ["1", "3"], "x": [9.0, 8.0]}, INTS, [(1, 9), (2, 2), (3, 8)]),
    ({"x": [9, 8], "id": ["1", "3"]}, pa.schema([("id", pa.int64())]), [(1, 9), (2, 2), (3, 8)]),
    ([{"x": ["9"]}, {"id": [3]}], INTS, [(1, 1), (2, 2), (3, None), (None, 9)]),
], ids=["of a list", "reorders", "adds", "casts", "names some", "of a list that differs"])
def test_a_schema_reorders_adds_and_casts_columns(tmp_path, data, schema, expected):
    write(tmp_path, ONE)
    data = [pa.table(table) for table in data] if isinstance(data, list) else pa.table(data)
    PyarrowDatasetIO().merge(data, tmp_path, "upsert", "id", schema=schema)
    assert sorted(((r["id"], r["x"]) for r in rows_in(tmp_path)), key=str) == sorted(expected, key=str)


def test_a_schema_is_for_streams_too(tmp_path):
    write(tmp_path, ONE)
    table = pa.table({"x": ["9", "8"], "id": [1, 3]})
    assert merged(tmp_path, table.to_reader(), schema=INTS) == [(1, 9), (2, 2), (3, 8)]
    batches = iter(pa.table({"x": ["7", "6"], "id": [1, 4]}).to_batches(max_chunksize=1))
    assert merged(tmp_path, batches, schema=INTS) == [(1, 7), (2, 2), (3, 8), (4, 6)]


def test_a_schema_that_a_value_does_not_fit_is_pyarrows_error(tmp_path):
    write(tmp_path, ONE)
    with pytest.raises(pa.ArrowInvalid, match="parse"):
        merged(tmp_path, {"id": ["one"], "x": [9]}, schema=INTS)
    assert rows_in(tmp_path) == [{"id": 1, "x": 1}, {"id": 2, "x": 2}]


@pytest.mark.parametrize("tables,expected", [
    ([{"id": pa.array([1], pa.int32()), "x": [9]}, {"id": [3], "x": [8.0]}], [(1, 9), (2, 2), (3, 8)]),
    ([{"x": [9], "id": [1]}, {"id": [3], "x": [8]}], [(1, 9), (2, 2), (3, 8)]),
    ([{"id": [1]}, {"id": [3], "x": [8]}], [(1, None), (2, 2), (3, 8)]),
    ([{"id": [1], "x": pa.nulls(1)}, {"id": [3], "x": [8]}], [(1, None), (2, 2), (3, 8)]),
    ([{"id": [1], "x": [9]}, {"id": [1], "x": [7]}], [(1, 7), (2, 2)]),
], ids=["types", "order", "columns", "null", "one key"])
def test_tables_of_a_list_are_matched_by_name_and_promoted(tmp_path, tables, expected):
    write(tmp_path, ONE)
    assert merged(tmp_path, [pa.table(table) for table in tables]) == expected


def test_a_list_without_a_table_is_a_value_error(tmp_path):
    write(tmp_path, ONE)
    with pytest.raises(ValueError, match="no table"):
        merged(tmp_path, [])


@pytest.mark.parametrize("wanted,given,result", [
    (pa.int64(), pa.array(["9"]), 9), (pa.int64(), pa.array([9.0]), 9), (pa.int64(), pa.array([True]), 1),
    (pa.int64(), pa.array([9], pa.uint64()), 9), (pa.int32(), pa.array([9], pa.decimal128(5, 0)), 9),
    (pa.string(), pa.array([9]), "9"), (pa.string(), pa.array([b"z"]), "z"),
    (pa.string(), pa.array([datetime.date(2024, 2, 29)]), "2024-02-29"),
    (pa.string(), pa.array(["z"]).dictionary_encode(), "z"), (pa.float64(), pa.array([9]), 9.0),
    (pa.float32(), pa.array([0.1]), pa.scalar(0.1, pa.float32()).as_py()),
    (pa.timestamp("us", "UTC"), pa.array([5], pa.timestamp("us")), 5),
    (pa.timestamp("us", "UTC"), pa.array([5000], pa.timestamp("ns", "UTC")), 5),
    (pa.timestamp("us", "UTC"), pa.array([5]), 5),
], ids=str)
def test_values_are_cast_as_pyarrow_casts_them(tmp_path, wanted, given, result):
    write(tmp_path, {"a.parquet": {"id": [1, 2], "x": pa.nulls(2, wanted)}})
    source = pa.table({"id": pa.chunked_array([[1], [3]]), "x": pa.chunked_array([given, given])})
    PyarrowDatasetIO().merge(source, tmp_path, "upsert", "id")
    tables = [pq.read_table(file) for file in sorted(tmp_path.glob("*.parquet"))]
    assert {table.schema.field("x").type for table in tables} == {wanted}
    values = pa.concat_tables(tables).sort_by("id")["x"]
    values = values.cast(pa.int64()) if pa.types.is_timestamp(wanted) else values
    assert values.to_pylist() == [result, None, result]


@pytest.mark.parametrize("strategy,column,given", [
    *((strategy, "x", given) for strategy in ("insert", "update", "upsert")
      for given in ([9.5], ["nine"], pa.array([2**63], pa.uint64()))),
    # An update may as well find that no row has this key.
    ("insert", "id", [1.5]), ("upsert", "id", [1.5])], ids=str)
def test_values_that_would_change_are_value_errors_and_change_nothing(tmp_path, strategy, column, given):
    write(tmp_path, ONE)
    row = {"id": [3 if strategy == "insert" else 1], "x": [9]} | {column: given}
    with pytest.raises(ValueError):
        merged(tmp_path, row, strategy)
    assert rows_in(tmp_path) == [{"id": 1, "x": 1}, {"id": 2, "x": 2}]


def test_keys_of_another_type_find_their_rows(tmp_path):
    write(tmp_path, ONE)
    assert merged(tmp_path, {"id": ["1", "3"], "x": [9, 8]}) == [(1, 9), (2, 2), (3, 8)]
    assert merged(tmp_path, {"id": [1.0, 4.0], "x": [7, 6]}) == [(1, 7), (2, 2), (3, 8), (4, 6)]


@pytest.mark.parametrize("strategy,columns", [
    ("insert", [["id", "x"], ["id", "x", "y"]]), ("upsert", [["id", "x", "y"], ["id", "x", "y"]]),
    ("update", [["id", "x"]])])
def test_columns_that_the_dataset_lacks_come_into_files_that_are_written(tmp_path, strategy, columns):
    write(tmp_path, ONE)
    merged(tmp_path, {"id": [1, 3], "x": [9, 9], "y": ["a", "b"]}, strategy)
    files = sorted(tmp_path.glob("*.parquet"))
    assert [pq.read_schema(file).names for file in files] == columns


def test_columns_that_the_data_lacks_are_null(tmp_path):
    write(tmp_path, ONE)
    assert merged(tmp_path, {"id": [1, 3]}) == [(1, None), (2, 2), (3, None)]


@pytest.mark.parametrize("strategy", ["insert", "upsert"])
def test_no_rows_make_no_directory(tmp_path, strategy):
    empty = INTS.empty_table()
    for data in (empty, [empty, empty], empty.to_reader(), empty.to_pandas()):
        result = PyarrowDatasetIO().merge(data, tmp_path / "new", strategy, "id")
        assert (result.source_count, result.target_count_after, result.files) == (0, 0, [])
        assert result.metrics["files_processed"] == 0 and result.metrics["key_tracker"]["current_count"] == 0
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="key column not found"):
        PyarrowDatasetIO().merge(empty.select(["x"]), tmp_path / "new", strategy, "id")


def test_a_missing_dataset_is_made_of_a_stream_whose_first_batches_are_empty(tmp_path):
    batch = pa.record_batch({"id": [1], "x": [9]})
    assert merged(tmp_path / "new", iter([batch.slice(0, 0), batch])) == [(1, 9)]


def test_the_old_class_was_a_context_manager(tmp_path):
    write(tmp_path, ONE)
    with PyarrowDatasetIO(filesystem=None) as io:
        assert io.merge(pa.table({"id": [1], "x": [9]}), tmp_path, "update", "id").updated == 1
        assert io.filesystem is None
