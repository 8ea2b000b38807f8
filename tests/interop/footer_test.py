# SPDX-License-Identifier: Apache-2.0
"""What a source file says about itself, its output says too, field by field."""

import pathlib
import tempfile
import unittest

import pyarrow as pa
import pyarrow.parquet as pq

import footer as f
from commands import dedup, duckdb, quoted

# Row groups of 100 rows whose ids decide their fate: kept as they are, half of them lost, all lost,
# kept as they are.
ROW_GROUPS = [range(0, 100), range(50, 150), range(0, 100), range(150, 250)]
KEPT = {0: 100, 1: 50, 3: 100}

CONFIGURATIONS = {
    "defaults": {},
    "zstd, page version 2": dict(compression="zstd", compression_level=3, data_page_version="2.0"),
    "a codec for each column": dict(compression={
        "id": "none", "name": "gzip", "value": "brotli", "tags.list.element": "lz4",
        "point.x": "zstd", "point.y": "snappy", "day": "snappy"}),
    "plain": dict(use_dictionary=False),
    "encodings by column": dict(use_dictionary=False, column_encoding={
        "id": "DELTA_BINARY_PACKED", "name": "DELTA_BYTE_ARRAY", "value": "BYTE_STREAM_SPLIT",
        "tags.list.element": "DELTA_LENGTH_BYTE_ARRAY"}),
    "dictionary for one column": dict(use_dictionary=["name"]),
    "page index and checksums": dict(write_page_index=True, write_page_checksum=True,
                                     data_page_size=64, write_batch_size=16),
    "bloom filters": dict(bloom_filter_options={"id": True, "name": True}),
    "no statistics, no Arrow schema": dict(write_statistics=False, store_schema=False),
    "format version 1.0": dict(version="1.0"),
    "sorted": dict(sorting_columns=[pq.SortingColumn(0, descending=False, nulls_first=True)]),
}


def sample_table():
    ids = [i for group in ROW_GROUPS for i in group]
    schema = pa.schema([
        pa.field("id", pa.int64(), nullable=False, metadata={"PARQUET:field_id": "17"}),
        pa.field("name", pa.string(), metadata={"PARQUET:field_id": "4", "comment": "a name"}),
        pa.field("value", pa.float64()),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("point", pa.struct([("x", pa.int32()), ("y", pa.decimal128(9, 2))])),
        pa.field("day", pa.date32()),
    ], metadata={"origin": "somewhere", "empty": ""})
    return pa.table({
        "id": ids,
        "name": [None if i % 10 == 0 else f"name {i % 20}" for i in ids],
        "value": [i / 4 for i in ids],
        "tags": [[None, [], ["a"], ["b", None]][i % 4] for i in ids],
        "point": [{"x": i, "y": None} for i in ids],
        "day": [i for i in ids],
    }, schema)


class FooterTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.source = self.directory / "source.parquet"

    def check(self, name):
        output = self.directory / f"out {name}"
        dedup(self.source, output, "--key", "id")
        source, result = f.File(self.source), f.File(output / self.source.name)
        self.check_file(source, result)
        self.assertEqual(len(result.row_groups()), len(KEPT))
        for group, (index, rows) in zip(result.row_groups(), KEPT.items()):
            original = source.row_groups()[index]
            with self.subTest(row_group=index):
                self.check_row_group(original, group, rows)
            for old, new in zip(original[f.COLUMNS], group[f.COLUMNS], strict=True):
                with self.subTest(row_group=index, column=old[f.META][f.PATH]):
                    if rows == original[f.ROWS]:
                        self.assertEqual(f.without_places(old), f.without_places(new))
                        self.assertEqual(source.chunk_bytes(old), result.chunk_bytes(new))
                    else:
                        self.check_transcoded(source, old, result, new)
        self.check_statistics(output / self.source.name)

    def check_file(self, source, result):
        """Every field of the file's own, those without a name here included."""
        changed = (f.NUM_ROWS, f.ROW_GROUPS)
        self.assertEqual({n: v for n, v in source.footer.items() if n not in changed},
                         {n: v for n, v in result.footer.items() if n not in changed})
        self.assertEqual(result.footer[f.NUM_ROWS], sum(KEPT.values()))

    def check_row_group(self, original, group, rows):
        self.assertEqual(group[f.ROWS], rows)
        self.assertEqual(group.get(f.SORTING), original.get(f.SORTING))
        self.assertEqual(set(group), set(original))
        metas = [chunk[f.META] for chunk in group[f.COLUMNS]]
        self.assertEqual(group[f.TOTAL_BYTES], sum(m[f.UNCOMPRESSED] for m in metas))
        self.assertEqual(group[f.COMPRESSED_BYTES], sum(m[f.COMPRESSED] for m in metas))

    def check_transcoded(self, source, old, result, new):
        """Whatever does not follow from the rows is as it was."""
        before, after = old[f.META], new[f.META]
        for field in (f.TYPE, f.PATH, f.CODEC):
            self.assertEqual(before[field], after[field])
        self.assertEqual(set(before[f.ENCODINGS]), set(after[f.ENCODINGS]))
        for field in (f.DICTIONARY_PAGE, f.STATISTICS, f.ENCODING_STATS):
            self.assertEqual(field in before, field in after, field)
        for field in (f.OFFSET_INDEX, f.COLUMN_INDEX):
            self.assertEqual(field in old, field in new, field)
        self.assertEqual(page_kind(source, before), page_kind(result, after))

    def check_statistics(self, file):
        """Statistics are those of the rows that are left."""
        opened = pq.ParquetFile(file)
        for i in range(opened.num_row_groups):
            column = opened.read_row_group(i, columns=["name"]).column(0)
            said = opened.metadata.row_group(i).column(1).statistics
            if said is None:
                continue
            self.assertEqual(said.null_count, column.null_count)
            names = [name for name in column.to_pylist() if name is not None]
            self.assertEqual((said.min, said.max), (min(names), max(names)))

    def test_files_of_pyarrow(self):
        for name, options in CONFIGURATIONS.items():
            with self.subTest(writer=name):
                pq.write_table(sample_table(), self.source, row_group_size=100, **options)
                self.check(name)

    def test_another_codec_is_used_for_transcoded_row_groups_only(self):
        pq.write_table(sample_table(), self.source, row_group_size=100, compression="snappy")
        dedup(self.source, self.directory / "out", "--key", "id", "--compression", "zstd")
        metadata = pq.read_metadata(self.directory / "out" / self.source.name)
        codecs = [metadata.row_group(i).column(0).compression for i in range(3)]
        self.assertEqual(codecs, ["SNAPPY", "ZSTD", "SNAPPY"])

    def test_a_file_without_losers_is_the_same_file(self):
        duckdb(f"COPY (SELECT r AS id, r % 7 AS v FROM range(5000) t(r)) TO {quoted(self.source)}")
        dedup(self.source, self.directory / "out", "--key", "id")
        self.assertEqual((self.directory / "out" / self.source.name).read_bytes(),
                         self.source.read_bytes())


def page_kind(file, meta):
    """The type of the first data page: 0 for version 1, 3 for version 2."""
    return file.struct_at(meta[f.DATA_PAGE])[1]


if __name__ == "__main__":
    unittest.main()
