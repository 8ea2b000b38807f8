# SPDX-License-Identifier: Apache-2.0
"""planish.dedup, check and inspect against a loop over rows."""

import os
import pathlib
import random

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs
import pyarrow.parquet as pq
import pytest

import planish
from random_tables import PARQUET_TYPES, random_table
from row_loop import plain, winners


def write_files(directory, table, rng, files=3):
    """Writes a table as consecutive files of small row groups."""
    directory.mkdir()
    cuts = sorted(rng.randint(0, table.num_rows) for _ in range(files - 1))
    for i, (begin, end) in enumerate(zip([0, *cuts], [*cuts, table.num_rows])):
        pq.write_table(table.slice(begin, end - begin), directory / f"part-{i}.parquet",
                       row_group_size=rng.randint(1, 20), compression=rng.choice(["snappy", "zstd"]))


def kept_rows(directory):
    return [n for file in sorted(directory.glob("*.parquet"))
            for n in pq.ParquetFile(file).read(columns=["row"])["row"].to_pylist()]


@pytest.fixture
def pair(tmp_path):
    """Two files with duplicates of column id."""
    source = tmp_path / "in"
    source.mkdir()
    pq.write_table(pa.table({"id": [1, 2, 1], "v": ["a", "b", "c"]}), source / "a.parquet")
    pq.write_table(pa.table({"id": [2, 3], "v": ["d", "e"]}), source / "b.parquet")
    return source


@pytest.mark.parametrize("seed", range(40))
def test_random_datasets_keep_the_rows_that_a_loop_keeps(tmp_path, seed):
    rng = random.Random(seed)
    table = random_table(rng, rng.randint(0, 120))
    source, output = tmp_path / "in", tmp_path / "out"
    write_files(source, table, rng)
    key = rng.sample(table.column_names[:-1], rng.randint(1, table.num_columns - 1))
    keep = rng.choice(["first", "last", "none"])
    order_by = rng.choice([[], ["row"], ["-row"]]) if keep != "none" else []
    nan_equal = rng.random() < 0.8
    report = planish.dedup(source, output=output, key=key, keep=keep, order_by=order_by,
                           nan_equal=nan_equal, sync=False, threads=rng.randint(1, 3))
    expected = winners(table.to_pylist(), key, keep, order_by, nan_equal)
    assert kept_rows(output) == expected, f"seed {seed}"
    assert (report.rows_in, report.rows_kept) == (table.num_rows, len(expected))
    written = pa.concat_tables([pq.ParquetFile(f).read() for f in sorted(output.glob("*"))])
    assert plain(written.to_pylist()) == plain([table.to_pylist()[i] for i in expected])


@pytest.mark.parametrize("kind,values", PARQUET_TYPES, ids=lambda x: str(x)[:20])
def test_each_type_is_a_key(tmp_path, kind, values):
    rng = random.Random(str(kind))
    drawn = [rng.choice([*values, None]) for _ in range(60)]
    table = pa.table({"k": pa.array(drawn, kind), "row": range(60)})
    write_files(tmp_path / "in", table, rng)
    planish.dedup(tmp_path / "in", output=tmp_path / "out", key="k", sync=False)
    assert kept_rows(tmp_path / "out") == winners(table.to_pylist(), ["k"])


def test_check_counts_what_dedup_drops(tmp_path):
    rng = random.Random(1)
    table = random_table(rng, 200)
    write_files(tmp_path / "in", table, rng)
    found = planish.check(tmp_path / "in", key="k0", worst_keys=3)
    planned = planish.dedup(tmp_path / "in", dry_run=True, key="k0")
    kept = winners(table.to_pylist(), ["k0"])
    assert found.surplus_rows == planned.rows_dropped == 200 - len(kept)
    assert found and found.key == ["k0"] and len(found.worst) == min(3, found.duplicated_keys)
    assert found.worst[0].rows >= found.worst[-1].rows >= 2
    assert not planish.check(tmp_path / "in", key="row")


def test_inspect_describes_the_columns(pair):
    found = planish.inspect(pair)
    assert (found.files, found.rows, found.row_groups) == (2, 5, 2)
    assert [(f.name, f.type) for f in found.schema] == [("id", "int64"), ("v", "string")]
    assert (found.columns[0].min, found.columns[0].max) == ("1", "3")
    assert found.columns[0].codecs == {"snappy": 2}


@pytest.mark.parametrize("spell", [
    lambda d: d, str, lambda d: d.as_uri(), lambda d: [d / "a.parquet", str(d / "b.parquet")],
    lambda d: str(d / "*.parquet"), lambda d: (p for p in [d]), lambda d: ds.dataset(d),
], ids=["pathlib", "str", "url", "list", "glob", "generator", "dataset"])
def test_inputs_may_be_spelled_in_many_ways(pair, tmp_path, spell):
    report = planish.dedup(spell(pair), output=tmp_path / "out", key="id")
    assert (report.files_in, report.rows_kept) == (2, 3)


