# SPDX-License-Identifier: Apache-2.0
"""planish.compat against the loop over to_pylist() that it stands in for."""

import logging
import random

import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest

import planish
from planish.compat import deduplicate_parquet_dataset_pyarrow
from random_tables import random_column

FLAT = [(pa.int64(), [-1, 0, 7]), (pa.string(), ["", "a", "b"]), (pa.float64(), [0.0, -0.0, float("nan")]),
        (pa.bool_(), [True, False])]
DOCUMENTED = {
    "before_file_count", "after_file_count", "before_total_bytes", "after_total_bytes",
    "compacted_file_count", "rewritten_bytes", "compression_codec", "dry_run", "key_columns",
    "dedup_order_by", "deduplicated_rows", "total_rows_before", "total_rows_after", "planned_groups",
    "performance_metrics"}


def old_loop(directory, key_columns, dedup_order_by=None):
    """The rows of the single file that the loop over to_pylist() left, in its order."""
    files = sorted(directory.rglob("*.parquet"), key=lambda file: (file.stat().st_size, str(file)))
    rows = [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
    for item in reversed(dedup_order_by or []):
        name, descending = item.removeprefix("-"), item.startswith("-")
        rows.sort(key=lambda row: row[name], reverse=descending)
    seen, kept = set(), []
    for row in rows:
        value = tuple(row[column] for column in key_columns)
        if value not in seen:
            seen.add(value)
            kept.append(row)
    return kept


@pytest.fixture
def events(tmp_path):
    """Three files of a partitioned dataset, the larger the earlier by path."""
    directory = tmp_path / "events"
    for day, rows in (("1", 400), ("2", 200), ("3", 50)):
        part = directory / f"day={day}"
        part.mkdir(parents=True)
        pq.write_table(pa.table({"id": [n % 90 for n in range(rows)],
                                 "at": [(n * 37) % 401 for n in range(rows)],
                                 "v": [f"{day}-{n}" for n in range(rows)]}), part / "x.parquet")
    return directory


def rows_in(directory):
    return [row for file in sorted(directory.rglob("*.parquet"))
            for row in pq.ParquetFile(file).read().to_pylist()]


@pytest.mark.parametrize("order", [None, ["-at"], ["at", "-v"]], ids=str)
def test_semantics_loop_keeps_the_rows_of_the_loop(events, order):
    expected = old_loop(events, ["id"], order)
    result = deduplicate_parquet_dataset_pyarrow(
        str(events), key_columns=["id"], dedup_order_by=order, semantics="loop")
    kept = rows_in(events)
    assert sorted(row["v"] for row in kept) == sorted(row["v"] for row in expected)
    assert result["total_rows_after"] == len(kept) == 90


@pytest.mark.parametrize("seed", range(10))
def test_random_files_of_semantics_loop_agree_in_rows_and_order(tmp_path, seed):
    rng = random.Random(seed)
    directory = tmp_path / "in"
    directory.mkdir()
    types = [rng.choice(FLAT) for _ in range(rng.randint(1, 3))]
    for part in range(3):
        rows = 30 * 10**part  # by size ascending, and so by name
        table = pa.table({f"k{i}": random_column(rng, kind, values, rows)
                          for i, (kind, values) in enumerate(types)})
        table = table.append_column("row", pa.array([f"{part} {n}" for n in range(rows)]))
        pq.write_table(table, directory / f"{part}.parquet", row_group_size=50)
    keys = [f"k{i}" for i in range(len(types))]
    expected = [row["row"] for row in old_loop(directory, keys)]
    deduplicate_parquet_dataset_pyarrow(directory, key_columns=keys, semantics="loop")
    assert [row["row"] for row in rows_in(directory)] == expected, f"seed {seed}"


def test_the_result_has_what_the_old_one_had(events, caplog):
    before = sum(file.stat().st_size for file in events.rglob("*.parquet"))
    seen = []
    with caplog.at_level(logging.INFO, logger="planish.compat"):
        result = deduplicate_parquet_dataset_pyarrow(
            str(events), key_columns="id", compression="zstd", verbose=True, chunk_size_rows=100,
            progress_callback=lambda done, total: seen.append((done, total)))
    assert set(result) == DOCUMENTED
    assert result["before_file_count"] == 3 and result["before_total_bytes"] == before
    assert result["after_file_count"] == len(list(events.rglob("*.parquet")))
    assert result["after_total_bytes"] == sum(f.stat().st_size for f in events.rglob("*.parquet"))
    assert (result["total_rows_before"], result["total_rows_after"]) == (650, 90)
    assert result["deduplicated_rows"] == 560 and result["compacted_file_count"] == 3
    assert (result["compression_codec"], result["dry_run"]) == ("zstd", False)
    assert (result["key_columns"], result["dedup_order_by"]) == (["id"], ["id"])
    metrics = result["performance_metrics"]
    assert metrics["files_processed"] == 3 and metrics["chunks_processed"] >= 3
    assert metrics["dedup_efficiency"] == pytest.approx(560 / 650)
    assert {"scan", "rewrite", "publish"} <= set(metrics["operation_breakdown"])
    for name in ("total_process_time_sec", "memory_peak_mb", "throughput_mb_sec", "rows_per_sec"):
        assert metrics[name] > 0, name
    assert seen[-1] == (650, 650) and seen == sorted(seen)
    assert "deduplicated" in caplog.text
    assert pq.ParquetFile(next(events.rglob("*.parquet"))).metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_dry_run_plans_and_changes_nothing(events):
    before = rows_in(events)
    result = deduplicate_parquet_dataset_pyarrow(str(events), key_columns=["id"], dry_run=True)
    assert set(result) == DOCUMENTED and result["dry_run"] is True
    assert result["deduplicated_rows"] == 560 and result["rewritten_bytes"] == 0
    assert sorted(result["planned_groups"][0]) == [str(f) for f in sorted(events.rglob("*.parquet"))]
    assert rows_in(events) == before


def test_no_key_columns_mean_exact_duplicates(tmp_path):
    pq.write_table(pa.table({"a": [1, 1, 2], "b": ["x", "x", "x"]}), tmp_path / "0.parquet")
    result = deduplicate_parquet_dataset_pyarrow(str(tmp_path))
    assert result["deduplicated_rows"] == 1 and result["key_columns"] is None
    assert rows_in(tmp_path) == [{"a": 1, "b": "x"}, {"a": 2, "b": "x"}]


def test_order_by_the_key_itself_is_no_order(events):
    result = deduplicate_parquet_dataset_pyarrow(
        str(events), key_columns=["id"], dedup_order_by=["id"])
    assert result["total_rows_after"] == 90
    assert [row["v"] for row in rows_in(events)] == [f"1-{n}" for n in range(90)]


def test_partition_filter_takes_one_partition(events):
    result = deduplicate_parquet_dataset_pyarrow(
        str(events), key_columns=["id"], partition_filter=["day=2"])
    assert (result["total_rows_before"], result["total_rows_after"]) == (200, 90)
    assert len(rows_in(events)) == 400 + 90 + 50
    with pytest.raises(FileNotFoundError):
        deduplicate_parquet_dataset_pyarrow(str(events), partition_filter=["day=9"])


@pytest.mark.parametrize("arguments,message", [
    ({"key_columns": []}, "key_columns cannot be empty"), ({"key_columns": ""}, "key_columns cannot be empty"),
    ({"chunk_size_rows": 0}, "chunk_size_rows"), ({"max_memory_mb": -1}, "max_memory_mb"),
    ({"compression": "rar"}, "rar"),
], ids=str)
def test_arguments_that_make_no_sense_are_value_errors(events, arguments, message):
    with pytest.raises(ValueError, match=message):
        deduplicate_parquet_dataset_pyarrow(str(events), **arguments)


def test_errors_are_those_of_the_old_function(events, tmp_path):
    with pytest.raises(FileNotFoundError):
        deduplicate_parquet_dataset_pyarrow(str(tmp_path / "gone"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError):
        deduplicate_parquet_dataset_pyarrow(str(tmp_path / "empty"))
    with pytest.raises(KeyError):
        deduplicate_parquet_dataset_pyarrow(str(events), key_columns=["nope"])
    (events / "day=1" / "broken.parquet").write_bytes(b"broken")
    before = {f: f.read_bytes() for f in events.rglob("*.parquet")}
    with pytest.raises(planish.NotParquetError):
        deduplicate_parquet_dataset_pyarrow(str(events), key_columns=["id"])
    assert {f: f.read_bytes() for f in events.rglob("*.parquet")} == before


def test_filesystems_and_progress_may_be_left_out(events):
    deduplicate_parquet_dataset_pyarrow(
        str(events), key_columns=["id"], filesystem=pyarrow.fs.LocalFileSystem(), enable_progress=False,
        progress_callback=lambda done, total: pytest.fail("called"))
    assert len(rows_in(events)) == 90
