# SPDX-License-Identifier: Apache-2.0
"""planish removes duplicate rows from Parquet datasets and Arrow streams: exactly, in bounded memory, and
at a cost close to copying bytes.

    planish.dedup("events/", output="clean/", key="user_id", order_by="-updated_at")
    planish.dedup("events/", in_place=True, key="user_id")
    planish.merge("events/", source=changes, key="id", in_place=True)
    table = planish.drop_duplicates(table, ["user_id"]).read_all()
    planish.check("events/", key="user_id")
    planish.inspect("events/")

docs/semantics.md says when rows are equal and which one stays."""

from planish._planish import version as __version__
from planish._merge import merge
from planish._streams import BatchStream, drop_duplicates, duplicated
from planish._verbs import check, dedup, inspect, recover, restore
from planish.errors import (
    CancelledError,
    CorruptFileError,
    DiskFullError,
    DriftError,
    EmptyDatasetError,
    EncryptedFileError,
    InvalidOptionError,
    LockedError,
    MemoryLimitError,
    MissingColumnError,
    MissingPathError,
    NotParquetError,
    OutputExistsError,
    PermissionDeniedError,
    PlanishError,
    SchemaError,
    StorageError,
    UnfinishedError,
    UnsupportedError,
    VerificationError,
)
from planish.results import CheckResult, InspectResult, Progress, Recovery, Report, Restoration

__all__ = [
    "BatchStream",
    "CancelledError",
    "CheckResult",
    "CorruptFileError",
    "DiskFullError",
    "DriftError",
    "EmptyDatasetError",
    "EncryptedFileError",
    "InspectResult",
    "InvalidOptionError",
    "LockedError",
    "MemoryLimitError",
    "MissingColumnError",
    "MissingPathError",
    "NotParquetError",
    "OutputExistsError",
    "PermissionDeniedError",
    "PlanishError",
    "Progress",
    "Recovery",
    "Report",
    "Restoration",
    "SchemaError",
    "StorageError",
    "UnfinishedError",
    "UnsupportedError",
    "VerificationError",
    "check",
    "dedup",
    "drop_duplicates",
    "duplicated",
    "inspect",
    "merge",
    "recover",
    "restore",
]
