# SPDX-License-Identifier: Apache-2.0
"""What the old functions checked, and how they told of progress."""

from __future__ import annotations

from typing import Callable, Sequence

from planish import _arguments
from planish.errors import InvalidOptionError
from planish.results import Progress


def check_positive(**sizes: int) -> None:
    for name, value in sizes.items():
        if value <= 0:
            raise InvalidOptionError(f"{name} must be > 0: {value}")


def columns(argument: str, value: Sequence[str] | str | None) -> list[str] | None:
    if value is None:
        return None
    if not value:
        raise InvalidOptionError(f"{argument} cannot be empty")
    return _arguments.names(argument, value)


def row_counter(
    progress_callback: Callable[[int, int], None] | None,
) -> Callable[[Progress], None] | None:
    """Rows looked at, and in total: of one stage, since every row goes through several."""
    if progress_callback is None:
        return None
    most = 0

    def count(progress: Progress) -> None:
        nonlocal most
        if progress.stage == "scan" and progress.rows_done > most:
            most = progress.rows_done
            progress_callback(most, progress.rows_total)

    return count
