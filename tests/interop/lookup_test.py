# SPDX-License-Identifier: Apache-2.0
"""Page indexes and bloom filters of outputs lead to the rows that are there."""

import pathlib
import struct
import tempfile
import unittest

import pyarrow as pa
import pyarrow.parquet as pq

import footer as f
from commands import dedup, duckdb, quoted

# OffsetIndex and PageLocation; ColumnIndex; PageHeader
LOCATIONS = 1
OFFSET, PAGE_BYTES, FIRST_ROW = 1, 2, 3
NULL_PAGES, MIN_VALUES, MAX_VALUES, BOUNDARY_ORDER, NULL_COUNTS = range(1, 6)
PAGE_TYPE, UNCOMPRESSED_BYTES, COMPRESSED_BYTES, CHECKSUM = range(1, 5)
ASCENDING = 1


def number(data):
    return struct.unpack("<q", data)[0]


class LookupTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        directory = pathlib.Path(scratch.name)
        self.source, self.output = directory / "in", directory / "out"
        self.source.mkdir()

    def dedup_sorted_ids(self, **options):
        """A file whose row groups are copied, transcoded and dropped; returns the output's."""
        ids = [*range(0, 300), *range(150, 450), *range(0, 300), *range(450, 750)]
        table = pa.table({
            "id": pa.array(ids, pa.int64()),
            "name": [None if i % 9 == 0 else f"name {i:04}" for i in ids],
            "tags": [[f"t{i}"] * (i % 3) for i in ids],
        })
        pq.write_table(table, self.source / "a.parquet", row_group_size=300, data_page_size=256,
                       write_batch_size=32, use_dictionary=False, **options)
        report = dedup(self.source, self.output, "--key", "id")
        self.assertEqual(report["row_groups"],
                         {"copied": 2, "transcoded": 1, "dropped": 1, "skipped": 0,
                          "untouched": 0})
        return self.output / "a.parquet"

    def indexed_chunks(self, path):
        """Each column chunk of a file with its row group's rows and its page indexes."""
        file = f.File(path)
        opened = pq.ParquetFile(path)
        for i, group in enumerate(file.row_groups()):
            table = opened.read_row_group(i)
            for chunk in group[f.COLUMNS]:
                column = table.column(chunk[f.META][f.PATH][0].decode())
                yield (file, chunk, column.to_pylist(), file.struct_at(chunk[f.OFFSET_INDEX]),
                       file.struct_at(chunk[f.COLUMN_INDEX]))

    def test_offset_indexes_point_to_pages(self):
        path = self.dedup_sorted_ids(write_page_index=True)
        pages = 0
        for file, chunk, rows, offsets, _ in self.indexed_chunks(path):
            locations = offsets[LOCATIONS]
            pages += len(locations)
            firsts = [location[FIRST_ROW] for location in locations]
            self.assertEqual(firsts[0], 0)
            self.assertEqual(firsts, sorted(set(firsts)))
            self.assertLess(firsts[-1], len(rows))
            self.assertEqual(locations[0][OFFSET], chunk[f.META][f.DATA_PAGE])
            for location, following in zip(locations, [*locations[1:], None]):
                header = f.Reader(file.data, location[OFFSET])
                fields = header.struct()
                self.assertIn(fields[PAGE_TYPE], (0, 3))
                size = header.position - location[OFFSET] + fields[COMPRESSED_BYTES]
                self.assertEqual(size, location[PAGE_BYTES])
                if following is not None:
                    self.assertEqual(location[OFFSET] + size, following[OFFSET])
        self.assertGreater(pages, 30)

    def test_column_indexes_bound_the_values_of_their_pages(self):
        path = self.dedup_sorted_ids(write_page_index=True, data_page_version="2.0")
        for _, chunk, rows, offsets, index in self.indexed_chunks(path):
            if chunk[f.META][f.PATH] != [b"name"]:
                continue
            firsts = [location[FIRST_ROW] for location in offsets[LOCATIONS]]
            self.assertEqual(len(firsts), len(index[MIN_VALUES]))
            for page, (begin, end) in enumerate(zip(firsts, [*firsts[1:], len(rows)])):
                names = [name.encode() for name in rows[begin:end] if name is not None]
                self.assertEqual(index[MIN_VALUES][page], min(names))
                self.assertEqual(index[MAX_VALUES][page], max(names))
                self.assertEqual(index[NULL_COUNTS][page], end - begin - len(names))
                self.assertFalse(index[NULL_PAGES][page])

    def test_page_indexes_find_every_id(self):
        path = self.dedup_sorted_ids(write_page_index=True, write_page_checksum=True)
        found = []
        for _, chunk, rows, offsets, index in self.indexed_chunks(path):
            if chunk[f.META][f.PATH] != [b"id"]:
                continue
            self.assertEqual(index[BOUNDARY_ORDER], ASCENDING)
            firsts = [location[FIRST_ROW] for location in offsets[LOCATIONS]]
            ends = [*firsts[1:], len(rows)]
            for wanted in range(750):
                pages = [page for page in range(len(firsts))
                         if number(index[MIN_VALUES][page]) <= wanted
                         <= number(index[MAX_VALUES][page])]
                self.assertLessEqual(len(pages), 1)
                found += [wanted for page in pages if wanted in rows[firsts[page]:ends[page]]]
        self.assertEqual(found, list(range(750)))

    def check_bloom_filters(self, column, present, absent):
        """DuckDB's probes exclude no row group that has a value, and most that have it not."""
        def probe(value):
            return [row["bloom_filter_excludes"] for row in duckdb(
                f"FROM parquet_bloom_probe({quoted(self.output / 'a.parquet')}, "
                f"{quoted(column)}, {value}) ORDER BY row_group_id")]

        for value, group in present:
            self.assertFalse(probe(value)[group], value)
        excluded = [answer for value in absent for answer in probe(value)]
        self.assertGreater(sum(excluded), 0)

    def test_bloom_filters_of_pyarrow_answer_for_the_rows_left(self):
        self.dedup_sorted_ids(bloom_filter_options={"id": True, "name": True})
        self.check_bloom_filters("id", [(0, 0), (299, 0), (300, 1), (449, 1), (450, 2), (749, 2)],
                                 range(10_000, 10_020))
        self.check_bloom_filters("name", [("'name 0001'", 0), ("'name 0301'", 1)],
                                 [f"'nobody {i}'" for i in range(20)])

    def test_bloom_filters_of_duckdb_answer_for_the_rows_left(self):
        duckdb("COPY (SELECT CASE WHEN r < 4096 THEN r % 2048 ELSE r END AS id, "
               "'name ' || (r // 2048 * 10 + r % 10) AS name FROM range(8192) t(r)) TO "
               f"{quoted(self.source / 'a.parquet')} (ROW_GROUP_SIZE 2048)")
        dedup(self.source, self.output, "--key", "id")
        self.check_bloom_filters("name", [("'name 3'", 0), ("'name 23'", 1), ("'name 39'", 2)],
                                 [f"'nobody {i}'" for i in range(20)])
        names = duckdb(f"SELECT count(*) AS n FROM {quoted(self.output / 'a.parquet')} "
                       "WHERE name = 'name 23'")
        self.assertEqual(names, [{"n": 205}])


if __name__ == "__main__":
    unittest.main()
