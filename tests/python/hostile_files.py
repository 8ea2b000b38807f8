# SPDX-License-Identifier: Apache-2.0
"""Files that a stranger made to end or to fill whoever reads them, byte by byte.

Each function writes one file (or one directory) into an empty directory. All are small when they are stored sparsely.
`python3 hostile_files.py DIRECTORY` writes them all, for a look by hand.
"""

import base64
import ctypes
import pathlib
import struct
import sys

BOOLEAN, INT32, INT64, INT96, BYTE_ARRAY, FIXED = 0, 1, 2, 3, 6, 7
MAX32, MAX64 = 2**31 - 1, 2**63 - 1


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def zigzag(number):
    return varint((number << 1) ^ (number >> 63))


class I32(int):
    def encoded(self):
        return 5, zigzag(self)


class I64(int):
    def encoded(self):
        return 6, zigzag(self)


class Text(bytes):
    def encoded(self):
        return 8, varint(len(self)) + self


class Struct(dict):
    """Fields by number."""

    def encoded(self):
        out, last = bytearray(), 0
        for number, value in sorted(self.items()):
            kind, data = value.encoded()
            out += bytes([(number - last) << 4 | kind]) + data
            last = number
        return 12, bytes(out) + b"\0"


class Listed:
    """A list whose elements are encoded already: `data` holds `size` of them."""

    def __init__(self, kind, size, data):
        self.kind, self.size, self.data = kind, size, data

    def encoded(self):
        short = self.size < 15
        header = bytes([(self.size if short else 15) << 4 | self.kind])
        return 9, header + (b"" if short else varint(self.size)) + self.data


def listed(values):
    encoded = [value.encoded() for value in values]
    return Listed(encoded[0][0] if encoded else 12, len(encoded), b"".join(data for _, data in encoded))


def leaf(name, kind, length=None):
    element = Struct({1: I32(kind), 3: I32(0), 4: Text(name)})
    if length is not None:
        element[2] = I32(length)
    return element


def group(name, children):
    return Struct({4: Text(name), 5: I32(children)})


def chunk(name, kind, offset, size, values, path=None, statistics=None, uncompressed=None):
    """A ColumnChunk in PLAIN, uncompressed."""
    meta = Struct({1: I32(kind), 2: listed([I32(0)]), 3: path or listed([Text(name)]), 4: I32(0), 5: I64(values),
                   6: I64(size if uncompressed is None else uncompressed), 7: I64(size), 9: I64(offset)})
    if statistics is not None:
        meta[12] = statistics
    return Struct({2: I64(0), 3: meta})


def row_group(chunks, rows, size=100):
    return Struct({1: listed(chunks), 2: I64(size), 3: I64(rows)})


def footer(schema, row_groups, rows, **more):
    fields = Struct({1: I32(2), 2: schema, 3: I64(rows), 4: listed(row_groups), 6: Text(b"stranger")})
    fields.update({int(number[1:]): value for number, value in more.items()})
    return fields.encoded()[1]


def page(values, body, uncompressed=None, compressed=None):
    """A data page of version 1, PLAIN, without levels."""
    header = Struct({1: I32(0), 2: I32(len(body) if uncompressed is None else uncompressed),
                     3: I32(len(body) if compressed is None else compressed),
                     5: Struct({1: I32(values), 2: I32(0), 3: I32(3), 4: I32(3)})})
    return header.encoded()[1] + body


def write(path, data, metadata):
    path.write_bytes(b"PAR1" + data + metadata + struct.pack("<I", len(metadata)) + b"PAR1")


def int64s(*numbers):
    return struct.pack(f"<{len(numbers)}q", *numbers)


def nested(directory, levels=12_000):
    """A schema that is deeper than a stack."""
    schema = listed([group(b"schema", 1)] + [group(b"g", 1)] * levels + [leaf(b"id", INT64)])
    write(directory / "hostile.parquet", b"", footer(schema, [], 0))


def most_rows(directory):
    """A row group of 2^63 - 1 rows in 8 bytes."""
    data = page(1, int64s(1))
    schema = listed([group(b"schema", 1), leaf(b"id", INT64)])
    chunks = [chunk(b"id", INT64, 4, len(data), MAX64)]
    write(directory / "hostile.parquet", data, footer(schema, [row_group(chunks, MAX64)], MAX64))


def long_values(directory):
    """Keys of 2^31 - 1 bytes each."""
    data = page(4, b"abcd")
    schema = listed([group(b"schema", 1), leaf(b"id", FIXED, MAX32)])
    write(directory / "hostile.parquet", data,
          footer(schema, [row_group([chunk(b"id", FIXED, 4, len(data), 4)], 4)], 4))


