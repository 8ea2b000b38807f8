# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C in the middle of a run, in a process of its own."""

import os
import pathlib
import subprocess
import sys
import textwrap

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

# Sends the signal once the run has begun to use scratch: it is in the middle of its work then.
CHILD = """
import os, signal, sys, threading, time
import planish

source, scratch, output = sys.argv[1:]
sent = []

def interrupt():
    while not (os.path.isdir(scratch) and os.listdir(scratch)):
        time.sleep(0.001)
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
try:
    {call}
except KeyboardInterrupt:
    print(time.monotonic() - sent[0])
"""

CALLS = {
    "dedup": """planish.dedup(source, output=output, key="id", memory_limit="32MB", temp_dir=scratch,
                  chunk_rows=50_000)""",
    "check": """planish.check(source, key="id", memory_limit="32MB", temp_dir=scratch,
                  chunk_rows=50_000)""",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    directory = tmp_path_factory.mktemp("in")
    numbers = pc.cast(pc.multiply(pa.array(range(1_000_000)), 7919), pa.string())
    padded = pc.binary_join_element_wise("not to be packed", numbers, numbers, "/")
    for part in range(4):
        pq.write_table(pa.table({"id": padded, "part": [part] * len(padded)}),
                       directory / f"{part}.parquet", row_group_size=50_000)
    return directory


@pytest.mark.parametrize("verb", CALLS)
def test_a_run_ends_within_a_second_and_leaves_nothing(source, tmp_path, verb):
    script = textwrap.dedent(CHILD).format(call=CALLS[verb])
    before = {path.name: path.stat().st_mtime_ns for path in source.iterdir()}
    done = subprocess.run(
        [sys.executable, "-B", "-c", script, source, tmp_path / "scratch", tmp_path / "output"],
        capture_output=True, text=True, check=True, env=os.environ)
    assert float(done.stdout) < 1.0, done.stderr
    left = [path.relative_to(tmp_path) for path in pathlib.Path(tmp_path).rglob("*")]
    assert left in ([], [pathlib.Path("scratch")])
    assert before == {path.name: path.stat().st_mtime_ns for path in source.iterdir()}
