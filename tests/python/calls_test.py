# SPDX-License-Identifier: Apache-2.0
"""Callbacks, logging, threads, and results as objects."""

import concurrent.futures
import json
import logging
import pathlib
import threading
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import planish


@pytest.fixture
def source(tmp_path):
    directory = tmp_path / "in"
    directory.mkdir()
    for part in range(3):
        pq.write_table(pa.table({"id": [n % 700 for n in range(part, 5000)]}),
                       directory / f"{part}.parquet", row_group_size=500)
    return directory


def test_progress_tells_the_stages_on_the_calling_thread(source, tmp_path):
    seen = []
    planish.dedup(source, output=tmp_path / "out", key="id", threads=3,
                  on_progress=lambda p: seen.append((p, threading.get_ident())))
    assert {thread for _, thread in seen} == {threading.get_ident()}
    states = [state for state, _ in seen]
    stages = list(dict.fromkeys(state.stage for state in states))
    assert stages == ["dataset", "scan", "winners", "rewrite", "publish"]
    scanned = [state for state in states if state.stage == "scan"]
    assert scanned[-1].rows_done == scanned[-1].rows_total == 14997
    assert scanned[0].fraction == 0.0 and scanned[-1].fraction == 1.0
    assert str(scanned[-1]).startswith("scan: 14,997 of 14,997 rows")
    assert [s.seconds for s in states] == sorted(s.seconds for s in states)


class Stop(Exception):
    pass


@pytest.mark.parametrize("stage", ["dataset", "scan", "winners", "rewrite", "publish"])
def test_progress_that_raises_ends_the_run(source, tmp_path, stage):
    def stop(progress):
        if progress.stage == stage:
            raise Stop(stage)

    with pytest.raises(Stop, match=stage):
        planish.dedup(source, output=tmp_path / "out", key="id", on_progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_log_that_raises_ends_the_run(source, tmp_path):
    def stop(level, message):
        raise Stop(f"{level}: {message}")

    with pytest.raises(Stop, match="info: expecting"):
        planish.dedup(source, output=tmp_path / "out", key="id", on_log=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_messages_go_to_logging(source, tmp_path, caplog):
    (source / "broken.parquet").write_bytes(b"broken")
    told = []
    with caplog.at_level(logging.INFO, logger="planish"):
        planish.dedup(source, output=tmp_path / "out", key="id",
                      on_log=lambda level, message: told.append((level, message)))
    records = [(record.levelname.lower(), record.getMessage()) for record in caplog.records]
    assert records == told
    assert any(level == "warning" and "broken.parquet" in text for level, text in told)


def test_several_threads_call_at_once(source, tmp_path):
    def run(n):
        seen = []
        report = planish.dedup(source, output=tmp_path / f"out{n}", key="id", sync=False,
                               on_progress=lambda p: seen.append(threading.get_ident()))
        assert set(seen) == {threading.get_ident()}
        return report.rows_kept

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(run, range(24))) == {700}


def test_other_threads_run_meanwhile(tmp_path):
    pq.write_table(pa.table({"id": pa.array(range(2_000_000), pa.int64())}), tmp_path / "a.parquet")
    counted, done = [], threading.Event()

    def count():
        while not done.is_set():
            counted.append(time.monotonic())
            time.sleep(0.001)

    other = threading.Thread(target=count)
    other.start()
    begin = time.monotonic()
    planish.dedup(tmp_path / "a.parquet", dry_run=True, key="id", threads=1)
    end = time.monotonic()
    done.set()
    other.join()
    assert sum(begin < moment < end for moment in counted) > 10


def test_a_callback_may_call_planish(source):
    found = []

    def look(progress):
        if progress.stage == "winners" and not found:
            found.append(planish.inspect(source).rows)

    planish.check(source, key="id", on_progress=look)
    assert found == [14997]


def test_reports_are_objects_and_dicts(source, tmp_path):
    report = planish.dedup(source, output=tmp_path / "out", key="id")
    values = report.to_dict()
    assert json.loads(json.dumps(values)) == values
    assert values["rows_kept"] == report.rows_kept == 700
    assert values["memory"]["timeline"][0]["stage"] == report.memory.timeline[0].stage == "dataset"
    assert [stage.name for stage in report.stages] == [s["name"] for s in values["stages"]]
    assert report.engine.key_form == "inline" and report.row_groups.dropped > 0
    values["rows_kept"] = 0
    assert report.to_dict()["rows_kept"] == 700
    assert "kept 700" in repr(report)
    assert "<table>" in report._repr_html_() and "700" in report._repr_html_()
    with pytest.raises(AttributeError):
        report.rows_kept = 1


def test_every_field_of_a_report_is_an_attribute(source):
    def names(result, values):
        for name, value in values.items():
            if name in ("schema_version", "last_progress"):
                continue
            field = getattr(result, name)
            if isinstance(value, dict) and not isinstance(field, dict):
                names(field, value)
            elif isinstance(value, list) and value and isinstance(value[0], dict):
                names(field[0], value[0])

    (source / "broken.parquet").write_bytes(b"broken")
    for result in (planish.dedup(source, dry_run=True, key="id"), planish.check(source, key="id")):
        names(result, result.to_dict())
    (source / "broken.parquet").unlink()
    found = planish.inspect(source)
    names(found, found.to_dict())
    assert "<table>" in found._repr_html_() and "rows 14,997" in repr(found)


def test_html_is_escaped(tmp_path):
    pq.write_table(pa.table({"<b>": ["<i>", "<i>"]}), tmp_path / "a.parquet")
    found = planish.check(tmp_path / "a.parquet", key="<b>")
    assert "<b>" not in found._repr_html_() and "<i>" not in found._repr_html_()


def test_the_help_names_every_argument():
    import inspect

    for verb in (planish.dedup, planish.check, planish.inspect):
        assert verb.__doc__
    for name in inspect.signature(planish.dedup).parameters:
        assert name in planish.dedup.__doc__, name


def test_the_version_is_the_projects():
    listed = pathlib.Path(__file__).parents[2] / "CMakeLists.txt"
    assert f"VERSION {planish.__version__} " in listed.read_text()
