# SPDX-License-Identifier: Apache-2.0
"""What runs give back. The fields are those of the C++ structs and of the JSON reports.

Bytes are bytes, times are seconds. Every result has `to_dict()`, the report as plain Python values, and
shows itself as a table in notebooks."""

from __future__ import annotations

import dataclasses
import functools
import html
import types
import typing
from dataclasses import dataclass, field
from typing import Any, Iterable, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True)
class Progress:
    """One state of a run, as handed to `on_progress`."""

    stage: str
    """"dataset", "scan", "winners", "rewrite", "publish", "verify" or "describe"; of streams also
    "stream", "spool" and "emit"."""
    rows_done: int
    rows_total: int
    """Rows this stage will handle; 0 while that is not known."""
    bytes_done: int
    bytes_total: int
    seconds: float
    """Since the run started."""
    seconds_left: float | None
    """Estimated for this stage; None while nothing is known."""

    @property
    def fraction(self) -> float | None:
        """How much of the stage is done, 0 to 1; None while that is not known."""
        if self.rows_total > 0:
            return min(1.0, self.rows_done / self.rows_total)
        return min(1.0, self.bytes_done / self.bytes_total) if self.bytes_total > 0 else None

    def __str__(self) -> str:
        text = f"{self.stage}: {self.rows_done:,}"
        if self.rows_total > 0:
            text += f" of {self.rows_total:,}"
        return f"{text} rows, {self.seconds:.1f} s"


@dataclass(frozen=True)
class FateCounts:
    """What became of files or row groups."""

    copied: int = 0
    """Bytes taken over as they are."""
    transcoded: int = 0
    """Decoded, filtered and encoded."""
    dropped: int = 0
    """Nothing is left of it."""
    skipped: int = 0
    """It could not be read."""
    untouched: int = 0
    """In place: it stays where it is."""


@dataclass(frozen=True)
class ChunkSizes:
    """How large the pieces were in which rows were scanned."""

    min_rows: int = 0
    mean_rows: float = 0
    max_rows: int = 0
    min_bytes: int = 0
    mean_bytes: float = 0
    max_bytes: int = 0


@dataclass(frozen=True)
class StageReport:
    """One stage of a run; CPU time is of all threads."""

    name: str = ""
    wall_seconds: float = 0
    cpu_seconds: float = 0
    spilled_bytes: int = 0
    spilled_blocks: int = 0


@dataclass(frozen=True)
class MemorySample:
    """What was in memory at one moment."""

    seconds: float = 0
    resident_bytes: int = 0
    """Of the whole process."""
    accounted_bytes: int = 0
    """Of what the memory budget knows."""
    stage: str = ""


@dataclass(frozen=True)
class MemoryReport:
    """What the run had in memory."""

    limit_bytes: int = 0
    peak_resident_bytes: int = 0
    """Of the whole process since it started."""
    peak_accounted_bytes: int = 0
    peak_pool_bytes: int = 0
    estimated_bytes: int = 0
    timeline: list[MemorySample] = field(default_factory=list)


@dataclass(frozen=True)
class ScratchReport:
    """What did not fit in memory."""

    limit_bytes: int | None = None
    peak_bytes: int = 0
    spilled_bytes: int = 0
    spilled_blocks: int = 0


@dataclass(frozen=True)
class RunFigures:
    """A run in five figures."""

    rows: int = 0
    bytes: int = 0
    peak_memory_bytes: int = 0
    spilled_bytes: int = 0
    seconds: float = 0


@dataclass(frozen=True)
class EngineReport:
    """How winners were found."""

    name: str = ""
    key_form: str = ""
    key_bytes: int = 0
    batches: int = 0
    partitions: int = 0
    records: int = 0
    candidates: int = 0
    decoded_column_chunks: int = 0
    copied_column_chunks: int = 0


@dataclass(frozen=True)
class MetadataFile:
    """What became of a `_metadata` or `_common_metadata` that a change in place would have left wrong."""

    file: str = ""
    """Below the dataset; absolute if it is stale."""
    outcome: str = ""
    """"rebuilt" or "removed"; "stale" for one above the dataset, which is left as it is."""
    reason: str | None = None
    """Why it was removed or is stale."""


@dataclass(frozen=True)
class PublishReport:
    """How the result came to be there."""

    mode: str | None = None
    """"directory", "files" or "swap"; None if nothing was to be published."""
    files_replaced: int = 0
    files_added: int = 0
    files_removed: int = 0
    checksums_removed: int = 0
    """Hadoop's checksums (`.NAME.crc`) of files that changed or went, in place."""
    metadata_files: list[MetadataFile] = field(default_factory=list)
    """In place, by directory. Those that are still right stay, and are not listed."""
    recovered: str | None = None
    """What an interrupted run had left and this one settled first: "rolled_back" or "rolled_forward"."""
    backup: str | None = None
    """The directory that keeps what was replaced or removed; planish.restore puts it back."""


