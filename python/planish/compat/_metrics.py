# SPDX-License-Identifier: Apache-2.0
"""The figures of a run by the names that the old functions gave them."""

from __future__ import annotations

import collections
from typing import Any

from planish.results import Report

_MB = 1024 * 1024

# Below which part of the memory limit: the level's name. At the limit it is the last one.
_PRESSURE = ((0.7, "normal"), (0.9, "warning"), (1.0, "critical"))
_PRESSURE_AT_LIMIT = "emergency"


def performance(report: Report, *, files: int, rows_before: int, rows_after: int) -> dict[str, Any]:
    seconds = report.wall_seconds
    figures = {
        "total_process_time_sec": seconds,
        "memory_peak_mb": report.memory.peak_accounted_bytes / _MB,
        "process_memory_peak_mb": report.memory.peak_resident_bytes / _MB,
        "throughput_mb_sec": report.bytes_in / _MB / seconds if seconds > 0 else 0.0,
        "rows_per_sec": report.rows_per_second,
        "files_processed": files,
        "chunks_processed": report.chunks,
        "dedup_efficiency": (rows_before - rows_after) / rows_before if rows_before else 0.0,
        "operation_breakdown": {stage.name: stage.wall_seconds for stage in report.stages},
        "memory_pressure_stats": _pressure(report),
    }
    available = _available_bytes()
    if available is not None:
        figures["system_available_mb"] = available / _MB
    return figures


def key_tracker(matched_keys: int) -> dict[str, Any]:
    """Of the target's rows whose key the source has. They are always all known."""
    return {
        "tier": "EXACT",
        "accuracy_type": "exact",
        "total_add_calls": matched_keys,
        "unique_keys_estimate": matched_keys,
        "current_count": matched_keys,
        "transitions": 0,
        "has_bloom_dependency": False,
        "estimated_memory_mb": 0.0,
        "peak_estimated_memory_mb": 0.0,
    }


def _pressure(report: Report) -> dict[str, int]:
    """How often memory was seen at which level."""
    limit = report.memory.limit_bytes
    counts = collections.Counter(
        _level(sample.accounted_bytes / limit if limit else 0.0) for sample in report.memory.timeline
    )
    return dict(counts)


def _level(used: float) -> str:
    return next((name for part, name in _PRESSURE if used < part), _PRESSURE_AT_LIMIT)


def _available_bytes() -> int | None:
    """None where the system does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return None
