# SPDX-License-Identifier: Apache-2.0
"""drop_duplicates and duplicated against a loop over rows, from all that has record batches."""

import random

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import planish
from random_tables import STREAM_TYPES, cut, random_table
from row_loop import plain, winners


class OnlyCapsule:
    """What knows the PyCapsule interface and nothing else, as other libraries' tables do."""

    def __init__(self, table):
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


class LazyFrame:
    """What has rows only once it is asked for them, as polars.LazyFrame."""

    def __init__(self, table):
        self._table = table

    def collect_schema(self):
        return self._table.schema

    def collect_batches(self):
        return (pa.Table.from_batches([batch]) for batch in self._table.to_batches())


SOURCES = {
    "table": lambda table: table,
    "reader": lambda table: table.to_reader(),
    "python reader": lambda table: pa.RecordBatchReader.from_batches(
        table.schema, iter(table.to_batches())),
    "capsule": OnlyCapsule,
    "dataset": ds.dataset,
    "lazy frame": LazyFrame,
    "scanner": lambda table: ds.dataset(table).scanner(batch_size=5),
    "scanner's reader": lambda table: ds.dataset(table).scanner(batch_size=7).to_reader(),
    "batches": lambda table: table.to_batches() or [pa.RecordBatch.from_pylist([], table.schema)],
    "generator": lambda table: (b for b in table.to_batches()
                                or [pa.RecordBatch.from_pylist([], table.schema)]),
}


def random_question(rng, table):
    key = rng.sample(table.column_names[:-1], rng.randint(1, table.num_columns - 1))
    keep = rng.choice(["first", "first", "last", "none"])
    order_by = rng.choice([[], ["row"], ["-row"]]) if keep != "none" else []
    return dict(key=key, keep=keep, order_by=order_by, nan_equal=rng.random() < 0.8)


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("seed", range(20))
def test_random_streams_keep_the_rows_that_a_loop_keeps(seed, kind):
    rng = random.Random(f"{seed} {kind}")
    table = cut(rng, random_table(rng, rng.randint(0, 80), STREAM_TYPES))
    question = random_question(rng, table)
    rows = table.to_pylist()
    expected = winners(rows, **question)
    kept = planish.drop_duplicates(SOURCES[kind](table), **question).read_all()
    kept.validate(full=True)
    assert kept.schema.equals(table.schema, check_metadata=True)
    assert kept["row"].to_pylist() == expected, f"seed {seed}"
    assert plain(kept.to_pylist()) == plain([rows[i] for i in expected])
    mask = planish.duplicated(SOURCES[kind](table), **question)
    mask.validate(full=True)
    assert isinstance(mask, pa.BooleanArray) and mask.null_count == 0
    assert [i for i, dropped in enumerate(mask.to_pylist()) if not dropped] == expected


@pytest.mark.parametrize("kind,values", STREAM_TYPES, ids=lambda x: str(x)[:20])
def test_each_type_is_a_key(kind, values):
    rng = random.Random(str(kind))
    drawn = pa.array([rng.choice([*values, None]) for _ in range(60)], kind)
    table = pa.table({"k": drawn, "row": range(60)})
    kept = planish.drop_duplicates(table, "k").read_all()
    assert kept["row"].to_pylist() == winners(table.to_pylist(), ["k"])
    assert kept.schema == table.schema


def test_frames_of_pandas_are_sources():
    frame = pd.DataFrame({"id": [3, 1, 3, None], "text": ["a", "b", "c", "d"],
                          "at": pd.to_datetime(["2024-01-01"] * 4)})
    for keep, pandas_keep in (("first", "first"), ("last", "last"), ("none", False)):
        kept = planish.drop_duplicates(frame, "id", keep=keep).read_all().to_pandas()
        expected = frame.drop_duplicates("id", keep=pandas_keep).reset_index(drop=True)
        pd.testing.assert_frame_equal(kept, expected)
        assert planish.duplicated(frame, "id", keep=keep).equals(frame.duplicated("id", keep=pandas_keep))


def test_no_key_means_all_columns():
    table = pa.table({"a": [1, 1, 1], "b": ["x", "y", "x"]})
    assert planish.drop_duplicates(table).read_all().to_pylist() == table.to_pylist()[:2]
    assert planish.duplicated(table).to_pylist() == [False, False, True]


def addresses(batch):
    return [buffer and buffer.address for column in batch.columns for buffer in column.buffers()]


