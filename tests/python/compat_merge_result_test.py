# SPDX-License-Identifier: Apache-2.0
"""What PyarrowDatasetIO.merge returns and tells on the way."""

import copy
import os
import pickle

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import planish
from planish.compat import MergeFileMetadata, MergeResult, PyarrowDatasetIO
from datasets import rows_in, write

METRICS = {
    "total_process_time_sec", "memory_peak_mb", "process_memory_peak_mb", "throughput_mb_sec", "rows_per_sec",
    "files_processed", "chunks_processed", "dedup_efficiency", "operation_breakdown", "memory_pressure_stats",
    "system_available_mb", "key_tracker"}


def merge(directory, columns, strategy="upsert", **arguments):
    return PyarrowDatasetIO().merge(pa.table(columns), directory, strategy, "id", **arguments)


@pytest.fixture
def dataset(tmp_path):
    directory = tmp_path / "dataset"
    write(directory, {f"{n}.parquet": {"id": [2 * n, 2 * n + 1], "x": [n, n]} for n in range(3)})
    return directory


@pytest.mark.parametrize("strategy", ["insert", "update", "upsert"])
def test_source_count_is_without_duplicates_of_the_source(dataset, strategy):
    assert merge(dataset, {"id": [1, 1, 7, 7, 8], "x": range(5)}, strategy).source_count == 3


@pytest.mark.parametrize("partitions", [None, "p"])
def test_source_count_of_a_new_dataset_is_without_duplicates_too(tmp_path, partitions):
    result = merge(tmp_path / "new", {"id": [1, 1, 7], "x": [1, 2, 3], "p": ["a", "b", "c"]},
                   partition_columns=partitions)
    assert (result.source_count, result.inserted, result.target_count_after) == (2, 2, 2)


def test_paths_are_absolute_whatever_the_dataset_is_called(dataset, monkeypatch):
    monkeypatch.chdir(dataset.parent)
    for path in ("dataset", "./dataset/", os.path.join("dataset", "..", "dataset"), f"file://{dataset}"):
        result = merge(path, {"id": [1], "x": [1]}, "update")
        assert [file.path for file in result.files] == [str(dataset / f"{n}.parquet") for n in range(3)]
    result = merge("dataset", {"id": [1, 9], "x": [8, 8]})
    assert result.rewritten_files == [str(dataset / "0.parquet")]
    assert result.preserved_files == [str(dataset / f"{n}.parquet") for n in (1, 2)]
    assert [os.path.dirname(file) for file in result.inserted_files] == [str(dataset)]


def test_results_can_be_changed_and_compared_and_pickled(dataset):
    result = merge(dataset, {"id": [1, 9], "x": [8, 8]})
    assert pickle.loads(pickle.dumps(result)) == result == copy.deepcopy(result)
    result.updated = 7
    result.metrics["job"] = "nightly"
    for file in result.files:
        file.row_count = 5
        file.path = os.path.basename(file.path)
    assert [file.row_count for file in result.files] == [5] * 4 and result.updated == 7
    assert MergeFileMetadata("a", 1, "inserted").size_bytes is None
    assert MergeResult("upsert", 1, 2, 3, 4, 5, 6, [], [], [], []).metrics == {}


def test_rows_of_every_file_are_told(dataset):
    result = merge(dataset, {"id": [1, 9], "x": [8, 8]})
    assert {os.path.basename(file.path): (file.row_count, file.operation) for file in result.files} == {
        "0.parquet": (2, "rewritten"), "1.parquet": (2, "preserved"), "2.parquet": (2, "preserved"),
        os.path.basename(result.inserted_files[0]): (1, "inserted")}
    assert all(file.size_bytes == os.path.getsize(file.path) for file in result.files)


def test_files_that_stay_are_not_opened_for_the_result(dataset, monkeypatch):
    import planish.compat._merge_result as results

    asked = []
    monkeypatch.setattr(results, "inspect",
                        lambda path, **how: asked.append(path) or planish.inspect(path, **how))
    result = merge(dataset, {"id": [1, 9], "x": [8, 8]})
    assert sorted(asked) == sorted(result.rewritten_files + result.inserted_files)
    assert {file.row_count for file in result.files} == {1, 2} and len(asked) == 4


def test_other_files_are_not_files_of_the_result(dataset):
    hidden = {"_SUCCESS": b"", ".x.parquet.crc": b"crc"}
    for name, content in hidden.items():
        (dataset / name).write_bytes(content)
    os.link(dataset / "0.parquet", dataset / "PART")
    assert [os.path.basename(file.path) for file in merge(dataset, {"id": [7], "x": [1]}, "update").files] == [
        "0.parquet", "1.parquet", "2.parquet", "PART"]


@pytest.mark.parametrize("partitions", [None, "x"])
def test_metrics_have_all_the_old_names(tmp_path, dataset, partitions):
    old = merge(dataset, {"id": [1, 2, 9], "x": [8, 8, 8]}).metrics
    new = merge(tmp_path / "new", {"id": [1, 2], "x": [8, 9], "y": [0, 0]}, partition_columns=partitions).metrics
    assert set(old) == set(new) == METRICS
    assert old["files_processed"] == 2 and new["files_processed"] == 0
    assert old["dedup_efficiency"] == pytest.approx(-1 / 6) and new["dedup_efficiency"] == 0
    assert old["chunks_processed"] >= 1 and old["throughput_mb_sec"] > 0 and old["system_available_mb"] > 0
    assert set(old["memory_pressure_stats"]) <= {"normal", "warning", "critical", "emergency"}
    assert sum(old["memory_pressure_stats"].values()) > 0
    assert old["key_tracker"]["unique_keys_estimate"] == 2 and old["key_tracker"]["tier"] == "EXACT"


@pytest.mark.parametrize("strategy", ["insert", "update", "upsert"])
def test_progress_counts_rows_of_the_source_and_of_the_target(dataset, strategy):
    seen = []
    merge(dataset, {"id": [1, 9], "x": [8, 8]}, strategy,
          merge_progress_callback=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (2 + 6, 2 + 6)
    assert seen == sorted(seen) and all(done <= total for done, total in seen)


def test_progress_may_stop_a_merge(dataset):
    def stop(done, total):
        raise RuntimeError("enough")

    before = rows_in(dataset)
    with pytest.raises(RuntimeError, match="enough"):
        merge(dataset, {"id": [1], "x": [8]}, merge_progress_callback=stop)
    assert rows_in(dataset) == before


def test_links_to_files_are_read_and_become_files_where_rows_change(dataset, tmp_path):
    outside = tmp_path / "outside.parquet"
    pq.write_table(pa.table({"id": [7], "x": [7]}), outside)
    (dataset / "link.parquet").symlink_to(outside)
    result = merge(dataset, {"id": [7], "x": [8]})
    assert result.rewritten_files == [str(dataset / "link.parquet")]
    assert pq.ParquetFile(outside).read().to_pylist() == [{"id": 7, "x": 7}]
    assert {"id": 7, "x": 8} in rows_in(dataset)