def empty_strings(directory, lists=25, size=1_000_000):
    """A footer in which each byte of a list is a string."""
    data = page(1, int64s(1))
    names = [b"id"] + [b"c%d" % i for i in range(1, lists)]
    schema = listed([group(b"schema", lists)] + [leaf(name, INT64) for name in names])
    path = Listed(8, size, bytes(size))
    chunks = [chunk(name, INT64, 4, len(data), 1, path) for name in names]
    write(directory / "hostile.parquet", data, footer(schema, [row_group(chunks, 1)], 1))


def sparse_footer(directory, size=600_000_000):
    """A footer of nothing but a hole."""
    with open(directory / "hostile.parquet", "wb") as file:
        file.write(b"PAR1")
        file.seek(4 + size)
        file.write(struct.pack("<I", size) + b"PAR1")


def many_int96(directory, columns=20_000, name=b"c%d"):
    """Columns of timestamps, none with rows."""
    names = [b"id"] + [name % i if b"%" in name else name for i in range(1, columns)]
    schema = listed([group(b"schema", columns)] + [leaf(n, INT96 if i else INT64) for i, n in enumerate(names)])
    write(directory / "hostile.parquet", b"", footer(schema, [], 0))


def one_name(directory):
    """20,000 columns, all but one with one name."""
    many_int96(directory, name=b"x")


def _claims(directory, uncompressed, compressed, codec=0):
    data = page(4, int64s(1, 2, 3, 4), uncompressed, compressed)
    schema = listed([group(b"schema", 1), leaf(b"id", INT64)])
    chunks = [chunk(b"id", INT64, 4, len(data), 4)]
    chunks[0][3][4] = I32(codec)
    write(directory / "hostile.parquet", data, footer(schema, [row_group(chunks, 4)], 4))


def large_page(directory):
    """A page that claims to unpack to 2^31 - 1 bytes."""
    _claims(directory, MAX32, 32, codec=1)


def long_page(directory):
    """A page that claims to be 2^31 - 1 bytes long."""
    _claims(directory, MAX32, MAX32)


def large_page_and_chunk(directory):
    """The same, and its chunk claims so, too."""
    data = page(4, int64s(1, 2, 3, 4), MAX32, 32)
    schema = listed([group(b"schema", 1), leaf(b"id", INT64)])
    chunks = [chunk(b"id", INT64, 4, len(data), 4, uncompressed=MAX32 + 30)]
    chunks[0][3][4] = I32(1)
    write(directory / "hostile.parquet", data, footer(schema, [row_group(chunks, 4)], 4))


def lying_statistics(directory):
    """Keys 1 to 4 under bounds that say 100 to 200."""
    data = page(4, int64s(1, 2, 3, 4))
    schema = listed([group(b"schema", 1), leaf(b"id", INT64)])
    bounds = Struct({3: I64(0), 5: Text(int64s(200)), 6: Text(int64s(100))})
    chunks = [chunk(b"id", INT64, 4, len(data), 4, statistics=bounds)]
    write(directory / "hostile.parquet", data,
          footer(schema, [row_group(chunks, 4)], 4, _7=listed([Struct({1: Struct()})])))


def lying_null_count(directory):
    """Keys 1 and null under a count that says no null."""
    levels = struct.pack("<I", 2) + bytes([1 << 1 | 1, 0b01])
    data = page(2, levels + int64s(1))
    schema = listed([group(b"schema", 1), Struct({1: I32(INT64), 3: I32(1), 4: Text(b"id")})])
    bounds = Struct({3: I64(0), 5: Text(int64s(1)), 6: Text(int64s(1))})
    chunks = [chunk(b"id", INT64, 4, len(data), 2, statistics=bounds)]
    write(directory / "hostile.parquet", data,
          footer(schema, [row_group(chunks, 2)], 2, _7=listed([Struct({1: Struct()})])))


