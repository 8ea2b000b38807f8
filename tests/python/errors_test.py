# SPDX-License-Identifier: Apache-2.0
"""What is raised, and what it says."""

import os
import pickle

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs
import pyarrow.parquet as pq
import pytest

import planish


@pytest.fixture
def source(tmp_path):
    directory = tmp_path / "in"
    directory.mkdir()
    pq.write_table(pa.table({"id": [1, 1], "v": ["a", "b"]}), directory / "a.parquet")
    return directory


def test_missing_column_names_what_is_there(source):
    with pytest.raises(KeyError) as caught:
        planish.check(source, key="nope")
    error = caught.value
    assert isinstance(error, planish.MissingColumnError) and isinstance(error, planish.PlanishError)
    assert error.message == 'key column not found: "nope"'
    assert str(error).startswith('key column not found: "nope"\n')
    assert error.facts["has"] == "id, v"


def test_missing_path_is_a_file_not_found_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="gone") as caught:
        planish.inspect(tmp_path / "gone")
    assert type(caught.value) is planish.MissingPathError
    assert caught.value.errno == 2
    with pytest.raises(planish.EmptyDatasetError):
        planish.inspect(tmp_path)


def test_schemas_that_do_not_agree_name_file_and_column(source):
    pq.write_table(pa.table({"id": ["x"], "v": ["a"]}), source / "b.parquet")
    with pytest.raises(ValueError) as caught:
        planish.check(source, key="id")
    assert type(caught.value) is planish.SchemaError
    assert caught.value.column == "id"
    assert os.path.dirname(caught.value.file) == str(source)


def test_damage_names_file_and_row_group(source, tmp_path):
    data = bytearray((source / "a.parquet").read_bytes())
    data[4:40] = bytes(36)
    (source / "a.parquet").write_bytes(data)
    with pytest.raises(planish.CorruptFileError) as caught:
        planish.dedup(source, output=tmp_path / "out", key="id", on_error="fail")
    assert caught.value.file == str(source / "a.parquet")
    assert caught.value.row_group == 0
    assert isinstance(caught.value, ValueError)
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_read_is_listed(source, tmp_path):
    (source / "b.parquet").write_bytes(b"no Parquet at all")
    report = planish.dedup(source, output=tmp_path / "out", key="id")
    assert [(chunk.file, chunk.kind) for chunk in report.skipped] == [
        (str(source / "b.parquet"), "not_parquet")]
    assert "chunks skipped 1" in repr(report)
    with pytest.raises(planish.NotParquetError):
        planish.dedup(source, output=tmp_path / "out2", key="id", on_error="fail")


def test_output_that_exists_is_refused(source, tmp_path):
    with pytest.raises(FileExistsError) as caught:
        planish.dedup(source, output=source)
    assert type(caught.value) is planish.OutputExistsError
    assert "hint: " in str(caught.value) and caught.value.hint in str(caught.value)


def test_memory_limit_is_a_memory_error(tmp_path):
    table = pa.table({"id": pa.array(range(300_000), pa.int64())})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(MemoryError) as caught:
        planish.dedup(tmp_path / "a.parquet", output=tmp_path / "out", key="id",
                      memory_limit="2MiB", optimizations={"spill": False})
    assert type(caught.value) is planish.MemoryLimitError
    assert sorted(os.listdir(tmp_path)) == ["a.parquet"]


@pytest.mark.parametrize("options", [
    {"keep": "frist"}, {"memory_limit": "a lot"}, {"memory_limit": 5}, {"chunk": "page"},
    {"retries": 2}, {"dry_run": False}, {"key": ["id", "id"]}, {"compression": "rar"},
    {"compression_level": 3}, {"optimizations": {"sleep": False}}, {"keep": "none", "order_by": "v"},
], ids=str)
def test_options_that_make_no_sense_are_value_errors(source, options):
    with pytest.raises(ValueError) as caught:
        planish.dedup(source, **{"dry_run": True, **options})
    assert type(caught.value) is planish.InvalidOptionError
    assert caught.value.kind == "invalid_option"


@pytest.mark.parametrize("options", [
    {"key": 3}, {"key": ["id", 3]}, {"key": b"id"}, {"threads": "two"}, {"sync": "no"},
    {"temp_dir": 3}, {"output": 3}, {"chunk_rows": 1.5}, {"memory_limit": None.__class__},
], ids=str)
def test_values_of_the_wrong_type_are_type_errors(source, options):
    with pytest.raises(TypeError, match=next(iter(options))):
        planish.dedup(source, **{"dry_run": True, **options})


def test_tables_are_sent_to_drop_duplicates():
    with pytest.raises(TypeError, match="drop_duplicates"):
        planish.dedup(pa.table({"id": [1]}), dry_run=True)
    with pytest.raises(TypeError):
        planish.dedup(None, dry_run=True)
    with pytest.raises(TypeError):
        planish.dedup(ds.dataset(pa.table({"id": [1]})), dry_run=True)


@pytest.mark.parametrize("where", ["s3://bucket/x", "https://host/x", "file://elsewhere/x"])
def test_remote_paths_are_refused(where):
    with pytest.raises(planish.InvalidOptionError, match="local"):
        planish.inspect(where)


def test_remote_filesystems_are_refused(source):
    with pytest.raises(planish.InvalidOptionError, match="not local: mock"):
        planish.inspect(source, filesystem=pyarrow.fs._MockFileSystem())
    fsspec = pytest.importorskip("fsspec")
    with pytest.raises(planish.InvalidOptionError, match="not local"):
        planish.inspect(source, filesystem=fsspec.filesystem("memory"))


def test_errors_travel_between_processes(source):
    with pytest.raises(planish.MissingColumnError) as caught:
        planish.check(source, key="nope")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is planish.MissingColumnError
    assert (str(copy), copy.facts, copy.hint) == (str(caught.value), caught.value.facts,
                                                  caught.value.hint)
