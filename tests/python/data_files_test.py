# SPDX-License-Identifier: Apache-2.0
"""Which files of a directory are data, tables with a log of their own, and targets that are not there."""

import io
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import planish


def write(path, ids):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"id": pa.array(ids, pa.int64())}), path)


def ids_in(path):
    return sorted(pq.ParquetFile(path).read().column("id").to_pylist())


FOREIGN = ("README.md", "data.csv", "manifest.json", "x.parquet.tmp.1f3a", "a.parquet~", "a.parquet.gz")


@pytest.fixture
def events(tmp_path):
    """Two data files with a duplicate, and others beside them."""
    directory = tmp_path / "events"
    write(directory / "a.parquet", [1, 2])
    write(directory / "b.parquet", [2, 3])
    shutil.copy(directory / "a.parquet", directory / "a.parquet.bak")
    for name in FOREIGN:
        (directory / name).write_text("not data")
    return directory


def foreign_bytes(directory):
    return {file.name: file.read_bytes() for file in directory.iterdir()
            if file.suffix != ".parquet"}


@pytest.mark.parametrize("publish", ["files", "swap"])
def test_a_backup_beside_the_data_is_no_data_and_stays(events, publish):
    before = foreign_bytes(events)
    log = []
    report = planish.dedup(events, in_place=True, key="id", publish=publish,
                           on_log=lambda level, text: log.append((level, text)))
    assert ids_in(events / "a.parquet") == [1, 2]
    assert ids_in(events / "b.parquet") == [3]
    assert foreign_bytes(events) == before
    assert report.other_files == len(FOREIGN) + 1
    assert report.skipped == []
    warned = [text for level, text in log if level == "warning"]
    assert len(warned) == 1 and "a.parquet.bak" in warned[0]
    named = "\n".join(text for level, text in log if level == "info")
    assert all(name in named for name in FOREIGN)


@pytest.mark.parametrize("publish", ["files", "swap"])
def test_a_merge_leaves_them_too(events, publish):
    before = foreign_bytes(events)
    report = planish.merge(events, pa.table({"id": [3, 4]}), key="id", publish=publish, in_place=True)
    assert (report.merge.inserted, report.merge.unchanged) == (1, 1)
    assert report.other_files == len(FOREIGN) + 1
    assert foreign_bytes(events) == before


def test_no_verb_minds_them(events, tmp_path):
    assert planish.inspect(events).files == 2
    assert planish.inspect(events).other_files == len(FOREIGN) + 1
    assert planish.check(events, key="id").surplus_rows == 1
    assert planish.check(events, key="id").report.other_files == len(FOREIGN) + 1
    assert planish.drop_duplicates(events, "id").read_all().num_rows == 3
    planish.dedup(events, output=tmp_path / "out", key="id", verify=True)
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["a.parquet", "b.parquet"]
    for engine in ("auto", "reference"):
        assert planish.dedup(events, dry_run=True, key="id", engine=engine).rows_dropped == 1
    write(tmp_path / "t/a.parquet", [7])
    assert planish.merge(tmp_path / "t", str(events), key="id", in_place=True).merge.inserted == 3


def test_what_is_named_is_data(events, tmp_path):
    assert planish.inspect(events / "a.parquet.bak").rows == 2
    assert planish.inspect(f"{events}/*.bak").rows == 2
    assert planish.inspect(f"{events}/*").files == 2
    report = planish.dedup([events / "a.parquet.bak", events / "b.parquet"], output=tmp_path / "out",
                           key="id", verify=True)
    assert report.rows_kept == 3


def test_include_and_exclude_choose_among_files(events):
    assert planish.inspect(events, exclude="b*").files == 1
    assert planish.inspect(events, include=["b*"]).files == 1
    assert planish.inspect(events, include=["*.bak", "*.parquet"]).files == 3
    with pytest.raises(planish.EmptyDatasetError):
        planish.inspect(events, include="nothing")
    with pytest.raises(planish.InvalidOptionError):
        planish.inspect(events, exclude="")
    assert planish.check(events, key="id", exclude="b*").surplus_rows == 0
    assert planish.drop_duplicates(events, "id", exclude="b*").read_all().num_rows == 2
    with pytest.raises(planish.InvalidOptionError):
        planish.drop_duplicates(pa.table({"id": [1]}), "id", exclude="b*")


