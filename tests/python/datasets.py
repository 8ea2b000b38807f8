# SPDX-License-Identifier: Apache-2.0
"""Small datasets for tests."""

import pyarrow as pa
import pyarrow.parquet as pq


def write(directory, files):
    """Writes tables, or dicts of columns, by relative path."""
    for name, table in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(table) if isinstance(table, dict) else table, path)


def rows_in(directory):
    """Rows of all files, in the order of paths, without hive columns."""
    return [row for file in sorted(directory.rglob("*.parquet"))
            for row in pq.ParquetFile(file).read().to_pylist()]


def codecs_in(directory):
    metadata = [pq.read_metadata(file) for file in directory.rglob("*.parquet")]
    return {footer.row_group(group).column(column).compression
            for footer in metadata for group in range(footer.num_row_groups)
            for column in range(footer.num_columns)}
