# SPDX-License-Identifier: Apache-2.0
"""planish.merge against a loop over rows, and PyarrowDatasetIO."""

import random
import threading

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import planish
from planish.compat import PyarrowDatasetIO
from random_tables import cut, random_table
from row_loop import plain

SOURCES = {
    "table": lambda table, path: table,
    "reader": lambda table, path: table.to_reader(),
    "python reader": lambda table, path: pa.RecordBatchReader.from_batches(
        table.schema, iter(table.to_batches())),
    "dataset": lambda table, path: ds.dataset(table),
    "path": lambda table, path: (pq.write_table(table, path), path)[1],
}


def merged(target, source, key, strategy):
    """The rows of the result, of rows as dicts."""
    def key_of(row):
        return tuple(plain(row[name]) for name in key)

    changes = {key_of(row): row for row in source}  # the last of each key
    known = {key_of(row) for row in target}
    rows = []
    for row in target:
        change = changes.get(key_of(row))
        if change is None:
            if strategy != "sync":
                rows.append(row)
        elif strategy == "insert":
            rows.append(row)
        elif strategy != "delete":
            rows.append(change)
    if strategy in ("insert", "upsert", "sync"):
        rows += [row for value, row in changes.items() if value not in known]
    return rows


def rows_in(directory):
    return [row for file in sorted(directory.rglob("*.parquet"))
            for row in pq.ParquetFile(file).read().to_pylist()]


def as_bag(rows):
    return sorted(map(repr, plain(rows)))


@pytest.fixture
def events(tmp_path):
    directory = tmp_path / "events"
    directory.mkdir()
    pq.write_table(pa.table({"id": [1, 2], "v": ["a", "b"]}), directory / "0.parquet")
    pq.write_table(pa.table({"id": [3, 4], "v": ["c", "d"]}), directory / "1.parquet")
    return directory


@pytest.mark.parametrize("strategy", ["insert", "update", "upsert", "delete", "sync"])
@pytest.mark.parametrize("seed", range(12))
def test_random_merges_give_the_rows_that_a_loop_gives(tmp_path, seed, strategy):
    rng = random.Random(f"{seed} {strategy}")
    table = random_table(rng, rng.randint(2, 120))
    middle = rng.randint(1, table.num_rows - 1)
    target, source = table.slice(0, middle), cut(rng, table.slice(middle))
    directory = tmp_path / "target"
    directory.mkdir()
    half = middle // 2
    for name, part in (("0", target.slice(0, half)), ("1", target.slice(half))):
        pq.write_table(part, directory / f"{name}.parquet", row_group_size=rng.randint(1, 20))
    key = rng.sample(table.column_names[:-1], rng.randint(1, table.num_columns - 1))
    kind = rng.choice(list(SOURCES))
    in_place = rng.random() < 0.5
    report = planish.merge(directory, SOURCES[kind](source, tmp_path / "source.parquet"), key=key,
                           strategy=strategy, sync=False,
                           in_place=in_place, output=None if in_place else tmp_path / "out")
    expected = merged(target.to_pylist(), source.to_pylist(), key, strategy)
    result = rows_in(directory if in_place else tmp_path / "out")
    assert as_bag(result) == as_bag(expected), f"seed {seed}, {kind}"
    assert report.merge.target_rows_before == middle
    assert report.merge.target_rows_after == len(expected)
    assert report.to_dict()["merge"]["inserted"] == report.merge.inserted


def test_a_merge_is_in_place_unless_it_is_told_otherwise(events, tmp_path):
    source = pa.table({"id": [4, 5], "v": ["D", "e"]})
    before = rows_in(events)
    planned = planish.merge(events, source, key="id", dry_run=True)
    assert (planned.merge.inserted, planned.merge.updated, rows_in(events)) == (1, 1, before)
    planish.merge(events, source, key="id", output=tmp_path / "out")
    assert rows_in(events) == before
    untouched = (events / "0.parquet").stat().st_ino
    planish.merge(events, source=source, key="id", strategy="upsert", in_place=True)
    assert as_bag(rows_in(events)) == as_bag(rows_in(tmp_path / "out"))
    assert (events / "0.parquet").stat().st_ino == untouched