def _message(fields, kind=None):
    """An Arrow IPC message with a schema whose `fields` entries are all one field, which is an int64 called id, or,
    for `kind` "struct", a struct of as many again."""
    # Built from front to back: offsets of a flatbuffer lead forwards, those to vtables to any side.
    out = bytearray(struct.pack("<I", 0))

    def align(size=4, rest=0):
        while (len(out) + rest) % size:
            out.append(0)

    def vtable(table_size, *places):
        align(2)
        at = len(out)
        out.extend(struct.pack(f"<HH{len(places)}H", 4 + 2 * len(places), table_size, *places))
        return at

    def point(at):
        struct.pack_into("<I", out, at, len(out) - at)

    # Message: version, header_type, header, bodyLength
    message_vtable = vtable(24, 4, 6, 8, 16)
    align(8)
    struct.pack_into("<I", out, 0, len(out))
    message = len(out)
    out.extend(struct.pack("<iHBxIIq", message - message_vtable, 4, 1, 0, 0, 0))
    # Schema: endianness, fields
    schema_vtable = vtable(8, 0, 4)
    align()
    point(message + 8)
    schema = len(out)
    out.extend(struct.pack("<iI", schema - schema_vtable, 0))
    align()
    point(schema + 4)
    vector = len(out)
    out.extend(struct.pack("<I", fields) + bytes(4 * fields))
    # Field: name, nullable, type_type, type, dictionary, children
    field_vtable = vtable(20, 4, 16, 17, 8, 0, 12)
    align()
    field = len(out)
    out.extend(struct.pack("<iIIIBB2x", field - field_vtable, 0, 0, 0, 1, 13 if kind == "struct" else 2))
    for i in range(fields):
        at = vector + 4 + 4 * i
        struct.pack_into("<I", out, at, field - at)
    align()
    point(field + 4)
    out.extend(struct.pack("<I", 2) + b"id\0")
    int_vtable = vtable(12, 4, 8)
    align()
    point(field + 8)
    at = len(out)
    out.extend(struct.pack("<iiB3x", at - int_vtable, 64, 1))
    align()
    point(field + 12)
    if kind == "struct":
        inner_vector = len(out)
        out.extend(struct.pack("<I", fields) + bytes(4 * fields))
        inner_vtable = vtable(20, 4, 16, 17, 8, 0, 12)
        align()
        inner = len(out)
        out.extend(struct.pack("<iIIIBB2x", inner - inner_vtable, 0, 0, 0, 1, 2))
        for i in range(fields):
            at = inner_vector + 4 + 4 * i
            struct.pack_into("<I", out, at, inner - at)
        point(inner + 4)
        out.extend(struct.pack("<I", 1) + b"x\0\0\0")
        int_vtable = vtable(12, 4, 8)
        align()
        point(inner + 8)
        at = len(out)
        out.extend(struct.pack("<iiB3x", at - int_vtable, 64, 1))
        align()
        point(inner + 12)
    out.extend(struct.pack("<I", 0))
    align(8)
    return bytes(out)


def _stream(message):
    return struct.pack("<iI", -1, len(message)) + message + struct.pack("<iI", -1, 0)


def ipc_schema(directory, fields=2_250_000):
    """An IPC schema of 9 MB in which all fields are one."""
    (directory / "hostile.arrows").write_bytes(_stream(_message(fields)))


def ipc_struct(directory, fields=2_000):
    """An IPC schema of 16 kB with four million fields."""
    (directory / "hostile.arrows").write_bytes(_stream(_message(fields, "struct")))


def embedded_schema(directory, fields=2_250_000):
    """A Parquet file with such a schema among its key-value entries."""
    message = _message(fields)
    text = base64.b64encode(struct.pack("<iI", -1, len(message)) + message)
    data = page(1, int64s(1))
    schema = listed([group(b"schema", 1), leaf(b"id", INT64)])
    entries = listed([Struct({1: Text(b"ARROW:schema"), 2: Text(text)})])
    write(directory / "hostile.parquet", data,
          footer(schema, [row_group([chunk(b"id", INT64, 4, len(data), 1)], 1)], 1, _5=entries))


def ipc_length(directory):
    """A message that claims to be 2 GB."""
    (directory / "hostile.arrows").write_bytes(struct.pack("<iI", -1, MAX32 - 7) + bytes(64))


def xxh3(data):
    library = ctypes.CDLL("libxxhash.so.0")
    library.XXH3_64bits.restype = ctypes.c_uint64
    library.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    return library.XXH3_64bits(data, len(data))


def journal(directory, bytes_=40_000_000):
    """A journal of 40 MB, most of it numbers that say nothing."""
    text = b'planish-journal 1\n{"id":"x","created":"","more":[' + b"0," * (bytes_ // 2) + b'0],"entries":[]}\n'
    text += b"xxh3 %016x\n" % xxh3(text)
    (directory / ".planish").mkdir()
    (directory / ".planish" / "journal").write_bytes(text)


def metadata_sidecar(directory, size=600_000_000):
    """A _metadata that is nothing but a hole."""
    with open(directory / "_metadata", "wb") as file:
        file.write(b"PAR1")
        file.seek(4 + size)
        file.write(struct.pack("<I", size) + b"PAR1")


FILES = [nested, most_rows, long_values, empty_strings, sparse_footer, many_int96, one_name, large_page, long_page,
         large_page_and_chunk, lying_statistics, lying_null_count,
         ipc_schema, ipc_struct,
         embedded_schema, ipc_length, journal, metadata_sidecar]


if __name__ == "__main__":
    for make in FILES:
        place = pathlib.Path(sys.argv[1]) / make.__name__
        place.mkdir(parents=True)
        make(place)
