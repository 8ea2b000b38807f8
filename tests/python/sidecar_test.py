# SPDX-License-Identifier: Apache-2.0
"""Files that describe the data, after changes in place, as readers go by them."""

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import planish


@pytest.fixture
def sales(tmp_path):
    """A partitioned dataset with the metadata files that PyArrow and Dask write."""
    directory = tmp_path / "sales"
    table = pa.table({"id": [1, 2, 3, 2, 4, 3, 5], "day": list("aaabbbb"), "x": range(7)})
    collected = []
    pq.write_to_dataset(table, directory, partition_cols=["day"], metadata_collector=collected)
    schema = table.drop(["day"]).schema
    pq.write_metadata(schema, directory / "_common_metadata")
    pq.write_metadata(schema, directory / "_metadata", metadata_collector=collected)
    return directory


def by_metadata(directory):
    """Rows as a reader sees them that opens nothing which `_metadata` does not list."""
    dataset = ds.parquet_dataset(directory / "_metadata", partitioning="hive")
    return dataset.to_table().sort_by("id").to_pylist()


def by_listing(directory):
    return ds.dataset(directory, partitioning="hive").to_table().sort_by("id").to_pylist()


def fates(report):
    return {file.file: file.outcome for file in report.publish.metadata_files}


@pytest.mark.parametrize("engine", ["auto", "reference"])
@pytest.mark.parametrize("publish", ["files", "swap"])
def test_readers_of_metadata_see_what_dedup_has_left(sales, publish, engine):
    report = planish.dedup(sales, in_place=True, key="id", publish=publish, engine=engine)
    assert fates(report) == {"_metadata": "rebuilt"}
    rows = by_metadata(sales)
    assert [row["id"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows == by_listing(sales)
    assert pq.ParquetDataset(sales).read().num_rows == 5


@pytest.mark.parametrize("engine", ["auto", "reference"])
@pytest.mark.parametrize("publish", ["files", "swap"])
def test_readers_of_metadata_see_what_merge_has_inserted(sales, publish, engine):
    planish.dedup(sales, in_place=True, key="id")
    source = pa.table({"id": [4, 9], "day": ["b", "c"], "x": [40, 90]})
    report = planish.merge(sales, source, key="id", in_place=True, publish=publish, engine=engine)
    assert fates(report) == {"_metadata": "rebuilt"}
    rows = by_metadata(sales)
    assert {row["id"]: row["x"] for row in rows} == {1: 0, 2: 1, 3: 2, 4: 40, 5: 6, 9: 90}
    assert rows == by_listing(sales)


def test_statistics_of_a_metadata_file_that_is_made_anew_prune_as_those_of_the_files(sales):
    planish.dedup(sales, in_place=True, key="id")
    dataset = ds.parquet_dataset(sales / "_metadata", partitioning="hive")
    fragments = list(dataset.get_fragments(filter=ds.field("id") == 5))
    kept = [group for fragment in fragments for group in fragment.split_by_row_group(ds.field("id") == 5)]
    assert len(kept) == 1
    assert dataset.to_table(filter=ds.field("id") == 5)["x"].to_pylist() == [6]


def test_a_column_that_a_merge_adds_is_in_common_metadata_and_takes_metadata_away(sales):
    planish.dedup(sales, in_place=True, key="id")
    source = pa.table({"id": [1], "day": ["a"], "new": [1.5]})
    report = planish.merge(sales, source, key="id", in_place=True, extra_columns="add",
                           missing_columns="keep")
    assert fates(report) == {"_common_metadata": "rebuilt", "_metadata": "removed"}
    assert pq.read_schema(sales / "_common_metadata").names == ["id", "x", "new"]
    assert not (sales / "_metadata").exists()
    assert "different columns" in [f.reason for f in report.publish.metadata_files if f.reason][0]


def test_metadata_that_was_stale_is_removed_and_said(sales, tmp_path):
    pq.write_table(pa.table({"id": [8], "x": [8]}), sales / "day=a" / "later.parquet")
    report = planish.dedup(sales, in_place=True, key="id", keep_backup=tmp_path / "backup")
    assert fates(report) == {"_metadata": "removed"}
    assert report.publish.metadata_files[0].reason == (
        "it was not true before: it lacks day=a/later.parquet")
    assert (tmp_path / "backup" / "_metadata").exists()


def test_checksums_of_hadoop_go_with_the_files_they_are_about(sales):
    files = sorted(sales.glob("day=*/*.parquet"))
    for file in files:
        (file.parent / f".{file.name}.crc").write_bytes(b"crc\0" + b"\0" * 8)
    report = planish.dedup(sales, in_place=True, key="id")
    assert report.publish.checksums_removed == 1
    left = {path.parent.name for path in sales.glob("day=*/.*.crc")}
    assert left == {"day=a"}


def test_metadata_of_a_partition_goes_on_where_a_file_that_it_lists_is_left(sales):
    # A file that is data by no name, but is listed.
    (leaving,) = sales.glob("day=b/*.parquet")
    pq.write_table(pa.table({"id": [2, 3], "x": [0, 0]}), leaving)
    other = sales / "day=b" / "o.dat"
    pq.write_table(pa.table({"id": [9], "x": [9]}), other)
    collected = []
    for file in (leaving, other):
        metadata = pq.read_metadata(file)
        metadata.set_file_path(file.name)
        collected.append(metadata)
    pq.write_metadata(pq.read_schema(leaving), sales / "day=b" / "_metadata", metadata_collector=collected)
    (sales / "_metadata").unlink()
    report = planish.dedup(sales, in_place=True, key="id")
    assert not leaving.exists()
    assert [(f.file, f.outcome, f.reason) for f in report.publish.metadata_files] == [
        ("day=b/_metadata", "rebuilt", None)]
    listed = pq.read_metadata(sales / "day=b" / "_metadata")
    assert [listed.row_group(i).column(0).file_path for i in range(listed.num_row_groups)] == ["o.dat"]


def test_common_metadata_that_declares_more_than_files_have_is_removed_for_that(sales):
    # As PyArrow's write_metadata(table.schema) has the column of the directories.
    schema = pa.schema([("id", pa.int64()), ("day", pa.string()), ("x", pa.int64())])
    pq.write_metadata(schema, sales / "_common_metadata")
    (sales / "_metadata").unlink()
    source = pa.table({"id": [1], "day": ["a"], "new": [1.5]})
    report = planish.merge(sales, source, key="id", in_place=True, extra_columns="add",
                           missing_columns="keep")
    (file,) = report.publish.metadata_files
    assert (file.outcome, file.reason) == ("removed", "no file that was written has all that it declares")


def test_common_metadata_above_a_dataset_whose_files_get_columns_is_named_as_stale(sales):
    (sales / "_metadata").unlink()
    partition = sales / "day=a"
    merge = dict(key="id", in_place=True, missing_columns="keep")
    report = planish.merge(partition, pa.table({"id": [1], "x": [70]}), **merge)
    assert report.publish.metadata_files == []
    report = planish.merge(partition, pa.table({"id": [1], "new": [1.5]}), extra_columns="add", **merge)
    assert [(f.file, f.outcome, f.reason) for f in report.publish.metadata_files] == [
        (str(sales / "_common_metadata"), "stale", "it lacks columns that files of the dataset got")]
    assert pq.read_schema(sales / "_common_metadata").names == ["id", "x"]