@dataclass(frozen=True)
class PrunedRowGroups:
    """Row groups of the target without a key of the source, by what told so first."""

    partition: int = 0
    statistics: int = 0
    page_index: int = 0
    bloom_filter: int = 0


@dataclass(frozen=True)
class MergeReport:
    """What a merge did to rows."""

    source_rows: int = 0
    source_duplicates: int = 0
    """Source rows that lost to another of their key."""
    inserted: int = 0
    updated: int = 0
    """Target rows of which a value changed."""
    unchanged: int = 0
    """Target rows equal to their source row in every column."""
    deleted: int = 0
    stale: int = 0
    """Target rows that are not older than their source row."""
    moved: int = 0
    """Of those updated: into another partition."""
    ignored: int = 0
    """Source rows that the strategy has no use for."""
    withheld: int = 0
    """Source rows that did not come in: their key may be in a part of the target that cannot be read."""
    target_rows_before: int = 0
    target_rows_after: int = 0
    new_files: int = 0
    added_columns: int = 0
    """Of the source, which the target had not."""
    pruned_row_groups: int = 0
    """All of `pruned`."""
    pruned: PrunedRowGroups = field(default_factory=PrunedRowGroups)
    passes: int = 0
    """Over the target's keys."""


@dataclass(frozen=True)
class SkippedChunk:
    """A part of the input that could not be read, and is not in the result."""

    file: str = ""
    row_group: int | None = None
    """None: the whole file."""
    column: str | None = None
    kind: str = ""
    cause: str = ""
    rows: int | None = None


@dataclass(frozen=True)
class PlannedFile:
    """A file of the plan that is not simply copied."""

    file: str = ""
    rows: int = 0
    rows_dropped: int = 0
    row_groups: FateCounts = field(default_factory=FateCounts)


