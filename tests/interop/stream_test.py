# SPDX-License-Identifier: Apache-2.0
"""Arrow IPC streams that PyArrow writes, and reads what planish makes of them."""

import decimal
import io
import os
import pathlib
import subprocess
import tempfile
import unittest

import pyarrow as pa
import pyarrow.parquet as pq

from commands import PLANISH


def ipc_bytes(batches, schema, new=pa.ipc.new_stream, **options):
    sink = io.BytesIO()
    with new(sink, schema, **options) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.getvalue()


def read_stream(data):
    return pa.ipc.open_stream(data).read_all()


def many_types(begin, rows):
    """Ten distinct rows of many types, again and again."""
    numbers = [(begin + i) % 10 for i in range(rows)]
    texts = [None if n == 3 else f"text {n}" for n in numbers]
    run_ends = pa.array(range(1, rows + 1), pa.int32())
    return pa.record_batch({
        "id": pa.array(numbers, pa.int64()),
        "text": texts,
        "view": pa.array(texts, pa.string_view()),
        "coded": pa.DictionaryArray.from_arrays(
            pa.array([None if n == 3 else n for n in numbers], pa.int8()),
            [f"text {n}" for n in range(10)]),
        "runs": pa.RunEndEncodedArray.from_arrays(run_ends, pa.array(texts)),
        "half": pa.array([float(n) for n in numbers], pa.float16()),
        "span": pa.array([pa.MonthDayNano([n, n, n]) for n in numbers]),
        "price": pa.array([decimal.Decimal(n) for n in numbers], pa.decimal128(20, 2)),
        "tags": [[f"t{k}" for k in range(n % 4)] for n in numbers],
        "nested": [{"x": n, "y": {"z": [n]}} for n in numbers],
        "either": pa.UnionArray.from_sparse(
            pa.array([n % 2 for n in numbers], pa.int8()),
            [pa.array(numbers), pa.array([str(n) for n in numbers])]),
    })


class StreamTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)

    def dedup(self, data, *arguments, code=0):
        done = subprocess.run(
            [PLANISH, "dedup", "-", "--progress", "none", "--temp-dir", self.directory / "tmp",
             *map(str, arguments)], input=data, capture_output=True)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done.stdout

    def test_every_type_survives_in_both_formats_and_ways(self):
        batches = [many_types(begin, 7) for begin in range(0, 35, 7)]
        table = pa.Table.from_batches(batches)
        for new in (pa.ipc.new_stream, pa.ipc.new_file):
            data = ipc_bytes(batches, table.schema, new)
            for keep, rows in (("first", range(10)), ("last", range(25, 35))):
                for key in ("id", "id,text,view,coded,runs,half,price,tags,nested"):
                    kept = read_stream(self.dedup(data, "--key", key, "--keep", keep))
                    self.assertTrue(kept.schema.equals(table.schema, check_metadata=True))
                    kept.validate(full=True)
                    self.assertEqual(kept.to_pylist(),
                                     [table.slice(row, 1).to_pylist()[0] for row in rows])

    def test_orders_and_compressed_buffers(self):
        table = pa.table({"id": [1, 2, 1, 2], "ts": [1, 9, 5, None], "v": ["a", "b", "c", "d"]})
        for codec in ("lz4", "zstd"):
            data = ipc_bytes(table.to_batches(), table.schema,
                             options=pa.ipc.IpcWriteOptions(compression=codec))
            kept = read_stream(self.dedup(data, "--key", "id", "--order-by", "-ts",
                                          "--compression", codec))
            self.assertEqual(kept["v"].to_pylist(), ["b", "c"])

    def test_dictionaries_that_change_on_the_way(self):
        batches = [pa.record_batch({"d": pa.array(values).dictionary_encode()})
                   for values in (["a", "b"], ["c", "a"], ["b", "d", "c"])]
        for options in ({}, {"emit_dictionary_deltas": True}):
            data = ipc_bytes(batches, batches[0].schema,
                             options=pa.ipc.IpcWriteOptions(**options))
            for keep, expected in (("first", ["a", "b", "c", "d"]), ("last", ["a", "b", "d", "c"])):
                kept = read_stream(self.dedup(data, "--key", "d", "--keep", keep))
                self.assertEqual(kept["d"].to_pylist(), expected)

    def test_metadata_and_empty_streams(self):
        schema = pa.schema([pa.field("id", pa.int8(), metadata={"unit": "m"})],
                           metadata={"made by": "hand"})
        for keep in ("first", "last"):
            kept = read_stream(self.dedup(ipc_bytes([], schema), "--key", "id", "--keep", keep))
            self.assertTrue(kept.schema.equals(schema, check_metadata=True))
            self.assertEqual(kept.num_rows, 0)

    def test_stream_that_fails_is_not_taken_for_whole(self):
        batches = [pa.record_batch({"id": [k, k + 1]}) for k in range(0, 20, 2)]
        data = ipc_bytes(batches, batches[0].schema)
        out = self.dedup(data[:-20], "--key", "id", code=2)
        with self.assertRaises(pa.ArrowInvalid):
            read_stream(out)

    def test_output_is_the_same_for_any_memory_limit(self):
        batches = [pa.record_batch({"id": [(n * 7919) % 300_000 for n in range(k, k + 4096)],
                                    "v": [str(n) for n in range(k, k + 4096)]})
                   for k in range(0, 400_000, 4096)]
        data = ipc_bytes(batches, batches[0].schema)
        report = self.directory / "report.json"
        outputs = [self.dedup(data, "--key", "id", "--memory-limit", limit, "--report", report)
                   for limit in ("512MB", "4MB")]
        self.assertIn('"name": "spool"', report.read_text())
        self.assertEqual(outputs[0], outputs[1])
        self.assertEqual(list((self.directory / "tmp").iterdir()), [])

    def test_ipc_files_take_part_among_parquet_files(self):
        source, out = self.directory / "in", self.directory / "out"
        source.mkdir()
        table = pa.table({"id": [1, 2], "v": ["a", "b"]})
        (source / "a.feather").write_bytes(
            ipc_bytes(table.to_batches(), table.schema, pa.ipc.new_file,
                      options=pa.ipc.IpcWriteOptions(compression="lz4")))
        pq.write_table(pa.table({"id": [2, 3], "v": ["c", "d"]}), source / "b.parquet")
        table = pa.table({"id": [3, 4], "v": ["e", "f"]})
        (source / "c.arrows").write_bytes(ipc_bytes(table.to_batches(), table.schema))
        done = subprocess.run([PLANISH, "dedup", source, "--output", out, "--key", "id"],
                              capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(os.listdir(out)), ["a.parquet", "b.parquet", "c.parquet"])
        self.assertEqual(pq.read_table(out)["v"].to_pylist(), ["a", "b", "d", "f"])
        done = subprocess.run([PLANISH, "dedup", source, "--output", "-", "--key", "id"],
                              capture_output=True)
        self.assertEqual(read_stream(done.stdout)["v"].to_pylist(), ["a", "b", "d", "f"])


if __name__ == "__main__":
    unittest.main()