def test_a_batch_whose_rows_all_stay_is_not_copied():
    first = pa.record_batch({"id": [1, 2, 3], "text": ["a", "b", None], "list": [[1], [], None],
                             "code": pa.array(["x", "y", "x"]).dictionary_encode()})
    second = pa.record_batch({"id": [3, 4, 1], "text": ["c", "d", "e"], "list": [[2], [3], [4]],
                              "code": pa.array(["x", "y", "x"]).dictionary_encode()})
    for source in (pa.Table.from_batches([first, second]), [first, second],
                   pa.RecordBatchReader.from_batches(first.schema, [first, second])):
        with planish.drop_duplicates(source, "id") as stream:
            kept = next(stream)
            assert addresses(kept) == addresses(first)
            assert kept["code"].dictionary.buffers()[2].address == first["code"].dictionary.buffers()[2].address
            assert next(stream).to_pylist() == second.slice(1, 1).to_pylist()
            assert next(stream, None) is None
    through_capsule = pa.table(planish.drop_duplicates(first, "id"))
    assert addresses(through_capsule.to_batches()[0]) == addresses(first)


def test_streams_are_lazy():
    asked = []

    def batches():
        for n in range(100):
            asked.append(n)
            yield pa.record_batch({"id": [n, n + 1]})

    schema = pa.schema([("id", pa.int64())])
    stream = planish.drop_duplicates(pa.RecordBatchReader.from_batches(schema, batches()), "id")
    assert asked == []
    assert next(stream).to_pylist() == [{"id": 0}, {"id": 1}]
    assert len(asked) == 1
    assert next(stream).to_pylist() == [{"id": 2}]
    assert stream.report.rows_in == 4
    stream.close()
    assert len(asked) == 2
    with pytest.raises(ValueError, match="closed"):
        next(stream)


def test_batches_outlive_their_stream():
    batches = []
    for n in range(20):
        table = pa.table({"id": [n, n, n + 1], "text": [f"text {n}"] * 3})
        stream = planish.drop_duplicates(table, "id", keep="last")
        batches.append(next(stream))
        stream.close()
    del stream, table
    for n, batch in enumerate(batches):
        batch.validate(full=True)
        assert batch.to_pylist() == [{"id": n, "text": f"text {n}"}, {"id": n + 1, "text": f"text {n}"}]


def test_streams_can_be_read_in_every_way():
    table = pa.table({"id": [1, 2, 1]})
    expected = [{"id": 1}, {"id": 2}]
    assert planish.drop_duplicates(table).to_reader().read_all().to_pylist() == expected
    assert pa.RecordBatchReader.from_stream(planish.drop_duplicates(table)).read_all().to_pylist() == expected
    assert pa.table(planish.drop_duplicates(table)).to_pylist() == expected
    assert pa.schema(planish.drop_duplicates(table)) == table.schema
    assert [b.to_pylist() for b in planish.drop_duplicates(table)] == [expected]
    again = planish.drop_duplicates(planish.drop_duplicates(table))
    assert again.read_all().to_pylist() == expected
    assert again.report.rows_in == 2 and "2 kept" in repr(again)


def test_datasets_of_files_come_with_hive_columns(tmp_path):
    table = pa.table({"day": [1, 1, 2], "id": [7, 7, 7]})
    pq.write_to_dataset(table, tmp_path / "in", partition_cols=["day"])
    for source in (tmp_path / "in", str(tmp_path / "in"), [tmp_path / "in"]):
        kept = planish.drop_duplicates(source, ["id", "day"]).read_all()
        assert kept.to_pylist() == [{"id": 7, "day": 1}, {"id": 7, "day": 2}]
    reader = planish.drop_duplicates(ds.dataset(tmp_path / "in", partitioning="hive"), "id")
    assert reader.read_all().to_pylist() == [{"id": 7, "day": 1}]


def test_rows_are_the_same_for_any_memory_limit(tmp_path):
    numbers = pa.array([(n * 7919) % 300_000 for n in range(400_000)])
    table = pa.table({"id": numbers, "text": pc.cast(numbers, pa.string())})
    streams = [planish.drop_duplicates(table.to_batches(4096), "id", memory_limit=limit,
                                       temp_dir=tmp_path) for limit in ("1GB", "4MB")]
    kept = [stream.read_all() for stream in streams]
    assert kept[0].equals(kept[1]) and kept[0].num_rows == 300_000
    assert streams[0].spooled_rows == 0 and streams[1].spooled_rows > 0
    assert streams[1].report.memory.limit_bytes == 4_000_000
    masks = [planish.duplicated(table, "id", memory_limit=limit, temp_dir=tmp_path)
             for limit in ("1GB", "4MB")]
    assert masks[0].equals(masks[1]) and masks[0].true_count == 100_000
    assert list(tmp_path.iterdir()) == []