def test_what_cannot_be_read_is_skipped_only_if_asked(events):
    (events / "2.parquet").write_bytes(b"no Parquet at all")
    source = pa.table({"id": [1, 9], "v": ["A", "z"]})
    with pytest.raises(planish.PlanishError):
        planish.merge(events, source, key="id", in_place=True)
    report = planish.merge(events, source, key="id", on_error="skip", in_place=True)
    assert (report.merge.updated, report.merge.inserted, report.merge.withheld) == (1, 0, 1)
    assert [chunk.row_group for chunk in report.skipped] == [None]
    assert (events / "2.parquet").read_bytes() == b"no Parquet at all"


def test_frames_are_sources(events):
    planish.merge(events, pd.DataFrame({"id": [1], "v": ["A"]}), key=["id"], strategy="update", in_place=True)
    assert rows_in(events)[0] == {"id": 1, "v": "A"}


def test_columns_are_added_and_the_result_is_verified(events):
    source = pa.table({"id": [4, 5], "v": ["d", "e"], "tags": [["x"], None]})
    with pytest.raises(KeyError):
        planish.merge(events, source, key="id", in_place=True)
    report = planish.merge(events, source, key="id", extra_columns="add", verify=True, in_place=True)
    assert report.verified and report.merge.added_columns == 1
    assert report.files.untouched == 1
    assert rows_in(events) == [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}, {"id": 3, "v": "c", "tags": None},
                               {"id": 4, "v": "d", "tags": ["x"]}, {"id": 5, "v": "e", "tags": None}]


def test_a_source_of_python_code_is_read_on_the_calling_thread_and_may_raise(events):
    seen = []

    def batches(fails):
        seen.append(threading.get_ident())
        yield pa.record_batch({"id": [1], "v": ["A"]})
        if fails:
            raise RuntimeError("the source fails")

    schema = pa.schema([("id", pa.int64()), ("v", pa.string())])
    before = rows_in(events)
    with pytest.raises(RuntimeError, match="the source fails"):
        planish.merge(events, pa.RecordBatchReader.from_batches(schema, batches(True)), key="id", in_place=True)
    assert rows_in(events) == before
    planish.merge(events, batches(False), key="id", in_place=True)
    assert set(seen) == {threading.get_ident()}
    assert rows_in(events)[0] == {"id": 1, "v": "A"}


def test_errors_are_those_of_their_kind(events, tmp_path):
    table = pa.table({"id": [1], "v": ["A"]})
    with pytest.raises(KeyError):
        planish.merge(events, table, key="nope", in_place=True)
    with pytest.raises(ValueError):
        planish.merge(events, table, key="id", strategy="replace", in_place=True)
    with pytest.raises(ValueError):
        planish.merge(events, table, key=[], in_place=True)
    with pytest.raises(FileNotFoundError):
        planish.merge(tmp_path / "gone", table, key="id", strategy="update", in_place=True)
    with pytest.raises(ValueError):
        planish.merge(events, pa.table({"id": [1, 1], "v": ["A", "B"]}), key="id",
                      source_duplicates="error", in_place=True)
    with pytest.raises(TypeError):
        planish.merge(events, None, key="id", in_place=True)
    assert len(rows_in(events)) == 4


def test_the_help_names_every_argument():
    import inspect

    for name in inspect.signature(planish.merge).parameters:
        assert name in planish.merge.__doc__, name


@pytest.mark.parametrize("strategy", ["insert", "update", "upsert"])
def test_dataset_io_merges_and_tells_the_files(events, strategy):
    source = pa.table({"id": [3, 9], "v": ["C", "i"]})
    expected = merged(rows_in(events), source.to_pylist(), ["id"], strategy)
    seen = []
    result = PyarrowDatasetIO().merge(source, str(events), strategy, ["id"],
                                      merge_progress_callback=lambda done, total: seen.append(done))
    assert as_bag(rows_in(events)) == as_bag(expected)
    assert (result.strategy, result.source_count) == (strategy, 2)
    assert (result.target_count_before, result.target_count_after) == (4, len(expected))
    assert result.inserted == (strategy != "update") and result.updated == (strategy != "insert")
    assert result.deleted == 0
    assert str(events / "0.parquet") in result.preserved_files
    assert (str(events / "1.parquet") in result.rewritten_files) == (strategy != "insert")
    assert len(result.inserted_files) == result.inserted
    assert {file.path for file in result.files} == {str(file) for file in events.glob("*.parquet")}
    assert sum(file.row_count for file in result.files) == len(expected)
    assert result.metrics["total_process_time_sec"] > 0 and seen == sorted(seen)


