# SPDX-License-Identifier: Apache-2.0
"""Writes the first files of the fuzz targets' corpora: python3 fuzz/make_corpus.py

Small, so that mutations hit something: a few rows, every encoding, page version and type.
What a fuzzer finds beyond them lies beside them, named by its digest.
"""

import datetime
import decimal
import json
import pathlib
import struct

import pyarrow as pa
import pyarrow.parquet as pq

CORPUS = pathlib.Path(__file__).parent / "corpus"

ROWS = 12
COLUMNS = {
    "int": pa.array([1, 2, 2, None, 5, 6, 7, 7, 9, 10, 11, None], pa.int64()),
    "text": pa.array(["a", "bb", None, "a", "", "dd", "a", "a", "e", "f", "g", "a"]),
    "flag": pa.array([True, False, None, True] * 3),
    "real": pa.array([0.5, float("nan"), -0.0, None] * 3),
    "day": pa.array([datetime.date(2024, 3, i + 1) for i in range(ROWS)]),
    "price": pa.array([decimal.Decimal("1.25")] * ROWS, pa.decimal128(20, 2)),
    "list": pa.array([[1, 2], [], None, [3], [None], [4, 5, 6]] * 2, pa.list_(pa.int32())),
    "struct": pa.array([{"x": 1, "y": "u"}, {"x": None, "y": "v"}, None] * 4),
    "map": pa.array([[("k", 1)], [], None] * 4, pa.map_(pa.string(), pa.int32())),
}

PARQUET = {
    "plain": dict(use_dictionary=False, compression="none"),
    "dictionary": dict(use_dictionary=True, compression="none"),
    "version_2": dict(data_page_version="2.0", compression="none"),
    "pages": dict(data_page_size=1, write_batch_size=3, compression="none", write_page_index=True),
    "groups": dict(row_group_size=4, compression="none", write_page_index=True),
    "snappy": dict(compression="snappy"),
    "zstd": dict(compression="zstd", data_page_version="2.0"),
    "checksums": dict(compression="none", write_page_checksum=True),
    "delta": dict(use_dictionary=False, compression="none",
                  column_encoding={"int": "DELTA_BINARY_PACKED", "text": "DELTA_BYTE_ARRAY",
                                   "real": "BYTE_STREAM_SPLIT"}),
}


def parquet_files():
    table = pa.table(COLUMNS)
    for name, options in PARQUET.items():
        columns = list(COLUMNS) if "column_encoding" not in options else ["int", "text", "real"]
        sink = pa.BufferOutputStream()
        pq.write_table(table.select(columns), sink, store_schema=False, **options)
        yield name, sink.getvalue().to_pybytes()
    for column in COLUMNS:
        for version in ("1.0", "2.0"):
            sink = pa.BufferOutputStream()
            pq.write_table(table.select([column]), sink, store_schema=False, compression="none",
                           data_page_version=version, write_page_index=True)
            yield f"{column}_{version[0]}", sink.getvalue().to_pybytes()
    sink = pa.BufferOutputStream()
    instants = pa.table({"t": pa.array([0, 1, None] * 4, pa.timestamp("ns"))})
    pq.write_table(instants, sink, use_deprecated_int96_timestamps=True, compression="none")
    yield "int96", sink.getvalue().to_pybytes()


def footer_of(file):
    (size,) = struct.unpack("<I", file[-8:-4])
    return file[-8 - size:-8]


def pages_of(file):
    """The column chunks' bytes: all that lies before the footer and the indexes."""
    metadata = pq.ParquetFile(pa.BufferReader(file)).metadata
    codecs = {"UNCOMPRESSED": 0, "SNAPPY": 1, "ZSTD": 2, "LZ4": 3}
    for i in range(min(metadata.num_columns, 3)):
        chunk = metadata.row_group(0).column(i)
        begin = chunk.dictionary_page_offset or chunk.data_page_offset
        yield (bytes([codecs[chunk.compression], (chunk.num_values + 3) // 4])
               + file[begin:begin + chunk.total_compressed_size])


def ipc_files():
    table = pa.table(COLUMNS)
    encoded = table.set_column(1, "text", table["text"].combine_chunks().dictionary_encode())
    for name, data in {"columns": table, "dictionary": encoded, "one": table.select(["int"])}.items():
        for kind, writer in {"stream": pa.ipc.new_stream, "file": pa.ipc.new_file}.items():
            for codec in (None, "lz4"):
                sink = pa.BufferOutputStream()
                options = pa.ipc.IpcWriteOptions(compression=codec)
                with writer(sink, data.schema, options=options) as out:
                    out.write_table(data, max_chunksize=5)
                yield f"{name}_{kind}_{codec or 'plain'}", sink.getvalue().to_pybytes()


def journals():
    old = {"size": 10, "modified_ns": 1700000000000000000, "inode": 12}
    entries = [
        {"action": "replace", "path": "k=1/a.parquet", "size": 9, "xxh3": "00000000000000ff", "old": old},
        {"action": "add", "path": "k=%C3%A9/b.parquet", "size": 1, "xxh3": "0123456789abcdef"},
        {"action": "remove", "path": "c.parquet", "old": old},
    ]
    heading = {"id": "20240307T120000-1", "created": "2024-03-07T12:00:00Z", "planish": "0.1.0"}
    for count in range(len(entries) + 1):
        body = {**heading, "entries": entries[:count]}
        yield f"entries_{count}", json.dumps(body, indent=1).encode()


def run_lengths():
    yield "runs", bytes([3, 7]) + bytes([8 << 1, 5, 20 << 1, 2])
    yield "packed", bytes([3, 7]) + bytes([(2 << 1) | 1, 0x88, 0xC6, 0xFA, 0x88, 0xC6, 0xFA])
    yield "wide", bytes([32, 1]) + bytes([4 << 1, 1, 2, 3, 4, (1 << 1) | 1]) + bytes(range(32))


def write(target, name, data):
    (CORPUS / target).mkdir(parents=True, exist_ok=True)
    (CORPUS / target / name).write_bytes(data)


for name, file in parquet_files():
    write("parquet", name, file)
    write("footer", name, footer_of(file))
    for i, chunk in enumerate(pages_of(file)):
        write("pages", f"{name}_{i}", chunk)
for target, files in {"ipc": ipc_files(), "journal": journals(), "run_lengths": run_lengths()}.items():
    for name, data in files:
        write(target, name, data)
