# SPDX-License-Identifier: Apache-2.0
"""Random PyArrow tables with few distinct values, of every type that can be a key."""

import datetime
import decimal
import random

import pyarrow as pa

FLOATS = [0.0, -0.0, 1.5, -2.25, float("nan"), float("inf")]
TEXTS = ["", "a", "b", "ab", "a\0", "ä", "thirty-two characters, all told.", "A"]
DAYS = [datetime.date(1969, 12, 31), datetime.date(1970, 1, 1), datetime.date(2024, 2, 29)]
TIMES = [datetime.datetime(1960, 1, 1), datetime.datetime(2024, 2, 29, 12, 30, 1, 999_000)]
STRUCT = pa.struct([("x", pa.int32()), ("y", pa.string())])

# Types that Parquet can hold, each with values for it.
PARQUET_TYPES = [
    (pa.bool_(), [True, False]),
    (pa.int8(), [-128, 0, 127]),
    (pa.int16(), [-1, 0, 1]),
    (pa.int32(), [-1, 0, 2**31 - 1]),
    (pa.int64(), [-(2**63), 0, 7]),
    (pa.uint8(), [0, 1, 255]),
    (pa.uint16(), [0, 1, 65535]),
    (pa.uint32(), [0, 1, 2**32 - 1]),
    (pa.uint64(), [0, 1, 2**64 - 1]),
    (pa.float32(), FLOATS),
    (pa.float64(), FLOATS),
    (pa.string(), TEXTS),
    (pa.large_string(), TEXTS),
    (pa.binary(), [text.encode() for text in TEXTS]),
    (pa.binary(3), [b"abc", b"abd", b"\0\0\0"]),
    (pa.date32(), DAYS),
    (pa.timestamp("ms"), TIMES),
    (pa.timestamp("us", "UTC"), TIMES),
    (pa.time32("ms"), [datetime.time(0, 0, 1), datetime.time(23, 59, 59, 999_000)]),
    (pa.time64("us"), [datetime.time(0, 0, 1), datetime.time(23, 59, 59, 999_999)]),
    (pa.duration("us"), [datetime.timedelta(0), datetime.timedelta(days=-1, microseconds=1)]),
    (pa.decimal128(20, 2), [decimal.Decimal("1.10"), decimal.Decimal("-3.00")]),
    (pa.decimal256(50, 3), [decimal.Decimal("1.100"), decimal.Decimal(10**40)]),
    (pa.list_(pa.int32()), [[], [1], [1, None], [None], [1, 2]]),
    (pa.list_(pa.string()), [[], [""], ["a", "b"], ["ab"]]),
    (STRUCT, [{"x": 1, "y": "a"}, {"x": None, "y": "a"}, {"x": 1, "y": None}]),
    (pa.dictionary(pa.int8(), pa.string()), TEXTS),
]
# And those that only a stream can hold.
STREAM_TYPES = PARQUET_TYPES + [
    (pa.float16(), [0.0, -0.0, 1.5, float("nan")]),
    (pa.string_view(), TEXTS),
    (pa.binary_view(), [text.encode() for text in TEXTS]),
    (pa.date64(), DAYS),
    (pa.timestamp("s"), [t.replace(microsecond=0) for t in TIMES]),
    (pa.large_list(pa.int8()), [[], [1], [1, 1]]),
    (pa.list_(pa.int8(), 2), [[1, 2], [2, 1]]),
    (pa.null(), []),
]


def random_column(rng: random.Random, kind, values, rows: int) -> pa.Array:
    choices = [*values, None]
    drawn = [rng.choice(choices) for _ in range(rows)]
    if pa.types.is_dictionary(kind):
        return pa.array(drawn, kind.value_type).dictionary_encode().cast(kind)
    return pa.array(drawn, kind)


def random_table(rng: random.Random, rows: int, types=PARQUET_TYPES) -> pa.Table:
    """Columns k0, k1, ... of random types, and `row`, which tells rows apart."""
    columns = {}
    for i in range(rng.randint(1, 4)):
        kind, values = rng.choice(types)
        columns[f"k{i}"] = random_column(rng, kind, values, rows)
    columns["row"] = pa.array(range(rows), pa.int64())
    return pa.table(columns)


def cut(rng: random.Random, table: pa.Table) -> pa.Table:
    """The same table in chunks of random lengths."""
    parts, begin = [], 0
    while begin < table.num_rows:
        length = rng.randint(1, max(1, table.num_rows // 2))
        parts.append(table.slice(begin, length))
        begin += length
    return pa.concat_tables(parts) if parts else table
