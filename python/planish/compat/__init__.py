# SPDX-License-Identifier: Apache-2.0
"""Functions that other packages have for PyArrow datasets, by the same names, executed by planish.

docs/migrating.md lists where results differ from those of the functions that these stand in for."""

from planish.compat._dataset_io import PyarrowDatasetIO
from planish.compat._deduplicate import deduplicate_parquet_dataset_pyarrow
from planish.compat._merge_result import MergeFileMetadata, MergeResult

__all__ = [
    "MergeFileMetadata",
    "MergeResult",
    "PyarrowDatasetIO",
    "deduplicate_parquet_dataset_pyarrow",
]
