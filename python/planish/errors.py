# SPDX-License-Identifier: Apache-2.0
"""What planish raises.

Every exception is a `PlanishError`, and also the built-in that a caller would expect: a missing column
is a `KeyError` and a `ValueError`, a missing path a `FileNotFoundError`, a run that does not fit its memory
limit a `MemoryError`. What cannot be read as Parquet is a `ValueError`, an `OSError` and, where PyArrow is
imported, a `pyarrow.ArrowInvalid`: PyArrow raises one of them. Errors of a callback, or of the source of a
stream, come through as they were raised."""

from __future__ import annotations

import errno as _errno
import sys as _sys
from typing import Any, ClassVar, Mapping


class PlanishError(Exception):
    """An error that planish found. `str()` is the full text: what, where, what to do next."""

    kind: ClassVar[str] = "error"
    """The kind's name, as reports have it: "missing_column", "memory_limit", ..."""

    message: str
    """What is wrong, in one line."""
    file: str | None
    """The file it is about."""
    row_group: int | None
    """The row group in that file, counted from 0."""
    column: str | None
    """The column it is about."""
    facts: dict[str, str]
    """Further facts by name, such as the columns that the file has."""
    hint: str | None
    """The smallest next step."""

    def __init__(
        self,
        message: str = "",
        *,
        text: str | None = None,
        file: str | None = None,
        row_group: int | None = None,
        column: str | None = None,
        facts: Mapping[str, str] | None = None,
        hint: str | None = None,
        system_error: int = 0,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.row_group = row_group
        self.column = column
        self.facts = dict(facts or {})
        self.hint = hint
        self._text = text or message + (f"\n\nhint: {hint}" if hint else "")
        self._system_error = system_error
        if isinstance(self, OSError):
            _fill(self, system_error or self._usual_errno, file)

    _usual_errno: ClassVar[int | None] = None

    def __str__(self) -> str:
        return self._text

    def __reduce__(self) -> Any:
        fields = {
            "text": self._text,
            "file": self.file,
            "row_group": self.row_group,
            "column": self.column,
            "facts": self.facts,
            "hint": self.hint,
            "system_error": self._system_error,
        }
        return _rebuild, (type(self), self.message, fields)


def _fill(error: OSError, number: int | None, file: str | None) -> None:
    error.errno = number
    error.filename = file


class InvalidOptionError(PlanishError, ValueError):
    """An option's value, or a combination of options, is not allowed."""

    kind = "invalid_option"


class MissingPathError(PlanishError, FileNotFoundError):
    """An input does not exist, or a glob matches nothing."""

    kind = "missing_path"
    _usual_errno = _errno.ENOENT


class EmptyDatasetError(PlanishError, FileNotFoundError):
    """The inputs hold no data file."""

    kind = "empty_dataset"
    _usual_errno = _errno.ENOENT


class MissingColumnError(PlanishError, KeyError, ValueError):
    """A key, order or data column is not in a file or stream."""

    kind = "missing_column"


class SchemaError(PlanishError, ValueError):
    """Files disagree on a column's type, and no lossless promotion exists."""

    kind = "schema_mismatch"


class _UnreadableError(PlanishError):
    """A file that cannot be read as Parquet, of which PyArrow says ArrowInvalid."""

    def __reduce__(self) -> Any:
        rebuild, (_, message, fields) = super().__reduce__()
        return rebuild, (_BY_KIND[self.kind], message, fields)


class NotParquetError(_UnreadableError, ValueError, OSError):
    """A data file is not Parquet at all."""

    kind = "not_parquet"


class CorruptFileError(_UnreadableError, ValueError, OSError):
    """A data file is damaged or truncated."""

    kind = "corrupt"


class EncryptedFileError(_UnreadableError, ValueError, OSError):
    """A data file is encrypted."""

    kind = "encrypted"


class UnsupportedError(PlanishError, NotImplementedError):
    """Valid, but not supported: a codec, a type."""

    kind = "unsupported"


class PermissionDeniedError(PlanishError, PermissionError):
    """The operating system denied access."""

    kind = "permission"
    _usual_errno = _errno.EACCES


class OutputExistsError(PlanishError, FileExistsError):
    """The output is there already and not empty."""

    kind = "output_exists"
    _usual_errno = _errno.EEXIST


class MemoryLimitError(PlanishError, MemoryError):
    """The run does not fit its memory limit."""

    kind = "memory_limit"


class DiskFullError(PlanishError, OSError):
    """No space is left for output or scratch."""

    kind = "disk_full"
    _usual_errno = _errno.ENOSPC


class StorageError(PlanishError, OSError):
    """Any other failure to read or write."""

    kind = "io"
    _usual_errno = _errno.EIO


class DriftError(PlanishError, RuntimeError):
    """A source changed while the run was reading it."""

    kind = "drift"


class LockedError(PlanishError, BlockingIOError):
    """Another run is writing into the dataset."""

    kind = "locked"
    _usual_errno = _errno.EAGAIN


class UnfinishedError(PlanishError, RuntimeError):
    """An interrupted change of the dataset has to be settled first: see planish.recover."""

    kind = "unfinished"


class CancelledError(PlanishError, RuntimeError):
    """The run was stopped."""

    kind = "cancelled"


class VerificationError(PlanishError, RuntimeError):
    """The output does not hold what it must. A defect of planish; nothing was published."""

    kind = "verification"


def _kinds(base: type[PlanishError]) -> dict[str, type[PlanishError]]:
    kinds = {}
    for error in base.__subclasses__():
        kinds.update(_kinds(error) if error is _UnreadableError else {error.kind: error})
    return kinds


_BY_KIND = _kinds(PlanishError)

# Made of those above once PyArrow is there.
_ALSO_PYARROWS: dict[str, type[PlanishError]] = {}

# Statuses of Arrow that no planish error is made of: what the source of a stream said, for example.
_BY_ARROW_CODE: dict[str, type[Exception]] = {
    "Out of memory": MemoryError,
    "Key error": KeyError,
    "Type error": TypeError,
    "Invalid": ValueError,
    "IOError": OSError,
    "Index error": IndexError,
    "Cancelled": CancelledError,
    "NotImplemented": NotImplementedError,
}


def _rebuild(error: type[PlanishError], message: str, fields: dict[str, Any]) -> PlanishError:
    return _as_pyarrow_has_it(error)(message, **fields)


def _as_pyarrow_has_it(error: type[PlanishError]) -> type[PlanishError]:
    """The error as one that handlers of PyArrow's catch: nobody has one before PyArrow is imported."""
    invalid = getattr(_sys.modules.get("pyarrow"), "ArrowInvalid", None)
    if invalid is None or not issubclass(error, _UnreadableError):
        return error
    if error.kind not in _ALSO_PYARROWS:
        names = {"__module__": error.__module__, "__qualname__": error.__qualname__, "__doc__": error.__doc__}
        _ALSO_PYARROWS[error.kind] = type(error.__name__, (error, invalid), names)
    return _ALSO_PYARROWS[error.kind]


def _from_engine(
    kind: str,
    message: str,
    text: str,
    file: str | None,
    row_group: int | None,
    column: str | None,
    facts: dict[str, str],
    hint: str | None,
    system_error: int,
) -> PlanishError:
    error = _as_pyarrow_has_it(_BY_KIND.get(kind, PlanishError))
    return error(
        message,
        text=text,
        file=file,
        row_group=row_group,
        column=column,
        facts=facts,
        hint=hint,
        system_error=system_error,
    )


def _from_arrow(code: str, message: str) -> Exception:
    return _BY_ARROW_CODE.get(code, RuntimeError)(message)
