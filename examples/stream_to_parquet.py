# SPDX-License-Identifier: Apache-2.0
"""Stream rows that do not fit in memory through drop_duplicates into a Parquet file.

usage: stream_to_parquet.py [BATCHES [OUTPUT]]      100 batches of 20,000 rows, unless told otherwise

Rows are made on the way, so that there may be any number of them: 50,000 batches are a hundred
gigabytes. Only keys are held, and beyond half of the memory limit they go to scratch."""

import pathlib
import random
import resource
import sys
import tempfile
from typing import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

import planish

ROWS = 20_000
SCHEMA = pa.schema([("id", pa.int64()), ("text", pa.string())])


def make_batches(count: int) -> Iterator[pa.RecordBatch]:
    """Every other batch repeats one of those before it, in part."""
    padding = "x" * 80
    for number in range(count):
        start = number if number % 2 == 0 else random.Random(number).randrange(number)
        ids = range(start * ROWS, (start + 1) * ROWS)
        yield pa.record_batch([pa.array(ids, pa.int64()), pa.array([f"{i} {padding}" for i in ids])],
                              schema=SCHEMA)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    output = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp() + "/clean.parquet")
    source = pa.RecordBatchReader.from_batches(SCHEMA, make_batches(count))

    with planish.drop_duplicates(source, "id", memory_limit="512MB") as stream:
        with pq.ParquetWriter(output, stream.schema) as writer:
            for batch in stream:
                writer.write_batch(batch)
        report = stream.report

    print(report)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{output}: {pq.ParquetFile(output).metadata.num_rows:,} rows; "
          f"{stream.spooled_rows:,} went through scratch; peak memory {peak / 1000:,.0f} MB")
    assert pq.ParquetFile(output).metadata.num_rows == report.rows_kept


if __name__ == "__main__":
    main()
