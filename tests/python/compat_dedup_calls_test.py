# SPDX-License-Identifier: Apache-2.0
"""Calls of deduplicate_parquet_dataset_pyarrow that the old function took."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import planish
from planish.compat import deduplicate_parquet_dataset_pyarrow as deduplicate
from datasets import codecs_in, rows_in, write


@pytest.fixture
def daily(tmp_path):
    directory = tmp_path / "daily"
    write(directory, {"day=2024-01-01/a.parquet": {"id": [1, 1, 2], "x": [1, 2, 3]},
                      "day=2024-01-02/a.parquet": {"id": [1, 3], "x": [4, 5]},
                      "day=2024-02-01/a.parquet": {"id": [1, 3], "x": [6, 7]}})
    return directory


def kept(directory):
    return [row["x"] for row in rows_in(directory)]


@pytest.mark.parametrize("arguments", [
    {"partition_filter": []}, {"dedup_order_by": []}, {"key_columns": ["id", "id"]}, {"key_columns": ("id",)},
    {"max_memory_mb": 512.5}, {"chunk_size_rows": 1e6}, {"partition_filter": [""]},
    {"dedup_order_by": ["x", "x"]}, {"dedup_order_by": ("x",)},
], ids=str)
def test_arguments_that_the_old_function_took(daily, arguments):
    result = deduplicate(str(daily), **{"key_columns": ["id"], **arguments})
    assert (result["total_rows_before"], result["total_rows_after"]) == (7, 3)
    assert kept(daily) == [1, 3, 5]


def test_no_order_is_told_as_it_was_given(daily):
    assert deduplicate(daily, key_columns="id", dedup_order_by=[], dry_run=True)["dedup_order_by"] == []
    assert deduplicate(daily, key_columns=["id", "id"], dry_run=True)["key_columns"] == ["id"]


@pytest.mark.parametrize("codec", ["ZSTD", "Gzip", "NONE"])
def test_codecs_are_called_in_capitals_too(tmp_path, codec):
    write(tmp_path, {"a.parquet": {"id": [1, 1]}})
    assert deduplicate(tmp_path, key_columns="id", compression=codec)["compression_codec"] == codec
    assert codecs_in(tmp_path) == {"UNCOMPRESSED" if codec == "NONE" else codec.upper()}


def test_planish_itself_knows_codecs_in_capitals(tmp_path):
    write(tmp_path / "in", {"a.parquet": {"id": [1, 1]}})
    planish.dedup(tmp_path / "in", output=tmp_path / "out", key="id", compression="ZSTD")
    assert codecs_in(tmp_path / "out") == {"ZSTD"}
    planish.merge(tmp_path / "in", pa.table({"id": [1]}), key="id", output=tmp_path / "merged", compression="ZSTD")
    with pytest.raises(ValueError, match="unknown compression"):
        planish.dedup(tmp_path / "in", in_place=True, key="id", compression="RAR")


@pytest.mark.parametrize("partitions", [["day=2024-01-01", "day=2024-01-02"], ["day=2024-01-02/", "day=2024-01-01"],
                                        ["day=2024-01"], "day=2024-01"], ids=str)
def test_several_partitions_are_looked_at_together(daily, partitions):
    result = deduplicate(daily, key_columns=["id"], partition_filter=partitions)
    assert (result["before_file_count"], result["total_rows_before"], result["total_rows_after"]) == (2, 5, 3)
    assert kept(daily) == [1, 3, 5, 6, 7]


def test_a_path_may_be_that_of_a_file(tmp_path):
    write(tmp_path, {"a.parquet": {"x": [1, 1]}, "b.parquet": {"x": [1, 1]}, "below/a.parquet": {"x": [1, 1]}})
    result = deduplicate(tmp_path / "a.parquet", key_columns=["x"])
    assert (result["before_file_count"], result["total_rows_before"], result["total_rows_after"]) == (1, 2, 1)
    assert kept(tmp_path) == [1, 1, 1, 1, 1]


def test_a_partition_that_no_directory_begins_with_is_not_found(daily):
    for partitions in (["day=2025"], ["day=2024-01-01", "nothing"]):
        with pytest.raises(FileNotFoundError):
            deduplicate(daily, key_columns=["id"], partition_filter=partitions)
    assert kept(daily) == [1, 2, 3, 4, 5, 6, 7]


def test_one_partition_by_name_or_by_how_it_begins(daily):
    assert deduplicate(daily, key_columns=["id"], partition_filter="day=2024-01-01")["total_rows_before"] == 3
    assert deduplicate(daily, key_columns=["id"], partition_filter=["day=2024-02"])["total_rows_before"] == 2


@pytest.mark.parametrize("key,order,expected", [
    (["id"], None, [{"id": 1, "k": 1}, {"id": 2, "k": None}, {"id": 3}]),
    (["id", "k"], None, [{"id": 1, "k": 1}, {"id": 2, "k": None}, {"id": 1}, {"id": 3}]),
    (["id"], ["k"], [{"id": 1, "k": 1}, {"id": 2, "k": None}, {"id": 3}]),
    (None, None, [{"id": 1, "k": 1}, {"id": 2, "k": None}, {"id": 1}, {"id": 3}]),
], ids=str)
def test_a_column_that_some_files_lack_is_null_there(tmp_path, key, order, expected):
    write(tmp_path, {"a.parquet": {"id": [1, 2], "k": [1, None]}, "b.parquet": {"id": [1, 2, 3]}})
    deduplicate(tmp_path, key_columns=key, dedup_order_by=order)
    assert rows_in(tmp_path) == expected


@pytest.mark.parametrize("dry_run", [True, False])
def test_links_to_files_are_read_and_become_files_where_rows_go(tmp_path, dry_run):
    write(tmp_path, {"data/a.parquet": {"id": [1, 1, 2]}, "outside.parquet": {"id": [1, 7]}})
    (tmp_path / "data" / "link.parquet").symlink_to(tmp_path / "outside.parquet")
    result = deduplicate(tmp_path / "data", key_columns=["id"], dry_run=dry_run)
    assert (result["total_rows_before"], result["total_rows_after"]) == (5, 3)
    assert pq.ParquetFile(tmp_path / "outside.parquet").read().to_pylist() == [{"id": 1}, {"id": 7}]
    assert rows_in(tmp_path / "data") == [{"id": n} for n in ([1, 1, 2, 1, 7] if dry_run else [1, 2, 7])]


def test_metrics_have_all_the_old_names(daily):
    metrics = deduplicate(daily, key_columns=["id"])["performance_metrics"]
    assert {"total_process_time_sec", "memory_peak_mb", "process_memory_peak_mb", "throughput_mb_sec",
            "rows_per_sec", "files_processed", "chunks_processed", "dedup_efficiency", "operation_breakdown",
            "memory_pressure_stats", "system_available_mb"} == set(metrics)
    assert metrics["dedup_efficiency"] == pytest.approx(4 / 7)


def test_planned_files_are_absolute_paths(daily, monkeypatch):
    monkeypatch.chdir(daily.parent)
    result = deduplicate("daily", key_columns=["id"], dry_run=True)
    assert sorted(result["planned_groups"][0]) == sorted(map(str, daily.rglob("*.parquet")))


@pytest.mark.parametrize("name", ["x.feather", "X.ARROW"])
def test_arrow_files_are_no_data_as_they_never_were(daily, name):
    with pa.OSFile(str(daily / name), "wb") as file, pa.ipc.new_file(file, pa.schema([("id", pa.int64())])) as writer:
        writer.write_table(pa.table({"id": [1]}))
    before = (daily / name).read_bytes()
    assert deduplicate(str(daily), key_columns=["id"])["total_rows_after"] == 3
    assert (daily / name).read_bytes() == before
