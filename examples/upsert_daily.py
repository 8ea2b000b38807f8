# SPDX-License-Identifier: Apache-2.0
"""Bring daily changes into a partitioned dataset: new rows come in, known ones change, some are deleted.

usage: upsert_daily.py [DAYS]      5 days, unless told otherwise"""

import pathlib
import random
import sys
import tempfile

import pyarrow as pa
import pyarrow.dataset as ds

import planish

REGIONS = ["north", "south", "west"]


def orders(numbers: range, day: int) -> pa.Table:
    return pa.table({
        "order_id": list(numbers),
        "region": [REGIONS[n % 3] for n in numbers],
        "changed_on": [day] * len(numbers),
        "amount": [round(random.uniform(1, 100), 2) for _ in numbers],
    })


def changes_of(day: int) -> pa.Table:
    """A thousand new orders, two hundred old ones with other amounts, ten that were cancelled."""
    new = orders(range(10_000 + day * 1000, 11_000 + day * 1000), day)
    old = orders(range(day * 200, day * 200 + 210), day)
    table = pa.concat_tables([new, old])
    cancelled = [i >= table.num_rows - 10 for i in range(table.num_rows)]
    return table.append_column("cancelled", pa.array(cancelled))


def main() -> None:
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    directory = pathlib.Path(tempfile.mkdtemp()) / "orders"
    ds.write_dataset(orders(range(11_000), 0), directory, format="parquet", partitioning=["region"],
                     partitioning_flavor="hive", max_rows_per_file=1000, max_rows_per_group=1000)
    for day in range(1, days + 1):
        report = planish.merge(directory, changes_of(day), key=["region", "order_id"],
                               newer_by="changed_on", delete_when="cancelled", in_place=True)
        print(f"day {day}: {report}")
        assert report.merge is not None and report.merge.deleted == 10
    assert not planish.check(directory, key="order_id")


if __name__ == "__main__":
    main()
