# SPDX-License-Identifier: Apache-2.0
"""usage: row_loop.py DIRECTORY OUTPUT_DIRECTORY KEY: the Python loop that planish replaces."""
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq

directory, output, key = sys.argv[1:]
os.makedirs(output, exist_ok=True)
seen = set()
for name in sorted(os.listdir(directory)):
    table = pq.read_table(os.path.join(directory, name))
    kept = []
    for row in table.to_pylist():
        if row[key] not in seen:
            seen.add(row[key])
            kept.append(row)
    pq.write_table(pa.Table.from_pylist(kept, schema=table.schema), os.path.join(output, name))