def test_what_is_excluded_stays_in_place(events):
    untouched = (events / "b.parquet").read_bytes()
    write(events / "old/c.parquet", [1, 1])
    old = (events / "old/c.parquet").read_bytes()
    report = planish.dedup(events, in_place=True, key="id", exclude=["b.parquet", "old"], verify=True)
    assert report.rows_dropped == 0
    report = planish.merge(events, pa.table({"id": [3]}), key="id", exclude=["b.parquet", "old"], publish="swap",
                           verify=True, in_place=True)
    assert report.merge.inserted == 1
    assert (events / "b.parquet").read_bytes() == untouched
    assert (events / "old/c.parquet").read_bytes() == old


def test_new_files_have_to_be_part_of_the_target(events):
    before = sorted(events.iterdir())
    with pytest.raises(planish.InvalidOptionError, match="include and exclude"):
        planish.merge(events, pa.table({"id": [9]}), key="id", include="a*", in_place=True)
    assert sorted(events.iterdir()) == before
    include = ["a*", "merge-*.parquet"]
    assert planish.merge(events, pa.table({"id": [9]}), key="id", include=include, in_place=True).merge.inserted == 1
    assert planish.merge(events, pa.table({"id": [9]}), key="id", include=include, in_place=True).merge.inserted == 0


def test_new_files_do_not_take_the_names_of_excluded_ones(events):
    write(events / "merge-000001-00000.parquet", [77])
    planish.merge(events, pa.table({"id": [9]}), key="id", exclude="merge-000001-*", in_place=True)
    assert ids_in(events / "merge-000001-00000.parquet") == [77]
    assert ids_in(events / "merge-000002-00000.parquet") == [9]


LOGS = ("_delta_log/0.json", "metadata/v1.metadata.json", ".hoodie/hoodie.properties",
        "_symlink_format_manifest/manifest", "_versions/1.manifest")


@pytest.mark.parametrize("log", LOGS)
def test_tables_with_a_log_are_refused_in_both_directions(tmp_path, log):
    table = tmp_path / "t"
    write(table / "day=1/a.parquet", [1, 1])
    (table / log).parent.mkdir(parents=True)
    (table / log).write_text("{}")
    before = (table / "day=1/a.parquet").read_bytes()
    source = pa.table({"id": [2]})
    write(tmp_path / "plain/a.parquet", [1, 1])
    for call in (
        lambda: planish.inspect(table),
        lambda: planish.check(table / "day=1"),
        lambda: planish.check(table / "day=1/a.parquet"),
        lambda: planish.dedup(f"{table}/*", output=tmp_path / "out"),
        lambda: planish.dedup(table, in_place=True),
        lambda: planish.dedup(table / "day=1", in_place=True),
        lambda: planish.dedup(tmp_path / "plain", output=table / "new"),
        lambda: planish.dedup(tmp_path / "plain", in_place=True, keep_backup=table / "old"),
        lambda: planish.drop_duplicates(table, "id"),
        lambda: planish.merge(table, source, key="id", in_place=True),
        lambda: planish.merge(table / "day=1", source, key="id", dry_run=True),
        lambda: planish.merge(table / "new", source, key="id", create=True, in_place=True),
        lambda: planish.merge(tmp_path / "plain", str(table), key="id", in_place=True),
        lambda: planish.merge(tmp_path / "plain", source, key="id", output=table / "new"),
    ):
        with pytest.raises(planish.UnsupportedError, match="log"):
            call()
    assert (table / "day=1/a.parquet").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plain", "t"]
    assert planish.inspect(table, ignore_table_log=True).rows == 2
    assert planish.dedup(table, in_place=True, ignore_table_log=True, verify=True).rows_dropped == 1
    report = planish.merge(table / "day=1", source, key="id", ignore_table_log=True, verify=True, in_place=True)
    assert report.merge.inserted == 1
    assert (table / log).read_text() == "{}"


