# SPDX-License-Identifier: Apache-2.0
"""Errors that handlers written for the old functions, and for PyArrow, catch."""

import pickle
import subprocess
import sys
import textwrap

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import planish
from planish.compat import PyarrowDatasetIO, deduplicate_parquet_dataset_pyarrow as deduplicate
from datasets import rows_in, write


@pytest.fixture
def dataset(tmp_path):
    write(tmp_path, {"day=1/a.parquet": {"id": [1, 1], "x": [1, 2]}})
    return tmp_path


def merge(directory, columns, key="id", **arguments):
    return PyarrowDatasetIO().merge(pa.table(columns), directory, arguments.pop("strategy", "upsert"), key, **arguments)


@pytest.mark.parametrize("call", [
    lambda directory: merge(directory, {"x": [1], "day": [1]}),
    lambda directory: merge(directory, {"id": [1], "x": [1]}),
    lambda directory: merge(directory, {"id": [1], "x": [1]}, partition_columns=["day"]),
    lambda directory: merge(directory, {"id": [1], "x": [1], "day": [1], "y": [1]}, key="y"),
    lambda directory: merge(directory / "new", {"id": [1]}, partition_columns=["day"]),
    lambda directory: merge(directory / "new", {"id": [1]}, key="x"),
    lambda directory: deduplicate(directory, key_columns=["y"]),
    lambda directory: deduplicate(directory, key_columns=["id"], dedup_order_by=["-y"]),
    lambda directory: planish.check(directory, key="y"),
    lambda directory: planish.drop_duplicates(pa.table({"x": [1]}), "id").read_all(),
], ids=["key of the source", "hive column of the source", "partition column of the source",
        "key of the dataset", "partition column of a new one", "key of a new one", "key", "order", "check",
        "stream"])
def test_a_missing_column_is_a_value_error_and_a_key_error(dataset, call):
    for kind in (ValueError, KeyError, planish.MissingColumnError):
        with pytest.raises(kind) as caught:
            call(dataset)
    assert "\n  has: " in str(caught.value)
    assert rows_in(dataset) == [{"id": 1, "x": 1}, {"id": 1, "x": 2}]


def damaged(path):
    """Its footer is whole, and what it describes is not."""
    content = path.read_bytes()
    path.write_bytes(content[:4] + b"\0" * 40 + content[44:])


@pytest.mark.parametrize("spoil", [
    lambda path: path.write_bytes(b"junk"), lambda path: path.write_bytes(b""), damaged,
    lambda path: path.write_bytes(path.read_bytes()[:-20]),
], ids=["not Parquet", "empty", "damaged", "truncated"])
def test_what_cannot_be_read_is_what_pyarrow_raises_for_it(dataset, spoil):
    pq.write_table(pa.table({"id": range(100), "x": range(100)}), dataset / "day=1" / "b.parquet")
    spoil(dataset / "day=1" / "b.parquet")
    for kind in (pa.ArrowInvalid, pa.ArrowException, OSError, ValueError, planish.PlanishError):
        with pytest.raises(kind) as caught:
            deduplicate(dataset, key_columns=["id"])
        assert caught.value.file.endswith("b.parquet")
        assert type(caught.value).__name__ in ("NotParquetError", "CorruptFileError")
    copied = pickle.loads(pickle.dumps(caught.value))
    assert type(copied) is type(caught.value) and str(copied) == str(caught.value)
    assert copied.filename == copied.file == caught.value.file


def test_pyarrow_is_not_imported_for_an_error(dataset):
    (dataset / "day=1" / "b.parquet").write_bytes(b"junk")
    program = textwrap.dedent("""
        import sys, planish, planish.compat
        try:
            planish.compat.deduplicate_parquet_dataset_pyarrow(sys.argv[1], key_columns=["id"])
        except planish.NotParquetError as error:
            assert isinstance(error, OSError) and isinstance(error, ValueError)
        else:
            sys.exit("no error")
        assert "pyarrow" not in sys.modules, "imported"
    """)
    subprocess.run([sys.executable, "-c", program, str(dataset)], check=True)


@pytest.mark.parametrize("text", ["UPDATE strategy requires", "non-existent target"])
def test_an_update_without_a_target_says_so_in_the_words_of_both_versions(tmp_path, text):
    (tmp_path / "empty").mkdir()
    for directory in (tmp_path / "gone", tmp_path / "empty"):
        for kind in (ValueError, FileNotFoundError):
            with pytest.raises(kind, match=text):
                merge(directory, {"id": [1]}, strategy="update")
    assert not (tmp_path / "gone").exists()


def test_a_strategy_that_is_none_is_named_as_it_was(dataset):
    with pytest.raises(ValueError, match="strategy must be one of: insert, update, upsert"):
        merge(dataset, {"id": [1]}, strategy="replace")


def test_a_table_with_a_log_is_refused_unless_the_log_is_to_be_ignored(dataset):
    log = dataset / "_delta_log" / "0.json"
    log.parent.mkdir()
    log.write_text("{}")
    columns = {"id": [2], "x": [3], "day": [1]}
    for call in (lambda **how: merge(dataset, columns, **how),
                 lambda **how: deduplicate(dataset, key_columns=["id"], **how),
                 lambda **how: merge(dataset, {**columns, "x": [4.0]}, partition_columns=["day"], **how)):
        with pytest.raises(planish.UnsupportedError, match="log"):
            call()
        call(ignore_table_log=True)
    assert [row["id"] for row in rows_in(dataset)] == [1, 2]
    again = merge(dataset, columns, strategy="insert", ignore_table_log=True)
    assert [file.row_count for file in again.files] == [1, 1]
    assert log.read_text() == "{}"
    # Beside the log, where there is no data yet.
    with pytest.raises(planish.UnsupportedError, match="log"):
        merge(dataset / "new", columns, partition_columns=["day"])
    merge(dataset / "new", columns, partition_columns=["day"], ignore_table_log=True)
    assert len(rows_in(dataset / "new")) == 1
