# SPDX-License-Identifier: Apache-2.0
"""Files whose statistics exclude keys that they hold."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import planish
import hostile_files


@pytest.fixture
def target(tmp_path):
    """Keys 1 to 4 under bounds that say 100 to 200."""
    directory = tmp_path / "target"
    directory.mkdir()
    hostile_files.lying_statistics(directory)
    return directory


CHANGES = pa.table({"id": pa.array([2, 3, 9], pa.int64())})


def keys(directory):
    return sorted(key for path in directory.rglob("*.parquet") for key in pq.read_table(path)["id"].to_pylist())


def test_a_merge_that_trusts_statistics_does_not_find_keys_that_a_file_hides(target):
    report = planish.merge(target, CHANGES, key="id", strategy="insert", in_place=True)
    assert report.merge.inserted == 3
    assert keys(target) == [1, 2, 2, 3, 3, 4, 9]


def test_a_merge_that_trusts_nothing_finds_them(target):
    report = planish.merge(target, CHANGES, key="id", strategy="insert", trust="nothing", in_place=True)
    assert report.merge.inserted == 1
    assert report.merge.pruned.statistics == 0
    assert keys(target) == [1, 2, 3, 4, 9]
    assert report.options["trust"] == "nothing"


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_both_engines_agree_where_nothing_is_trusted(target, tmp_path, engine):
    report = planish.merge(target, CHANGES, key="id", strategy="delete", trust="nothing", engine=engine,
                           output=tmp_path / "out")
    assert report.merge.deleted == 2
    assert keys(tmp_path / "out") == [1, 4]


def test_to_verify_names_the_file_whose_statistics_are_false(target):
    with pytest.raises(planish.VerificationError) as raised:
        planish.merge(target, CHANGES, key="id", strategy="insert", verify=True, in_place=True)
    error = raised.value
    assert "statistics of a file exclude keys that it holds" in str(error)
    assert "defect" not in str(error)
    assert error.file.endswith("hostile.parquet")
    assert (error.row_group, error.column) == (0, "id")
    assert keys(target) == [1, 2, 3, 4]


def test_to_verify_finds_nothing_where_nothing_is_trusted(target):
    report = planish.merge(target, CHANGES, key="id", strategy="insert", trust="nothing", verify=True, in_place=True)
    assert report.verified


@pytest.mark.parametrize("trust", ["statistics", "nothing"])
def test_dedup_and_check_find_them_either_way_where_all_is_decided_together(target, tmp_path, trust):
    pq.write_table(CHANGES, target / "more.parquet")
    assert planish.check(target, key="id", trust=trust).surplus_rows == 2
    report = planish.dedup(target, output=tmp_path / "out", key="id", trust=trust, verify=True)
    assert report.rows_dropped == 2
    assert report.options["trust"] == trust


def test_null_counts_are_not_trusted_either(tmp_path):
    """A column that says it has no null, and has one: an error where that is believed, a value where it is not."""
    directory = tmp_path / "nulls"
    directory.mkdir()
    hostile_files.lying_null_count(directory)
    assert planish.check(directory, key="id", trust="nothing").surplus_rows == 0
    assert not planish.check(directory, key="id", trust="nothing").report.skipped


def test_what_else_is_to_be_trusted_is_an_error(target):
    with pytest.raises(planish.InvalidOptionError):
        planish.check(target, key="id", trust="everything")
