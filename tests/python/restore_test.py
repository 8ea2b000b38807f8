# SPDX-License-Identifier: Apache-2.0
"""Undoing a change in place."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import planish


def dataset(path):
    path.mkdir()
    pq.write_table(pa.table({"id": [1, 2, 1]}), path / "a.parquet")
    pq.write_table(pa.table({"id": [2, 2]}), path / "b.parquet")
    return path


def contents(path):
    return {file.name: file.read_bytes() for file in path.iterdir()}


def test_restore_puts_back_what_a_run_has_changed(tmp_path):
    data, backup = dataset(tmp_path / "data"), tmp_path / "backup"
    before = contents(data)
    report = planish.dedup(data, in_place=True, key="id", keep_backup=backup)
    assert report.publish.backup == str(backup)
    expected = planish.restore(data, backup=backup, dry_run=True)
    assert [(file.path, file.fate) for file in expected.files] == [("a.parquet", "replaced"), ("b.parquet", "added")]
    assert contents(data) != before
    restored = planish.restore(data, backup=backup)
    assert contents(data) == before
    assert (restored.files_replaced, restored.files_added, restored.files_removed) == (1, 1, 0)
    assert planish.restore(data, backup=backup).files == []


def test_restore_names_the_file_that_has_changed_since(tmp_path):
    data, backup = dataset(tmp_path / "data"), tmp_path / "backup"
    planish.dedup(data, in_place=True, key="id", keep_backup=backup)
    pq.write_table(pa.table({"id": [7]}), data / "a.parquet")
    with pytest.raises(planish.DriftError) as error:
        planish.restore(data, backup=backup)
    assert error.value.file == str(data / "a.parquet")


def test_paths_of_other_stores_are_refused(tmp_path):
    data = dataset(tmp_path / "data")
    for call in (
        lambda: planish.restore("s3://b/x", backup=tmp_path),
        lambda: planish.restore(data, backup="gs+x://b/x"),
        lambda: planish.recover("s3://b/x"),
        lambda: planish.inspect("s3://b/x"),
        lambda: planish.check(["abfs://b/x"]),
        lambda: planish.dedup(data, output="s3://b/y"),
        lambda: planish.dedup(data, in_place=True, keep_backup="s3://b/y"),
        lambda: planish.dedup(data, dry_run=True, temp_dir="s3://b/y"),
        lambda: planish.merge(data, "s3://b/y", key="id", dry_run=True),
        lambda: planish.merge("s3://b/y", data, key="id", dry_run=True),
    ):
        with pytest.raises(planish.InvalidOptionError, match="is not a local path"):
            call()


def test_errors_name_options_as_python_does(tmp_path):
    data = dataset(tmp_path / "data")
    with pytest.raises(planish.InvalidOptionError) as error:
        planish.dedup(data, output=tmp_path / "out", publish="swap")
    assert str(error.value).startswith('publish="swap" needs in_place=True')
    with pytest.raises(planish.InvalidOptionError) as error:
        planish.dedup(data, output=tmp_path / "out", on_error="skip", retries=2)
    assert error.value.hint == 'leave out retries, or set on_error="retry"'
