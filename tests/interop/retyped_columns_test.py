# SPDX-License-Identifier: Apache-2.0
"""What other readers make of files whose columns a merge has given another type."""

import unittest

import pyarrow as pa
import pyarrow.parquet as pq

from commands import duckdb, quoted
from merge_case import MergeCase


class RetypedColumnsTest(MergeCase):
    def write(self, path, ids, note, number, **options):
        table = pa.table({"id": ids, "note": note, "number": number, "last": ids})
        pq.write_table(table, path, **options)

    def check(self, engine, note, new_note, **options):
        ids = list(range(100))
        self.write(self.target / "a.parquet", ids, pa.nulls(100), pa.array(ids, pa.int32()),
                   row_group_size=30, **options)
        self.write(self.target / "b.parquet", [100], note, pa.array([2**40]))
        self.write(self.source, [31, 200], pa.concat_arrays([new_note, new_note]),
                   pa.array([2**41, 2**42]))
        self.merge("--engine", engine)
        path = self.target / "a.parquet"
        table = pq.read_table(path)
        self.assertEqual(table.schema.field("note").type, note.type)
        self.assertEqual(table.schema.field("number").type, pa.int64())
        expected = [2**41 if i == 31 else i for i in ids]
        self.assertEqual(table.column("number").to_pylist(), expected)
        self.assertEqual(table.column("last").to_pylist(), ids)
        self.assertEqual(table.column("note").null_count, 99)
        self.assertEqual(table.column("note")[31], new_note[0])
        for name in "a.parquet", "*.parquet":
            found = duckdb("select id, number, note is not null there from "
                           f"{quoted(self.target / name)} where number >= {2**41} order by id")
            wanted = [{"id": 31, "number": 2**41, "there": True}]
            if name != "a.parquet":
                wanted.append({"id": 200, "number": 2**42, "there": True})
            self.assertEqual(found, wanted)
        self.assertEqual(len(pq.read_table(self.target)), 102)

    def test_null_and_narrow_columns_become_what_they_are_elsewhere(self):
        text = pa.array(["t"])
        nested = pa.array([{"a": 1, "names": ["p", None]}])
        for engine in "auto", "reference":
            for note in text, nested, pa.array([1.5], pa.float32()):
                for options in {}, {"store_schema": False}, {"write_page_index": True,
                                                            "data_page_version": "2.0",
                                                            "use_dictionary": False}:
                    with self.subTest(engine=engine, note=note.type, options=options):
                        for path in self.target.glob("*"):
                            path.unlink()
                        self.check(engine, note, note, **options)

    def test_pandas_reads_them(self):
        try:
            import pandas
        except ImportError:
            self.skipTest("needs pandas")
        frame = pandas.DataFrame({"id": [1, 2], "note": [None, None]})
        frame.to_parquet(self.target / "a.parquet")
        pandas.DataFrame({"id": [3], "note": ["c"]}).to_parquet(self.target / "b.parquet")
        pandas.DataFrame({"id": [2], "note": ["b"]}).to_parquet(self.source)
        self.merge()
        found = pandas.read_parquet(self.target / "a.parquet")
        self.assertEqual(found["note"].tolist(), [None, "b"])


if __name__ == "__main__":
    unittest.main()
