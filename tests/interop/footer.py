# SPDX-License-Identifier: Apache-2.0
"""Parquet footers, page indexes and page headers as nested dicts, fields by their numbers.

The numbers are those of parquet.thrift; those used here have names."""

import pathlib
import struct

from thrift_compact import Reader

# FileMetaData
VERSION, SCHEMA, NUM_ROWS, ROW_GROUPS, KEY_VALUES, CREATED_BY, COLUMN_ORDERS = range(1, 8)
# RowGroup
COLUMNS, TOTAL_BYTES, ROWS, SORTING, FILE_OFFSET, COMPRESSED_BYTES, ORDINAL = range(1, 8)
# ColumnChunk
CHUNK_OFFSET, META = 2, 3
OFFSET_INDEX, OFFSET_INDEX_BYTES, COLUMN_INDEX, COLUMN_INDEX_BYTES = range(4, 8)
# ColumnMetaData
TYPE, ENCODINGS, PATH, CODEC, VALUES, UNCOMPRESSED, COMPRESSED = range(1, 8)
DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE, STATISTICS, ENCODING_STATS = 9, 10, 11, 12, 13
BLOOM_FILTER, BLOOM_FILTER_BYTES = 14, 15

# The length of an offset index depends on the offsets in it.
CHUNK_PLACES = (CHUNK_OFFSET, OFFSET_INDEX, COLUMN_INDEX, OFFSET_INDEX_BYTES)
META_PLACES = (DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE, BLOOM_FILTER)


class File:
    """A Parquet file's bytes and footer."""

    def __init__(self, path):
        self.data = pathlib.Path(path).read_bytes()
        assert self.data[-4:] == b"PAR1", path
        (size,) = struct.unpack("<I", self.data[-8:-4])
        self.footer = Reader(self.data, len(self.data) - 8 - size).struct()

    def row_groups(self):
        return self.footer[ROW_GROUPS]

    def struct_at(self, position):
        return Reader(self.data, position).struct()

    def chunk_bytes(self, chunk):
        meta = chunk[META]
        start = meta[DATA_PAGE]
        if 0 < meta.get(DICTIONARY_PAGE, 0) < start:
            start = meta[DICTIONARY_PAGE]
        return self.data[start:start + meta[COMPRESSED]]


def without_places(chunk):
    """A column chunk without the offsets that moving it changes, but whether it had them."""
    moved = {number: field for number, field in chunk.items() if number not in CHUNK_PLACES}
    moved[META] = {number: field for number, field in chunk[META].items()
                   if number not in META_PLACES}
    moved["has"] = [number in chunk for number in (OFFSET_INDEX, COLUMN_INDEX)]
    moved["meta has"] = [chunk[META].get(number, 0) > 0 for number in META_PLACES]
    return moved
