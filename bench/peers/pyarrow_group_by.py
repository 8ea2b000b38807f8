# SPDX-License-Identifier: Apache-2.0
"""usage: pyarrow_group_by.py DIRECTORY OUTPUT_FILE KEY: first row of each key, all in memory."""
import sys

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

directory, output, key = sys.argv[1:]
table = ds.dataset(directory).to_table()
numbered = table.select([key]).append_column("row", pa.array(range(table.num_rows)))
first = numbered.group_by(key).aggregate([("row", "min")])["row_min"]
pq.write_table(table.take(first.combine_chunks().sort()), output, compression="snappy")
