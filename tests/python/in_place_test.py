# SPDX-License-Identifier: Apache-2.0
"""dedup in place, and recover."""

import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import planish


@pytest.fixture
def events(tmp_path):
    """Three files; of column id only the second file's first row is a duplicate."""
    directory = tmp_path / "events"
    directory.mkdir()
    for name, ids in {"a": [1, 2], "b": [2, 3], "c": [4, 5]}.items():
        pq.write_table(pa.table({"id": ids}), directory / f"{name}.parquet")
    return directory


def inodes(directory):
    return {path.name: path.stat().st_ino for path in directory.glob("*.parquet")}


@pytest.mark.parametrize("publish", ["files", "swap"])
def test_only_files_with_duplicates_are_written(events, tmp_path, publish):
    before = inodes(events)
    report = planish.dedup(events, in_place=True, key="id", publish=publish,
                           keep_backup=tmp_path / "backup")
    assert pq.read_table(events)["id"].to_pylist() == [1, 2, 3, 4, 5]
    assert [name for name, inode in inodes(events).items() if inode != before[name]] == ["b.parquet"]
    assert report.files.untouched == 2
    assert (report.publish.mode, report.publish.files_replaced) == (publish, 1)
    assert pq.read_table(tmp_path / "backup" / "b.parquet")["id"].to_pylist() == [2, 3]
    assert planish.dedup(events, in_place=True, key="id").publish.mode is None


def test_a_run_that_raises_changes_nothing(events):
    def stop(progress):
        if progress.stage == "publish":
            raise RuntimeError("stop")

    before = {path: path.read_bytes() for path in events.iterdir()}
    with pytest.raises(RuntimeError, match="stop"):
        planish.dedup(events, in_place=True, key="id", on_progress=stop)
    assert {path: path.read_bytes() for path in events.glob("*.parquet")} == before


def test_a_dataset_that_another_run_writes_into_is_locked(events):
    seen = []

    def again(progress):
        if progress.stage == "scan" and not seen:
            seen.append(progress)
            with pytest.raises(BlockingIOError) as caught:
                planish.dedup(events, in_place=True, key="id")
            seen.append(caught.value)

    planish.dedup(events, in_place=True, key="id", on_progress=again)
    assert type(seen[1]) is planish.LockedError


def test_a_file_that_changes_meanwhile_is_drift(events):
    def change(progress):
        if progress.stage == "rewrite":
            pq.write_table(pa.table({"id": [9, 9, 9]}), events / "b.parquet")

    with pytest.raises(planish.DriftError):
        planish.dedup(events, in_place=True, key="id", on_progress=change)
    assert pq.read_table(events / "b.parquet")["id"].to_pylist() == [9, 9, 9]


def test_in_place_takes_one_directory(events, tmp_path):
    for inputs in (events / "a.parquet", [events, tmp_path]):
        with pytest.raises(ValueError):
            planish.dedup(inputs, in_place=True, key="id")
    with pytest.raises(planish.InvalidOptionError):
        planish.dedup(events, in_place=True, output=tmp_path / "out", key="id")


def test_recover_says_that_there_is_nothing_to_do(events):
    found = planish.recover(events, lock_timeout=0.1)
    assert found.outcome == "nothing_to_do" and found.to_dict()["outcome"] == "nothing_to_do"
    assert "nothing_to_do" in repr(found)
    with pytest.raises(FileNotFoundError):
        planish.recover(events / "gone")


# Dies at the last moment before files are replaced, and leaves its stage behind.
KILLED = """
import os, sys, planish

planish.dedup(sys.argv[1], in_place=True, key="id",
              on_progress=lambda progress: os._exit(9) if progress.stage == "publish" else None)
"""


def test_recover_settles_what_a_killed_run_has_left(events):
    done = subprocess.run([sys.executable, "-B", "-c", KILLED, events])
    assert done.returncode == 9
    assert planish.inspect(events).unfinished
    found = planish.recover(events)
    assert found.outcome == "rolled_back" and found.reason
    assert planish.inspect(events).unfinished is None
    assert planish.dedup(events, in_place=True, key="id").rows_dropped == 1