def test_paths_that_are_not_text_are_taken(pair, tmp_path):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/\xff in")
    pathlib.Path(pair).rename(odd)
    assert planish.dedup(odd, output=os.fsencode(odd) + b" out", key="id").rows_kept == 3
    assert planish.dedup(pathlib.Path(odd).as_uri(), dry_run=True, key="id").rows_kept == 3


def test_hive_columns_come_from_a_dataset_of_files(tmp_path):
    table = pa.table({"day": [1, 1, 2], "id": [7, 7, 7]})
    pq.write_to_dataset(table, tmp_path / "in", partition_cols=["day"])
    partitioned = ds.dataset(tmp_path / "in", partitioning="hive")
    assert planish.dedup(partitioned, dry_run=True, key=["day", "id"]).rows_kept == 2
    assert planish.dedup(partitioned, dry_run=True, key="id").rows_kept == 1
    assert planish.dedup(partitioned, dry_run=True, key="id", scope="partition").rows_kept == 2


def test_local_filesystems_are_unwrapped(pair):
    local = pyarrow.fs.LocalFileSystem()
    below = pyarrow.fs.SubTreeFileSystem(str(pair.parent), local)
    assert planish.dedup(str(pair), dry_run=True, filesystem=local).rows_in == 5
    assert planish.dedup("in", dry_run=True, filesystem=below).rows_in == 5
    assert planish.dedup(ds.dataset("in", filesystem=below), dry_run=True).rows_in == 5
    fsspec = pytest.importorskip("fsspec")
    assert planish.inspect(str(pair), filesystem=fsspec.filesystem("file")).rows == 5
    assert planish.inspect(
        "in", filesystem=fsspec.filesystem("dir", path=str(pair.parent),
                                           fs=fsspec.filesystem("file"))).rows == 5


def test_options_reach_the_engine(pair, tmp_path):
    report = planish.dedup(
        pair, output=tmp_path / "out", key="id", keep="last", compression="zstd", compression_level=3,
        verify=True, memory_limit="64MB", temp_dir=tmp_path / "tmp", temp_limit="1GB", chunk="rows",
        chunk_rows=2, threads=1, on_error="retry", retries=2, retry_delay=0.01, sync=False,
        optimizations={"copy_files": False, "key_ranges": False}, missing_columns="null")
    assert report.verified
    for name, value in {"keep": "last", "compression": "zstd", "compression-level": "3",
                        "memory-limit": "64.0 MB", "temp-limit": "1.00 GB", "chunk": "rows",
                        "chunk-rows": "2", "threads": "1", "on-error": "retry=2", "sync": "off",
                        "copy-files": "off", "key-ranges": "off", "copy-row-groups": "on",
                        "missing-columns": "null"}.items():
        assert report.options[name] == value, name


def test_loop_semantics_take_the_smallest_file_first_and_every_nan_for_distinct(tmp_path):
    nan = float("nan")
    source = tmp_path / "in"
    source.mkdir()
    pq.write_table(pa.table({"id": [1.0, nan, nan] * 200, "v": ["big"] * 600}), source / "a.parquet")
    pq.write_table(pa.table({"id": [1.0, nan], "v": ["small"] * 2}), source / "b.parquet")
    planish.dedup(source, output=tmp_path / "out", key="id", semantics="loop")
    kept = pq.read_table(tmp_path / "out").to_pylist()
    assert [row["v"] for row in kept if row["id"] == 1.0] == ["small"]
    assert sum(row["id"] != row["id"] for row in kept) == 401


def test_columns_beside_the_key_may_differ_and_inspect_says_so(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    pq.write_table(pa.table({"id": [1, 1], "v": [1, 2]}), source / "a.parquet")
    pq.write_table(pa.table({"id": [1, 2], "v": ["x", "y"]}), source / "b.parquet")
    assert planish.dedup(source, output=tmp_path / "out", key="id").rows_kept == 2
    assert pq.ParquetFile(tmp_path / "out" / "b.parquet").read().to_pylist() == [{"id": 2, "v": "y"}]
    [found] = planish.inspect(source).disagreements
    assert found.column == "v"
    assert [(t.type, t.files, pathlib.Path(t.file).name) for t in found.types] == [
        ("int64", 1, "a.parquet"), ("string", 1, "b.parquet")]
    with pytest.raises(planish.SchemaError, match="files disagree"):
        planish.dedup(source, output=tmp_path / "all")


def test_a_partition_column_in_the_files_has_to_agree_with_the_directory(tmp_path):
    source = tmp_path / "in"
    (source / "day=2024-03-07").mkdir(parents=True)
    file = source / "day=2024-03-07" / "a.parquet"
    table = pa.table({"id": [1, 1], "day": pa.array(["2024-03-07"] * 2).cast(pa.date32())})
    pq.write_table(table, file)
    planish.dedup(source, in_place=True, key=["id", "day"])
    assert pq.ParquetFile(file).read().equals(table.slice(0, 1))
    pq.write_table(table.set_column(1, "day", pa.array([None, None], pa.date32())), file)
    with pytest.raises(planish.SchemaError) as caught:
        planish.dedup(source, in_place=True, key="id")
    assert caught.value.column == "day"
    assert "value of the directory: 2024-03-07" in str(caught.value)
