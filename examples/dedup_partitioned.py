# SPDX-License-Identifier: Apache-2.0
"""Remove the duplicates of a partitioned dataset in place: of each user's event, the newest row stays.

usage: dedup_partitioned.py [DIRECTORY]      without one, a small dataset is made first"""

import pathlib
import sys
import tempfile

import pyarrow as pa
import pyarrow.dataset as ds

import planish


def make_events(directory: pathlib.Path) -> None:
    """Three days of events; the last 100 of each day were delivered twice, corrected."""
    for day in range(1, 4):
        first = pa.table({"user_id": list(range(1000)), "version": [1] * 1000, "amount": [10.0] * 1000})
        again = pa.table({"user_id": list(range(900, 1000)), "version": [2] * 100, "amount": [9.5] * 100})
        for name, table in (("first", first), ("again", again)):
            ds.write_dataset(table.append_column("day", pa.array([day] * table.num_rows)), directory,
                             format="parquet", partitioning=["day"], partitioning_flavor="hive",
                             basename_template=f"{name}-{{i}}.parquet",
                             existing_data_behavior="overwrite_or_ignore")


def main() -> None:
    if len(sys.argv) > 1:
        directory = pathlib.Path(sys.argv[1])
    else:
        directory = pathlib.Path(tempfile.mkdtemp()) / "events"
        make_events(directory)

    found = planish.check(directory, key=["day", "user_id"])
    print(found)
    for worst in found.worst[:3]:
        print(f"  {worst.values}: {worst.rows} rows, the first in {worst.first_file}")

    report = planish.dedup(directory, in_place=True, key=["day", "user_id"], order_by="-version")
    print(report)
    print(f"files: {report.files.untouched} untouched, {report.files.transcoded} written anew, "
          f"{report.files.dropped} removed")
    assert not planish.check(directory, key=["day", "user_id"])


if __name__ == "__main__":
    main()
