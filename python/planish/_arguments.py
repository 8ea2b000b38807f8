# SPDX-License-Identifier: Apache-2.0
"""Turns what callers pass into what the engine takes: names into lists, paths into bytes."""

from __future__ import annotations

import logging
import os
import re
import tempfile
import urllib.parse
from typing import Any, Callable, Iterable, Mapping, Sequence

from planish.errors import InvalidOptionError
from planish.results import Progress

logger = logging.getLogger("planish")

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

# As LocalPath of the engine has it.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")

_OPTIMIZATIONS = frozenset(
    ("copy_row_groups", "copy_files", "inline_keys", "key_digests", "key_ranges", "spill")
)


def given(**arguments: Any) -> dict[str, Any]:
    """The arguments that are not None: the others keep the engine's defaults."""
    return {name: value for name, value in arguments.items() if value is not None}


def names(argument: str, value: str | Sequence[str] | None) -> list[str]:
    """Column names: one, or several."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    listed = list(value) if isinstance(value, Iterable) and not isinstance(value, bytes) else None
    if listed is None or not all(isinstance(name, str) for name in listed):
        raise TypeError(f"{argument} must be a column name or a list of column names, not {value!r}")
    return listed


def codec(name: str | None) -> str | None:
    """A codec's name, whatever the case of its letters."""
    return name.lower() if isinstance(name, str) else name


def name(argument: str, value: str | None) -> str | None:
    """The name of one column, or none."""
    if value == "":
        raise InvalidOptionError(f"{argument} is an empty column name", hint="leave it out, or give None")
    return value


def optimizations(value: Mapping[str, bool] | None) -> dict[str, bool] | None:
    if value is None:
        return None
    for name in value:
        if name not in _OPTIMIZATIONS:
            known = ", ".join(sorted(_OPTIMIZATIONS))
            raise InvalidOptionError(f"no such optimization: {name}", hint=f"there are {known}")
    return dict(value)


def run_context(
    *,
    on_progress: Callable[[Progress], object] | None,
    on_log: Callable[[str, str], object] | None,
    temp_dir: str | os.PathLike[str] | None,
    default_temp_dir: bool,
    **arguments: Any,
) -> dict[str, Any]:
    """How a run is carried out. `default_temp_dir`: scratch goes where the system puts such files."""
    if temp_dir is None and default_temp_dir:
        temp_dir = tempfile.gettempdir()
    return given(
        temp_dir=None if temp_dir is None else path(temp_dir, "temp_dir"),
        on_progress=None if on_progress is None else _progress_sink(on_progress),
        on_log=_log_sink(on_log),
        **arguments,
    )


def _progress_sink(on_progress: Callable[[Progress], object]) -> Callable[..., None]:
    def tell(*state: Any) -> None:
        on_progress(Progress(*state))

    return tell


def _log_sink(on_log: Callable[[str, str], object] | None) -> Callable[[str, str], None]:
    def tell(level: str, message: str) -> None:
        logger.log(_LEVELS[level], "%s", message)
        if on_log is not None:
            on_log(level, message)

    return tell


def path(value: str | os.PathLike[str] | bytes, argument: str) -> bytes:
    """A local path, or a file:// URL of one, as the file system's bytes."""
    if not isinstance(value, (str, bytes, os.PathLike)):
        raise TypeError(f"{argument} must be a path, not {value!r}")
    text = os.fsdecode(value)
    if not text:
        raise InvalidOptionError(f"{argument} is an empty path")
    scheme, separator, rest = text.partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        return os.fsencode(text)
    if scheme.lower() != "file":
        raise InvalidOptionError(
            f"{argument} is not a local path: {text}",
            hint=f"planish works on local files only; a directory that is really called so is ./{text}",
        )
    host, slash, local = rest.partition("/")
    if host not in ("", "localhost") or not slash:
        raise InvalidOptionError(f"{argument} is not a local file URL: {text}")
    return urllib.parse.unquote_to_bytes("/" + local)


def inputs(value: Any, filesystem: Any = None) -> list[bytes]:
    """The paths that name a dataset: of files, directories and globs."""
    prefix = _local_prefix(filesystem)
    if isinstance(value, (str, bytes, os.PathLike)):
        return [_below(prefix, path(value, "inputs"))]
    if _is_arrow_dataset(value):
        root = _local_prefix(value.filesystem)
        return [_below(root, os.fsencode(file)) for file in value.files]
    if isinstance(value, Iterable) and not hasattr(value, "__arrow_c_stream__"):
        return [_below(prefix, path(item, "inputs")) for item in value]
    raise TypeError(
        "inputs must be a path, a list of paths or a pyarrow.dataset.Dataset of files, not "
        f"{type(value).__name__}; planish.drop_duplicates takes tables and readers"
    )


def directory(value: Any, filesystem: Any, argument: str) -> bytes:
    """The path of one directory."""
    if not isinstance(value, (str, bytes, os.PathLike)):
        raise TypeError(f"{argument} must be the path of one directory, not {value!r}")
    return _below(_local_prefix(filesystem), path(value, argument))


def patterns(argument: str, value: str | os.PathLike[str] | Sequence[str] | None) -> list[bytes] | None:
    """Patterns of relative paths: one, or several."""
    if value is None:
        return None
    listed = [value] if isinstance(value, (str, bytes, os.PathLike)) else list(value)
    if not all(isinstance(pattern, (str, bytes, os.PathLike)) for pattern in listed):
        raise TypeError(f"{argument} must be a pattern or a list of patterns, not {value!r}")
    return [os.fsencode(pattern) for pattern in listed]


def _is_arrow_dataset(value: Any) -> bool:
    # By its attributes, so that PyArrow need not be there.
    return hasattr(value, "files") and hasattr(value, "filesystem") and hasattr(value, "schema")


def _below(prefix: bytes, name: bytes) -> bytes:
    return prefix + name.lstrip(b"/") if prefix else name


def _local_prefix(filesystem: Any) -> bytes:
    """What goes before paths of a local file system; others are refused."""
    if filesystem is None:
        return b""
    kind = getattr(filesystem, "type_name", None)
    if kind == "local":
        return b""
    if kind == "subtree":
        base = os.fsencode(filesystem.base_path.rstrip("/") + "/")
        return _local_prefix(filesystem.base_fs) + base
    handler: Any = getattr(filesystem, "handler", None)
    if hasattr(handler, "fs"):
        return _local_prefix(handler.fs)
    protocol = getattr(filesystem, "protocol", ())
    protocols = (protocol,) if isinstance(protocol, str) else tuple(protocol)
    if "dir" in protocols and hasattr(filesystem, "fs"):
        return _local_prefix(filesystem.fs) + os.fsencode(filesystem.path.rstrip("/") + "/")
    if "file" in protocols or "local" in protocols:
        return b""
    raise InvalidOptionError(
        f"filesystem is not local: {kind or type(filesystem).__name__}",
        hint="planish works on local files only: copy the files, or mount them",
    )
