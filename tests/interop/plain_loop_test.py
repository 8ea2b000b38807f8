# SPDX-License-Identifier: Apache-2.0
"""PyArrow and DuckDB read every output, and find in it what a plain Python loop keeps."""

import datetime
import decimal
import pathlib
import random
import tempfile
import unittest

import pyarrow as pa
import pyarrow.parquet as pq

import plain_loop
from commands import data_files, dedup, duckdb, quoted

UTC = datetime.timezone.utc
TYPES = {
    "id": (pa.int64(), lambda i: i),
    "small": (pa.uint8(), lambda i: i % 7),
    "price": (pa.float64(), lambda i: [0.0, -0.0, float("nan"), 1.5, float("inf")][i % 5]),
    "ratio": (pa.float32(), lambda i: i / 4),
    "name": (pa.string(), lambda i: ["", "a", "\u00e9", "x" * 40][i % 4]),
    "raw": (pa.binary(), lambda i: bytes([i % 3, 0, 255])),
    "fixed": (pa.binary(4), lambda i: b"%04d" % (i % 9)),
    "amount": (pa.decimal128(20, 3), lambda i: decimal.Decimal(i - 5) / 8),
    "day": (pa.date32(), lambda i: datetime.date(2024, 1, 1) + datetime.timedelta(i)),
    "at": (pa.timestamp("us", tz="UTC"), lambda i: datetime.datetime(2024, 1, 1, i % 24,
                                                                     tzinfo=UTC)),
    "clock": (pa.time64("us"), lambda i: datetime.time(i % 24, 30, 0, i)),
    "flag": (pa.bool_(), lambda i: i % 2 == 0),
    "tags": (pa.list_(pa.string()), lambda i: [None, [], ["a"], ["a", None]][i % 4]),
    "point": (pa.struct([("x", pa.int32()), ("y", pa.list_(pa.float64()))]),
              lambda i: {"x": i % 3, "y": [i / 2] * (i % 3)}),
    "options": (pa.map_(pa.string(), pa.int32()), lambda i: [("k", i % 2), ("l", None)][:i % 3]),
    "code": (pa.dictionary(pa.int32(), pa.string()), lambda i: f"code {i % 5}"),
}


def random_table(chooser, columns, rows):
    data = {}
    indexes = [chooser.randrange(12) for _ in range(rows)]
    for column in columns:
        kind, value = TYPES[column]
        # Mostly a function of the row's index, so that whole rows repeat.
        values = [value(i if chooser.random() < 0.97 else chooser.randrange(12)) for i in indexes]
        values = [None if i == 11 else v for i, v in zip(indexes, values)]
        data[column] = pa.array(values, kind)
    return pa.table(data)


class PlainLoopTest(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.directory = pathlib.Path(self.scratch.name)
        self.source = self.directory / "in"
        self.source.mkdir()

    def check(self, *arguments, **question):
        self.check_against(plain_loop.winners(self.source, **question), *arguments)

    def check_against(self, expected, *arguments):
        output = self.directory / "out"
        report = dedup(self.source, output, *arguments)
        self.assertEqual(data_files(output), [p for p in data_files(self.source) if p in expected])
        for path, rows in expected.items():
            self.check_with_pyarrow(output / path, rows)
            self.check_with_duckdb(output / path, self.source / path, rows)
        self.assertEqual(report["rows_kept"], sum(map(len, expected.values())))
        self.assertGreater(report["rows_dropped"], 0)

    def check_with_pyarrow(self, file, rows):
        table = pq.read_table(file, partitioning=None)
        table.validate(full=True)
        # As text, so that NaN equals itself and the sign of zero counts.
        self.assertEqual(repr(table.to_pylist()), repr(rows))

    def check_with_duckdb(self, file, source, rows):
        # The rows that a loop keeps, and the file that planish wrote, both as DuckDB sees them.
        expected = self.directory / "expected.parquet"
        pq.write_table(pa.Table.from_pylist(rows, pq.read_schema(source)), expected)
        read = "FROM read_parquet({}, hive_partitioning=false)"
        self.assertEqual(duckdb(read.format(quoted(file))), duckdb(read.format(quoted(expected))))

    def write_files(self, seed, columns, **options):
        chooser = random.Random(seed)
        for i in range(4):
            table = random_table(chooser, columns, 60)
            pq.write_table(table, self.source / f"part-{i}.parquet", row_group_size=13, **options)

    def test_all_columns_of_every_type(self):
        self.write_files(1, TYPES)
        self.check()

    def test_one_integer_key(self):
        self.write_files(2, TYPES, compression="zstd", data_page_version="2.0")
        self.check("--key", "id", key=["id"])

    def test_composite_key_with_nulls_and_nans(self):
        self.write_files(3, TYPES, use_dictionary=False, write_page_index=True)
        self.check("--key", "price,name,tags", key=["price", "name", "tags"])

    def test_nested_key(self):
        self.write_files(4, TYPES, compression="gzip")
        self.check("--key", "point", "--keep", "last", key=["point"], keep="last")

    def test_no_row_of_a_duplicated_key(self):
        self.write_files(5, ["id", "name", "options", "amount"])
        self.check("--keep", "none", keep="none")

    def test_latest_row_of_each_key(self):
        self.write_files(6, ["id", "at", "small", "name"])

        def newest_first(row):
            return (row["at"] is None, -row["at"].timestamp() if row["at"] else 0)

        self.check("--key", "small", "--order-by=-at", key=["small"], order=newest_first)

    def test_hive_partitions(self):
        chooser = random.Random(7)
        for year in ("2023", "2024", "__HIVE_DEFAULT_PARTITION__"):
            for city in ("New%20York", "Z%C3%BCrich"):
                directory = self.source / f"year={year}" / f"city={city}"
                directory.mkdir(parents=True)
                pq.write_table(random_table(chooser, ["id", "name"], 30),
                               directory / "data.parquet", row_group_size=7)
        self.check("--key", "id,city", key=["id", "city"])

    def test_loop_semantics(self):
        chooser = random.Random(8)
        # The largest file comes first by name and last by size.
        for name, rows in (("y=1/a", 90), ("y=2/b", 60), ("y=2/c", 30)):
            path = self.source / f"{name}.parquet"
            path.parent.mkdir(exist_ok=True)
            pq.write_table(random_table(chooser, ["price", "name", "id"], rows), path,
                           row_group_size=11)
        expected = plain_loop.loop_winners(self.source, ["price", "name"])
        self.assertNotEqual(expected, plain_loop.winners(self.source, ["price", "name"]))
        self.check_against(expected, "--key", "price,name", "--semantics", "loop")

    def test_files_that_duckdb_wrote(self):
        for i in range(3):
            duckdb(f"COPY (SELECT (r * 7919 + {i}) % 500 AS id, 'name ' || (r % 50) AS name, "
                   f"[r % 3, NULL] AS list, {{'a': r % 2}} AS pair, (r % 100)::DECIMAL(9, 2) AS d "
                   f"FROM range(3000) t(r)) TO {quoted(self.source / f'd{i}.parquet')} "
                   "(ROW_GROUP_SIZE 2048)")
        self.check("--key", "id", key=["id"])

    def test_files_of_different_but_related_types(self):
        pq.write_table(pa.table({"id": pa.array([1, 2, 3], pa.int32()), "s": ["a", "b", "c"]}),
                       self.source / "a.parquet")
        pq.write_table(pa.table({"s": pa.array(["b", "c", "x"], pa.large_string()),
                                 "id": pa.array([2, 3, 3], pa.int64())}),
                       self.source / "b.parquet")
        self.check()


if __name__ == "__main__":
    unittest.main()