def test_dataset_io_checks_what_the_old_one_checked(events, tmp_path):
    table = pa.table({"id": [1], "v": ["A"]})
    io = PyarrowDatasetIO()
    for strategy, key, message in (("replace", ["id"], "strategy"), ("upsert", [], "cannot be empty")):
        with pytest.raises(ValueError, match=message):
            io.merge(table, events, strategy, key)
    with pytest.raises(ValueError, match="max_rows_per_file"):
        io.merge(table, events, "upsert", ["id"], max_rows_per_file=0)
    with pytest.raises(ValueError, match="UPDATE strategy requires") as caught:
        io.merge(table, tmp_path / "gone", "update", ["id"])
    assert isinstance(caught.value, FileNotFoundError)
    with pytest.raises(ValueError, match="partition column not found in the source: day"):
        io.merge(table, events, "upsert", ["id"], partition_columns=["day"])


def test_dataset_io_takes_tables_in_lists_schemas_and_missing_targets(tmp_path):
    narrow = pa.table({"id": pa.array([1], pa.int32())})
    schema = pa.schema([("id", pa.int64())])
    io = PyarrowDatasetIO()
    assert io.merge(narrow, tmp_path / "new", "upsert", "id", schema=schema).inserted == 1
    wide = narrow.cast(schema)
    assert io.merge([wide, pa.table({"id": [2]})], tmp_path / "new", "insert", "id").inserted == 1
    assert sorted(row["id"] for row in rows_in(tmp_path / "new")) == [1, 2]


BATCHES = {
    "shuffled batches": lambda: iter([pa.record_batch({"id": [2], "x": [21]}), pa.record_batch({"x": [31], "id": [3]})]),
    "a reader whose batches are shuffled": lambda: pa.RecordBatchReader.from_batches(
        pa.schema({"id": pa.int64(), "x": pa.int64()}),
        iter([pa.record_batch({"x": [21], "id": [2]}), pa.record_batch({"x": [31], "id": [3]})])),
    "tables of other types": lambda: [
        pa.table({"id": pa.array([2], pa.int8()), "x": [21]}), pa.table({"x": pa.array([31], pa.int16()), "id": [3]})],
    "frames, batches and readers": lambda: [
        pd.DataFrame({"id": [2], "x": [21]}), pa.table({"x": [31], "id": [3]}).to_reader()],
}


@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_batches_are_matched_by_name(tmp_path, batches, engine):
    pq.write_table(pa.table({"id": [1, 2], "x": [10, 20]}), tmp_path / "a.parquet")
    planish.merge(tmp_path, BATCHES[batches](), key="id", strategy="sync", engine=engine, in_place=True)
    assert rows_in(tmp_path) == [{"id": 2, "x": 21}, {"id": 3, "x": 31}]


def test_batches_with_other_columns_are_refused_and_change_nothing(tmp_path):
    pq.write_table(pa.table({"id": [1, 2], "x": [10, 20]}), tmp_path / "a.parquet")
    batches = [pa.record_batch({"id": [2], "x": [21]}), pa.record_batch({"foo": [3], "bar": [31]})]
    with pytest.raises(planish.MissingColumnError) as caught:
        planish.merge(tmp_path, batches, key="id", in_place=True)
    assert caught.value.column == "id" and caught.value.facts["batch"] == "1"
    assert rows_in(tmp_path) == [{"id": 1, "x": 10}, {"id": 2, "x": 20}]


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_numbers_of_pandas_come_in_where_the_target_holds_them(tmp_path, engine):
    pq.write_table(pa.table({"id": [1, 2], "x": [10, 20], "f": pa.array([0.5, 0.5], pa.float32())}), tmp_path / "a.parquet")
    frame = pd.DataFrame({"id": [2.0, 3.0], "x": [21.0, None], "f": [0.1, 0.5]})
    planish.merge(tmp_path, frame, key="id", engine=engine, verify=True, in_place=True)
    small = pa.scalar(0.1, pa.float32()).as_py()
    assert rows_in(tmp_path) == [
        {"id": 1, "x": 10, "f": 0.5}, {"id": 2, "x": 21, "f": small}, {"id": 3, "x": None, "f": 0.5}]