@dataclass(frozen=True)
class _Result:
    _values: dict[str, Any] = field(repr=False, compare=False, default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain Python values, as docs/report.md describes it."""
        return typing.cast("dict[str, Any]", _copy(self._values))

    def _figures(self) -> list[tuple[str, str]]:
        raise NotImplementedError

    def _title(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        figures = ", ".join(f"{name} {value}" for name, value in self._figures())
        return f"<planish.{type(self).__name__} {self._title()}: {figures}>"

    def _repr_html_(self) -> str:
        return _table(self._title(), self._figures())


@dataclass(frozen=True, repr=False)
class Report(_Result):
    """What a run did."""

    verb: str = ""
    planish_version: str = ""
    arrow_version: str = ""
    dry_run: bool = False
    verified: bool = False
    options: dict[str, str] = field(default_factory=dict)
    """Every option in force, by its command-line name."""
    rows_in: int = 0
    rows_kept: int = 0
    rows_dropped: int = 0
    duplicate_ratio: float = 0
    """rows_dropped / rows_in."""
    files_in: int = 0
    files_out: int = 0
    other_files: int = 0
    """Files of input directories that are not part of the dataset; hidden ones are not counted."""
    chunks: int = 0
    chunk_sizes: ChunkSizes = field(default_factory=ChunkSizes)
    files: FateCounts = field(default_factory=FateCounts)
    row_groups: FateCounts = field(default_factory=FateCounts)
    bytes_in: int = 0
    bytes_read: int = 0
    bytes_copied: int = 0
    bytes_decoded: int = 0
    bytes_written: int = 0
    finished_seconds: int = 0
    """When the run ended, in seconds since 1970."""
    wall_seconds: float = 0
    cpu_seconds: float = 0
    megabytes_per_second: float = 0
    rows_per_second: float = 0
    stages: list[StageReport] = field(default_factory=list)
    memory: MemoryReport = field(default_factory=MemoryReport)
    scratch: ScratchReport = field(default_factory=ScratchReport)
    estimated: RunFigures = field(default_factory=RunFigures)
    actual: RunFigures = field(default_factory=RunFigures)
    engine: EngineReport = field(default_factory=EngineReport)
    publish: PublishReport = field(default_factory=PublishReport)
    merge: MergeReport | None = None
    """Of a merge only."""
    skipped: list[SkippedChunk] = field(default_factory=list)
    """What could not be read. Not empty: the result is that of the rest of the input."""
    plan: list[PlannedFile] = field(default_factory=list)
    """Of a dry run, the files that are not simply copied."""

    def _title(self) -> str:
        return self.verb + (", dry run" if self.dry_run else "")

    def _figures(self) -> list[tuple[str, str]]:
        if self.merge is not None:
            return self._merge_figures(self.merge)
        figures = [
            ("rows in", f"{self.rows_in:,}"),
            ("kept", f"{self.rows_kept:,}"),
            ("dropped", f"{self.rows_dropped:,} ({100 * self.duplicate_ratio:.2f} %)"),
            ("files in", f"{self.files_in:,}"),
            ("out", f"{self.files_out:,}"),
            ("seconds", f"{self.wall_seconds:.2f}"),
            ("peak memory", f"{self.memory.peak_resident_bytes / 1e6:,.0f} MB"),
        ]
        if self.skipped:
            figures.append(("chunks skipped", f"{len(self.skipped):,}"))
        return figures

    def _merge_figures(self, merge: MergeReport) -> list[tuple[str, str]]:
        return [
            ("rows before", f"{merge.target_rows_before:,}"),
            ("inserted", f"{merge.inserted:,}"),
            ("updated", f"{merge.updated:,}"),
            ("deleted", f"{merge.deleted:,}"),
            *([("withheld", f"{merge.withheld:,}")] if merge.withheld else []),
            ("rows after", f"{merge.target_rows_after:,}"),
            ("seconds", f"{self.wall_seconds:.2f}"),
            ("peak memory", f"{self.memory.peak_resident_bytes / 1e6:,.0f} MB"),
        ]


@dataclass(frozen=True)
class DuplicatedKey:
    """A key that several rows have."""

    values: list[str] = field(default_factory=list)
    """The key's values as text, one a column."""
    rows: int = 0
    first_file: str = ""
    first_row: int = 0
    """Counted from 0 in that file."""


@dataclass(frozen=True, repr=False)
class CheckResult(_Result):
    """What `planish.check` found. True if there are duplicates."""

    key: list[str] = field(default_factory=list)
    duplicated_keys: int = 0
    """Keys that more than one row has."""
    surplus_rows: int = 0
    """Rows that `planish.dedup` with keep="first" would drop."""
    worst: list[DuplicatedKey] = field(default_factory=list)
    """The most frequent ones, most rows first."""
    report: Report = field(default_factory=Report)

    def __bool__(self) -> bool:
        return self.duplicated_keys > 0

    def _title(self) -> str:
        return "check of " + (", ".join(self.key) if self.key else "all columns")

    def _figures(self) -> list[tuple[str, str]]:
        figures = [
            ("rows", f"{self.report.rows_in:,}"),
            ("duplicated keys", f"{self.duplicated_keys:,}"),
            ("surplus rows", f"{self.surplus_rows:,}"),
        ]
        for worst in self.worst[:1]:
            figures.append(("worst key", f"{', '.join(worst.values)} ({worst.rows:,} rows)"))
        return figures


@dataclass(frozen=True)
class SchemaField:
    """A column after promotion; the type as Arrow prints it."""

    name: str = ""
    type: str = ""
    nullable: bool = True


@dataclass(frozen=True)
class InspectedColumn:
    """A leaf column, or a hive column."""

    name: str = ""
    type: str = ""
    hive: bool = False
    compressed_bytes: int = 0
    uncompressed_bytes: int = 0
    codecs: dict[str, int] = field(default_factory=dict)
    encodings: dict[str, int] = field(default_factory=dict)
    chunks: int = 0
    chunks_with_statistics: int = 0
    chunks_with_bloom_filter: int = 0
    chunks_with_page_index: int = 0
    null_count: int | None = None
    min: str | None = None
    max: str | None = None


@dataclass(frozen=True)
class TypeInFiles:
    """A type that some files have a column in ("missing" if they lack it), and one of these files."""

    type: str = ""
    files: int = 0
    file: str = ""


@dataclass(frozen=True)
class TypeDisagreement:
    """A column for which no type holds the values of all files without loss, or which some files lack."""

    column: str = ""
    types: list[TypeInFiles] = field(default_factory=list)


@dataclass(frozen=True)
class FileSizeBucket:
    """Files smaller than `below_bytes` and in no earlier bucket; None: the rest."""

    below_bytes: int | None = None
    files: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class UnreadableFile:
    """A file that planish.inspect could not read."""

    file: str = ""
    kind: str = ""
    cause: str = ""


@dataclass(frozen=True, repr=False)
class InspectResult(_Result):
    """What a dataset is made of."""

    planish_version: str = ""
    files: int = 0
    other_files: int = 0
    """Files that are not part of the dataset."""
    row_groups: int = 0
    rows: int = 0
    bytes: int = 0
    partitions: int = 0
    min_row_group_rows: int = 0
    max_row_group_rows: int = 0
    created_by: list[str] = field(default_factory=list)
    unfinished: str | None = None
    """What an interrupted run has left, in a sentence: see planish.recover."""
    schema: list[SchemaField] = field(default_factory=list)
    columns: list[InspectedColumn] = field(default_factory=list)
    disagreements: list[TypeDisagreement] = field(default_factory=list)
    """Columns that can be no key and no order column, because files disagree on their type."""
    unreadable: list[UnreadableFile] = field(default_factory=list)
    """Files whose footers cannot be read. Nothing else tells of them."""
    size_histogram: list[FileSizeBucket] = field(default_factory=list)

    def _title(self) -> str:
        return "dataset"

    def _figures(self) -> list[tuple[str, str]]:
        return [
            ("files", f"{self.files:,}"),
            ("row groups", f"{self.row_groups:,}"),
            ("rows", f"{self.rows:,}"),
            ("bytes", f"{self.bytes:,}"),
            ("columns", f"{len(self.schema):,}"),
            ("partitions", f"{self.partitions:,}"),
        ]


@dataclass(frozen=True, repr=False)
class Recovery(_Result):
    """What planish.recover found, and what has become of it."""

    planish_version: str = ""
    outcome: str = "nothing_to_do"
    """"nothing_to_do", "rolled_back" (the dataset is the old one) or "rolled_forward" (the new one)."""
    reason: str = ""
    """In one sentence."""
    transaction: str | None = None
    created: str | None = None
    """When the change was committed, in UTC."""
    files_replaced: int = 0
    files_added: int = 0
    files_removed: int = 0
    kept: str | None = None
    """What was kept because the run was to keep a backup."""

    def _title(self) -> str:
        return "recover"

    def _figures(self) -> list[tuple[str, str]]:
        return [("outcome", self.outcome), ("reason", self.reason)]


@dataclass(frozen=True)
class RestoredFile:
    """One file that is as it was before, or in a dry run would be."""

    path: str = ""
    """Below the dataset."""
    fate: str = "replaced"
    """"replaced", "added" or "removed"."""


@dataclass(frozen=True, repr=False)
class Restoration(_Result):
    """What planish.restore has put back."""

    planish_version: str = ""
    dry_run: bool = False
    run: str = ""
    """Names the run that has been undone."""
    created: str = ""
    """When that made its backup, in UTC."""
    backup_version: str = ""
    """Of the planish that made it."""
    files_replaced: int = 0
    files_added: int = 0
    files_removed: int = 0
    files: list[RestoredFile] = field(default_factory=list)
    """By path. None if the dataset is as it was before that run already."""
    recovered: str | None = None
    """What an interrupted run had left and was settled first: "rolled_back" or "rolled_forward"."""

    def _title(self) -> str:
        return "restore"

    def _figures(self) -> list[tuple[str, str]]:
        files = f"{self.files_replaced:,} replaced, {self.files_added:,} added, {self.files_removed:,} removed"
        return [("run", self.run), ("files", files)]


def from_dict(result: type[_T], values: dict[str, Any]) -> _T:
    """A result of its JSON form. What the class does not know stays in `to_dict()` alone."""
    return typing.cast(_T, _build(result, values))


def _build(wanted: Any, value: Any) -> Any:
    if value is None:
        return None
    if typing.get_origin(wanted) is types.UnionType:  # `X | None`
        wanted = typing.get_args(wanted)[0]
    if typing.get_origin(wanted) is list:
        return [_build(typing.get_args(wanted)[0], item) for item in value]
    if not dataclasses.is_dataclass(wanted) or not isinstance(wanted, type):
        return value
    hints = _field_types(wanted)
    fields = {name: _build(hints[name], v) for name, v in value.items() if name in hints}
    if issubclass(wanted, _Result):
        fields["_values"] = value
    return wanted(**fields)


@functools.cache
def _field_types(wanted: type) -> dict[str, Any]:
    """Types of a dataclass's fields by name: evaluating their annotations takes longer than all the rest."""
    hints = typing.get_type_hints(wanted)
    return {f.name: hints[f.name] for f in dataclasses.fields(wanted)}


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(item) for name, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    body = "".join(
        f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
        f"<td style='text-align:right'>{html.escape(value)}</td></tr>"
        for name, value in rows
    )
    return f"<table><caption>planish: {html.escape(title)}</caption>{body}</table>"
