# SPDX-License-Identifier: Apache-2.0
"""Resident memory of a Python process that streams more than fits."""

import os
import subprocess
import sys

# Six gigabytes of batches; their keys repeat, so that they fit in memory.
CHILD = """
import os, sys
import numpy as np, pyarrow as pa
import planish

ROWS = 100_000
payload = pa.array([os.urandom(200) for _ in range(ROWS)])
schema = pa.schema([("id", pa.int64()), ("payload", pa.binary())])
resident = []

def measure():
    with open("/proc/self/statm") as counts:
        return int(counts.read().split()[1]) * os.sysconf("SC_PAGESIZE")

def batches():
    for n in range(300):
        resident.append(measure())
        yield pa.record_batch([pa.array((np.arange(ROWS) + n * ROWS // 2) % 2_000_000), payload],
                              schema=schema)

source = pa.RecordBatchReader.from_batches(schema, batches())
rows = 0
with planish.drop_duplicates(source, "id", memory_limit="512MB", temp_dir=sys.argv[1]) as stream:
    for batch in stream:
        rows += batch.num_rows
print(rows, resident[0], max(resident[:150]), max(resident), stream.spooled_rows)
"""


def test_memory_stays_flat_while_gigabytes_go_through(tmp_path):
    done = subprocess.run([sys.executable, "-B", "-c", CHILD, tmp_path / "scratch"],
                          capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    rows, first, half, most, spooled = map(int, done.stdout.split())
    assert rows == 2_000_000 and spooled == 0
    assert most < 512_000_000
    assert most - half < 32_000_000
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