@pytest.mark.parametrize("engine", ["auto", "reference"])
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_value_that_does_not_fit_is_named(tmp_path, engine, dry_run):
    pq.write_table(pa.table({"id": [1, 2], "x": [10, 20]}), tmp_path / "a.parquet")
    source = pd.DataFrame({"id": [2, 3, 4], "x": [21.0, 31.0, 4.5]})
    with pytest.raises(planish.SchemaError) as caught:
        planish.merge(tmp_path, source, key="id", engine=engine, in_place=not dry_run, dry_run=dry_run)
    assert caught.value.column == "x" and caught.value.file == "source"
    assert caught.value.facts["value"] == "4.5" and caught.value.facts["row"] == "2"
    assert caught.value.hint
    assert rows_in(tmp_path) == [{"id": 1, "x": 10}, {"id": 2, "x": 20}]


def test_times_without_zone_are_in_utc_if_asked(tmp_path):
    pq.write_table(pa.table({"id": [1], "t": pa.array([0], pa.timestamp("us", "UTC"))}), tmp_path / "a.parquet")
    source = pa.table({"id": [1], "t": pa.array([5], pa.timestamp("us"))})
    with pytest.raises(planish.SchemaError, match="assume-timezone"):
        planish.merge(tmp_path, source, key="id", in_place=True)
    planish.merge(tmp_path, source, key="id", assume_timezone="UTC", in_place=True)
    assert pq.read_table(tmp_path)["t"].cast(pa.int64()).to_pylist() == [5]


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_the_newest_source_row_counts(tmp_path, engine):
    pq.write_table(pa.table({"id": [1], "ts": [4.0], "x": [0]}), tmp_path / "a.parquet")
    source = pa.table({"id": [1, 1, 1, 1], "ts": [5.0, 3.0, float("nan"), None], "x": [5, 3, 1, 2]})
    report = planish.merge(tmp_path, source, key="id", newer_by="ts", engine=engine, in_place=True)
    assert rows_in(tmp_path) == [{"id": 1, "ts": 5.0, "x": 5}]
    assert report.merge.source_rows == 4 and report.merge.source_duplicates == 3


def test_a_merge_must_be_told_where_its_result_goes(tmp_path):
    pq.write_table(pa.table({"id": [1]}), tmp_path / "a.parquet")
    before = (tmp_path / "a.parquet").read_bytes()
    with pytest.raises(planish.InvalidOptionError, match="in_place=True"):
        planish.merge(tmp_path, pa.table({"id": [2]}), key="id")
    assert [file.name for file in tmp_path.iterdir()] == ["a.parquet"]
    assert (tmp_path / "a.parquet").read_bytes() == before


# The table "Changes that come late" of docs/semantics.md: strategy, what the target has of key 7 afterwards
# without newer_by, with it, and where the key's row was deleted before.
LATE = {
    "insert": (5, planish.InvalidOptionError, 3),
    "update": (3, 5, None),
    "upsert": (3, 5, 3),
    "deletion": (None, 5, None),
    "delete": (None, planish.InvalidOptionError, None),
    "sync": (3, 5, 3),
}


@pytest.mark.parametrize("strategy", LATE)
def test_late_changes_do_what_the_table_in_semantics_says(tmp_path, strategy):
    def after(keys, newer_by):
        directory = tmp_path / f"{len(keys)}-{newer_by}"
        directory.mkdir()
        pq.write_table(pa.table({"id": keys, "ts": [5] * len(keys)}), directory / "a.parquet")
        changes = pa.table({"id": [1, 7], "ts": [5, 3]})
        options = {"strategy": strategy}
        if strategy == "deletion":
            changes = changes.append_column("gone", pa.array([False, True]))
            options = {"delete_when": "gone"}
        planish.merge(directory, changes, key="id", newer_by=newer_by, in_place=True, **options)
        rows = pq.read_table(directory).to_pylist()
        return next((row["ts"] for row in rows if row["id"] == 7), None)

    without, with_newer_by, deleted = LATE[strategy]
    assert after([1, 7], None) == without
    assert after([1], None) == deleted
    if isinstance(with_newer_by, type):
        with pytest.raises(with_newer_by, match="newer_by has no effect"):
            after([1, 7], "ts")
    else:
        assert after([1, 7], "ts") == with_newer_by
        assert after([1], "ts") == deleted
