# SPDX-License-Identifier: Apache-2.0
"""planish removes duplicate rows from Parquet datasets and Arrow streams: exactly, in bounded memory, and
at a cost close to copying bytes.

    planish.dedup("events/", output="clean/", key="user_id", order_by="-updated_at")
    planish.check("events/", key="user_id")
    planish.inspect("events/")

docs/semantics.md says when rows are equal and which one stays."""

from planish._planish import version as __version__
from planish._verbs import check, dedup, inspect
from planish.errors import (
    CancelledError,
    CorruptFileError,
    DiskFullError,
    DriftError,
    EmptyDatasetError,
    EncryptedFileError,
    InvalidOptionError,
    MemoryLimitError,
    MissingColumnError,
    MissingPathError,
    NotParquetError,
    OutputExistsError,
    PermissionDeniedError,
    PlanishError,
    SchemaError,
    StorageError,
    UnsupportedError,
    VerificationError,
)
from planish.results import CheckResult, InspectResult, Progress, Report

__all__ = [
    "CancelledError",
    "CheckResult",
    "CorruptFileError",
    "DiskFullError",
    "DriftError",
    "EmptyDatasetError",
    "EncryptedFileError",
    "InspectResult",
    "InvalidOptionError",
    "MemoryLimitError",
    "MissingColumnError",
    "MissingPathError",
    "NotParquetError",
    "OutputExistsError",
    "PermissionDeniedError",
    "PlanishError",
    "Progress",
    "Report",
    "SchemaError",
    "StorageError",
    "UnsupportedError",
    "VerificationError",
    "check",
    "dedup",
    "inspect",
]
