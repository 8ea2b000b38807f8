# SPDX-License-Identifier: Apache-2.0
"""partition_columns of PyarrowDatasetIO.merge."""

import datetime

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from planish.compat import PyarrowDatasetIO
from datasets import codecs_in, rows_in, write


def merge(directory, columns, partition_columns, strategy="upsert", key="id", **arguments):
    data = pa.table(columns) if isinstance(columns, dict) else columns
    return PyarrowDatasetIO().merge(
        data, directory, strategy, key, partition_columns=partition_columns, **arguments)


def files_below(directory):
    return sorted(str(file.parent.relative_to(directory)) for file in directory.rglob("*.parquet"))


@pytest.fixture
def hourly(tmp_path):
    directory = tmp_path / "hourly"
    write(directory, {"day=1/hour=1/a.parquet": {"id": [1, 2], "x": [1, 2]},
                      "day=2/hour=1/b.parquet": {"id": [3], "x": [3]}})
    return directory


@pytest.mark.parametrize("wanted", [["day", "hour"], ["hour", "day"], ["day"], "hour", [" day "], []], ids=str)
def test_partition_columns_in_any_order_and_some_of_them(hourly, wanted):
    result = merge(hourly, {"id": [1, 9], "x": [8, 8], "day": [1, 2], "hour": [1, 3]}, wanted)
    assert (result.updated, result.inserted) == (1, 1)
    assert files_below(hourly) == ["day=1/hour=1", "day=2/hour=1", "day=2/hour=3"]


def test_partition_columns_where_files_differ_in_columns(tmp_path):
    write(tmp_path, {"d=1/a.parquet": {"id": [1], "x": [1]}, "d=2/b.parquet": {"id": [3]}})
    result = merge(tmp_path, {"id": [1, 3, 9], "x": [5, 6, 7], "d": [1, 2, 2]}, ["d"])
    assert (result.updated, result.inserted) == (2, 1)
    assert sorted((row["id"], row["x"]) for row in rows_in(tmp_path)) == [(1, 5), (3, 6), (9, 7)]


def test_partition_columns_that_files_have_rather_than_directories(tmp_path):
    write(tmp_path, {"a.parquet": {"id": [1, 2], "x": [1, 2]}, "b.parquet": {"id": [3], "x": [3], "r": ["B"]}})
    assert merge(tmp_path, {"id": [3, 9], "x": [5, 5], "r": ["B", "C"]}, "r").inserted == 1
    assert files_below(tmp_path) == [".", ".", "."]


@pytest.mark.parametrize("wanted", ["region", ["day", "region"]], ids=str)
def test_partition_columns_that_the_dataset_lacks_are_value_errors(hourly, wanted):
    with pytest.raises(ValueError, match="partition_columns are not those of the dataset"):
        merge(hourly, {"id": [1], "x": [1], "day": [1], "hour": [1], "region": ["A"]}, wanted)


def test_keys_keep_their_partition(hourly):
    with pytest.raises(ValueError, match="partition"):
        merge(hourly, {"id": [1], "x": [1], "day": [2], "hour": [1]}, ["day", "hour"])


def test_partition_values_are_cast_too(hourly):
    result = merge(hourly, {"id": [1, 9], "x": [8, 8], "day": ["1", "2"], "hour": ["1", "1"]}, ["day"])
    assert (result.updated, result.inserted) == (1, 1)
    assert files_below(hourly) == ["day=1/hour=1", "day=2/hour=1", "day=2/hour=1"]


def test_a_dataset_that_does_not_exist_is_made_with_its_partitions(tmp_path):
    directory = tmp_path / "deep" / "new"
    result = merge(directory, {"id": [1, 2, 2, 3], "x": [1, 2, 3, 4], "day": ["a", "b", "c/d", None],
                               "hour": [1, 1, 2, 3]}, ["day", "hour"])
    assert files_below(directory) == [
        "day=__HIVE_DEFAULT_PARTITION__/hour=3", "day=a/hour=1", "day=c%2Fd/hour=2"]
    assert (result.source_count, result.inserted, result.target_count_before, result.target_count_after) == (
        3, 3, 0, 3)
    assert sorted(file.path for file in result.files) == sorted(map(str, directory.rglob("*.parquet")))
    assert {file.operation for file in result.files} == {"inserted"}
    assert pq.read_schema(result.files[0].path).names == ["id", "x"]
    assert sorted(ds.dataset(directory, partitioning="hive").to_table()["x"].to_pylist()) == [1, 3, 4]
    assert [path.name for path in directory.parent.iterdir()] == ["new"]
    again = merge(directory, {"id": [2, 4], "x": [9, 9], "day": ["c/d", "e"], "hour": [2, 2]}, ["hour", "day"])
    assert (again.updated, again.inserted) == (1, 1)


@pytest.mark.parametrize("values,names", [
    (pa.array(["a", "b"]).dictionary_encode(), ["c=a", "c=b"]), (pa.array([True, False]), ["c=false", "c=true"]),
    (pa.array([datetime.date(2024, 2, 29)] * 2), ["c=2024-02-29"]), (pa.array([1, 2], pa.int8()), ["c=1", "c=2"]),
    (pa.array(["a", "b"], pa.large_string()), ["c=a", "c=b"]),
], ids=str)
def test_partition_columns_of_several_types(tmp_path, values, names):
    merge(tmp_path / "new", {"id": [1, 2], "c": values}, "c")
    assert files_below(tmp_path / "new") == names


def test_the_files_of_a_new_dataset_are_as_asked_for(tmp_path):
    merge(tmp_path, {"id": range(100), "c": ["a"] * 100}, "c", compression="ZSTD",
          max_rows_per_file=40, row_group_size=500_000)
    files = sorted(tmp_path.rglob("*.parquet"))
    assert sorted(pq.read_metadata(file).num_rows for file in files) == [20, 40, 40]
    assert codecs_in(tmp_path) == {"ZSTD"}
    merge(tmp_path / "other", {"id": range(100), "c": ["a"] * 100}, "c", compression=None,
          max_rows_per_file=None, row_group_size=30)
    (file,) = (tmp_path / "other").rglob("*.parquet")
    assert pq.read_metadata(file).num_row_groups == 4 and codecs_in(tmp_path / "other") == {"UNCOMPRESSED"}


def test_a_new_dataset_comes_of_streams_and_of_nothing_that_fails(tmp_path):
    table = pa.table({"id": [1, 2, 1], "c": ["a", "b", "c"]})
    assert merge(tmp_path / "new", table.to_reader(), "c").inserted == 2

    def failing():
        yield table.to_batches()[0]
        raise RuntimeError("the source failed")

    with pytest.raises(RuntimeError, match="the source failed"):
        merge(tmp_path / "failed", failing(), "c")
    with pytest.raises(ValueError, match="no column for the files"):
        merge(tmp_path / "failed", table.select(["c"]), "c", key="c")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_no_rows_make_no_partitions(tmp_path):
    assert merge(tmp_path / "new", pa.table({"id": [1], "c": ["a"]}).slice(1), "c").files == []
    assert list(tmp_path.iterdir()) == []