def test_a_missing_target_is_made_only_if_asked_for(tmp_path):
    source = pa.table({"id": [1]})
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/a.txt").write_text("x")
    for name in ("typo", "empty", "texts"):
        for arguments in ({"in_place": True}, {"dry_run": True}, {"output": tmp_path / "out"}):
            with pytest.raises(planish.MissingPathError):
                planish.merge(tmp_path / name, source, key="id", **arguments)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "texts"]
    for name in ("typo", "empty", "texts"):
        assert planish.merge(tmp_path / name, source, key="id", create=True, in_place=True).merge.inserted == 1
        assert planish.merge(tmp_path / name, source, key="id", create=True, in_place=True).merge.inserted == 0
    with pytest.raises(planish.InvalidOptionError):
        planish.merge(tmp_path / "other", source, key="id", strategy="update", create=True, in_place=True)


def test_a_pattern_is_no_target(tmp_path):
    write(tmp_path / "t/x/a.parquet", [1])
    source = pa.table({"id": [1]})
    for pattern in ("t/**/*.parquet", "t/*", "t/[x]"):
        for arguments in ({"in_place": True}, {"in_place": True, "create": True}, {"dry_run": True},
                          {"output": tmp_path / "out"}):
            with pytest.raises(planish.InvalidOptionError, match="pattern"):
                planish.merge(tmp_path / pattern, source, key="id", **arguments)
        for arguments in ({"in_place": True}, {"in_place": True, "dry_run": True}):
            with pytest.raises(planish.InvalidOptionError, match="pattern"):
                planish.dedup(tmp_path / pattern, key="id", **arguments)
    assert [path.name for path in tmp_path.iterdir()] == ["t"]
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["x"]
    # A directory that is called so is no pattern.
    write(tmp_path / "t[1]/a.parquet", [1])
    assert planish.merge(tmp_path / "t[1]", source, key="id", in_place=True).merge.unchanged == 1


def test_nothing_is_taken_for_not_given_because_it_is_empty(events, tmp_path):
    table = pa.table({"id": [1]})
    for arguments in ({"newer_by": ""}, {"delete_when": ""}, {"output": ""}, {"keep_backup": ""}, {"temp_dir": ""}):
        in_place = "output" not in arguments
        with pytest.raises(planish.InvalidOptionError, match="empty"):
            planish.merge(events, table, key="id", in_place=in_place, **arguments)
    for arguments in ({"output": ""}, {"in_place": True, "keep_backup": ""}, {"dry_run": True, "temp_dir": ""}):
        with pytest.raises(planish.InvalidOptionError):
            planish.dedup(events, key="id", **arguments)


def test_files_of_other_names_are_changed_in_place_when_included(events):
    write(events / "c.dat", [3, 3, 4])
    report = planish.dedup(events, in_place=True, key="id", include="*.dat", verify=True)
    assert (report.rows_in, report.rows_kept) == (3, 2)
    assert ids_in(events / "c.dat") == [3, 4]
    assert ids_in(events / "b.parquet") == [2, 3]


def test_a_target_is_one_directory(tmp_path):
    with pytest.raises(TypeError):
        planish.merge([tmp_path / "a", tmp_path / "b"], pa.table({"id": [1]}), key="id", in_place=True)


def test_arrow_ipc_is_told_where_it_is_not_taken(tmp_path):
    write(tmp_path / "t/a.parquet", [1])
    table = pa.table({"id": [1, 5]})
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    (tmp_path / "t/b.arrow").write_bytes(sink.getvalue())
    log = []
    planish.merge(tmp_path / "t", pa.table({"id": [5]}), key="id",
                  on_log=lambda level, text: log.append((level, text)), in_place=True)
    assert any(level == "warning" and "b.arrow" in text for level, text in log)
    with pytest.raises(planish.UnsupportedError):
        planish.dedup(tmp_path / "t", in_place=True, key="id")
    assert planish.dedup(tmp_path / "t", in_place=True, key="id", exclude="*.arrow").rows_in == 2
