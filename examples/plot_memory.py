# SPDX-License-Identifier: Apache-2.0
"""Plot memory against time of runs under different limits, from their reports. To be read as a notebook.

usage: plot_memory.py [OUTPUT.png]"""

# %% A dataset: a million rows with keys that do not pack, one in four of them twice.
import pathlib
import sys
import tempfile

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pyarrow as pa
import pyarrow.parquet as pq

import planish

directory = pathlib.Path(tempfile.mkdtemp())
for part in range(4):
    keys = [f"event {(n * 7919 + part * 250_000) % 750_000:020d} of a long name" for n in range(250_000)]
    table = pa.table({"key": keys, "part": [part] * len(keys), "n": range(len(keys))})
    pq.write_table(table, directory / f"{part}.parquet", row_group_size=50_000)

# %% The same run under two limits: the result does not change, memory and scratch do.
reports = {
    limit: planish.dedup(directory, dry_run=True, key="key", memory_limit=limit, chunk_rows=50_000)
    for limit in ("1GB", "32MB")
}
for report in reports.values():
    print(report)
assert len({report.rows_kept for report in reports.values()}) == 1

# %% Memory against time, with the stages that the samples name.
figure, axes = plt.subplots(1, len(reports), figsize=(11, 4), sharey=True)
for axis, (limit, report) in zip(axes, reports.items()):
    timeline = report.memory.timeline
    seconds = [sample.seconds for sample in timeline]
    axis.plot(seconds, [sample.resident_bytes / 1e6 for sample in timeline], label="resident")
    axis.plot(seconds, [sample.accounted_bytes / 1e6 for sample in timeline], label="accounted for")
    begins = {sample.stage: sample.seconds for sample in reversed(timeline)}
    for stage, second in begins.items():
        axis.axvline(second, color="lightgrey", linewidth=0.8)
        axis.text(second, 0, f" {stage}", rotation=90, fontsize=7, va="bottom")
    axis.set_title(f"memory_limit={limit}, {report.scratch.spilled_bytes / 1e6:.0f} MB spilled")
    axis.set_xlabel("seconds")
axes[0].set_ylabel("MB")
axes[0].legend()

# %%
output = sys.argv[1] if len(sys.argv) > 1 else str(directory / "memory.png")
figure.savefig(output, dpi=120)
print(output)
