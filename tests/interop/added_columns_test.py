# SPDX-License-Identifier: Apache-2.0
"""What other readers make of a dataset of which some files have got a column."""

import unittest

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from commands import duckdb, quoted
from merge_case import MergeCase


class AddedColumnsTest(MergeCase):
    def merge(self, *arguments):
        super().merge("--extra-columns", "add", *arguments)

    def write_target(self, row_groups=3, **options):
        for name, first in ("a", 0), ("b", 100):
            table = pa.table({"id": range(first, first + 90), "tags": [["x", None], None, []] * 30})
            pq.write_table(table, self.target / f"{name}.parquet", row_group_size=90 // row_groups,
                           **options)

    def write_source(self, added, ids):
        pq.write_table(pa.table({"id": ids, "tags": [["x", None], None, []] * (len(ids) // 3),
                                 "added": added}), self.source)

    def rows_of(self, table):
        return {row["id"]: row["added"] for row in table.to_pylist()}

    def test_a_file_with_the_column_is_read_by_itself(self):
        for options in {}, {"store_schema": False}, {"write_page_index": True, "data_page_version": "2.0"}:
            with self.subTest(options):
                self.write_target(**options)
                values = pa.array([{"at": 7, "names": ["p", None]}, None, {"at": None, "names": None}])
                self.write_source(values, [30, 31, 32])
                self.merge()
                path = self.target / "a.parquet"
                table = pq.read_table(path)
                self.assertEqual(table.schema.field("added").type.field("at").type, pa.int64())
                self.assertEqual(self.rows_of(table)[30], {"at": 7, "names": ["p", None]})
                self.assertEqual(self.rows_of(table)[0], None)
                found = duckdb(f"select id, added.names[1] n from {quoted(path)} where added is not null "
                               "order by id")
                self.assertEqual(found, [{"id": 30, "n": "p"}, {"id": 32, "n": None}])

    def test_readers_see_the_union_when_they_are_told_to(self):
        self.write_target()
        before = (self.target / "a.parquet").stat()
        # Equal to their rows, so that the column alone is a change.
        pq.write_table(pa.table({"id": [100, 101, 102], "tags": [["x", None], None, []],
                                 "added": pa.array([2, None, 1], pa.int16())}), self.source)
        self.merge()
        after = (self.target / "a.parquet").stat()
        self.assertEqual((before.st_ino, before.st_mtime_ns), (after.st_ino, after.st_mtime_ns))

        self.assertNotIn("added", pq.read_table(self.target).schema.names)
        dataset = ds.dataset(self.target)
        schema = pa.unify_schemas([part.physical_schema for part in dataset.get_fragments()])
        rows = self.rows_of(ds.dataset(self.target, schema=schema).to_table())
        self.assertEqual({key: value for key, value in rows.items() if value}, {100: 2, 102: 1})
        self.assertEqual(len(rows), 180)

        files = quoted(self.target / "*.parquet")
        found = duckdb(f"select count(*) n, sum(added)::int s from read_parquet({files}, union_by_name=true)")
        self.assertEqual(found, [{"n": 180, "s": 3}])

    def test_statistics_of_added_columns_lead_to_the_rows(self):
        self.write_target(row_groups=9)
        self.write_source(pa.array([5.5, None, 7.5]), [0, 1, 2])
        self.merge()
        path = self.target / "a.parquet"
        self.assertEqual(duckdb(f"select id from {quoted(path)} where added > 6"), [{"id": 2}])
        self.assertEqual(duckdb(f"select count(*) n from {quoted(path)} where added is null"), [{"n": 88}])
        found = pq.read_table(path, filters=[("added", ">", 6)])
        self.assertEqual(found.column("id").to_pylist(), [2])

    def test_a_second_merge_gives_the_column_to_the_other_file(self):
        self.write_target()
        self.write_source(pa.array(["p", "q", "r"]), [0, 1, 2])
        self.merge()
        self.write_source(pa.array(["s", "t", "u"]), [100, 101, 102])
        self.merge()
        found = duckdb(f"select string_agg(added, '' order by id) t from {quoted(self.target / '*.parquet')}")
        self.assertEqual(found, [{"t": "pqrstu"}])


if __name__ == "__main__":
    unittest.main()
