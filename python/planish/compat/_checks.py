# SPDX-License-Identifier: Apache-2.0
"""What the old functions checked, and how they told of progress."""

from __future__ import annotations

from typing import Callable, Sequence

from planish import _arguments
from planish.errors import InvalidOptionError
from planish.results import Progress

_MB = 1024 * 1024


def check_positive(**sizes: float | None) -> None:
    for name, value in sizes.items():
        if value is not None and value <= 0:
            raise InvalidOptionError(f"{name} must be > 0: {value}")


def megabytes(value: float) -> int:
    """Bytes of a size that may be a fraction."""
    return max(1, int(value * _MB))


def columns(argument: str, value: Sequence[str] | str) -> list[str]:
    """At least one column; a name that comes twice counts where it comes first."""
    if not value:
        raise InvalidOptionError(f"{argument} cannot be empty")
    return list(dict.fromkeys(_arguments.names(argument, value)))


def trimmed_columns(argument: str, value: Sequence[str] | str) -> list[str]:
    """The same; blanks around a name are no part of it."""
    names = [name.strip() for name in columns(argument, value)]
    if not all(names):
        raise InvalidOptionError(f"{argument} cannot contain empty names")
    return columns(argument, names)


def row_counter(
    progress_callback: Callable[[int, int], None] | None, stages: Sequence[str] = ("scan",)
) -> Callable[[Progress], None] | None:
    """Rows looked at, and in total: each stage counts the rows that are its own."""
    if progress_callback is None:
        return None
    done = dict.fromkeys(stages, 0)
    total = dict.fromkeys(stages, 0)

    def count(progress: Progress) -> None:
        stage = progress.stage
        if stage not in done or progress.rows_done <= done[stage]:
            return
        done[stage] = progress.rows_done
        total[stage] = max(total[stage], progress.rows_total)
        progress_callback(sum(done.values()), sum(total.values()))

    return count
