# SPDX-License-Identifier: Apache-2.0
"""usage: row_loop_whole.py DIRECTORY OUTPUT_DIRECTORY KEY: the Python loop over a whole dataset.

row_loop.py is its leanest form, one file at a time; people call it on what a dataset reads as one
table, and keys are tuples because there may be several columns.
"""
import os
import sys

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

directory, output, key = sys.argv[1:]
key_columns = key.split(",")
table = ds.dataset(directory, format="parquet").to_table()
seen = set()
kept = []
for row in table.to_pylist():
    values = tuple(row[column] for column in key_columns)
    if values not in seen:
        seen.add(values)
        kept.append(row)
os.makedirs(output, exist_ok=True)
pq.write_table(pa.Table.from_pylist(kept, schema=table.schema),
               os.path.join(output, "data.parquet"))
