# SPDX-License-Identifier: Apache-2.0
"""Merges of very many distinct keys: none is taken for another, and none is lost. PLANISH_MANY_KEYS says how many."""

import json
import os
import pathlib
import tempfile
import unittest

from commands import duckdb, quoted, run_planish

KEYS = int(os.environ.get("PLANISH_MANY_KEYS", "400000"))
# Odd, so that multiplying by it modulo 2^62 gives every number once, in no order.
FACTOR = 2862933555777941757
SPREAD = f"((range::hugeint * {FACTOR}) % (1::hugeint << 62))::bigint"


class ManyKeysTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.target = self.directory / "target"
        self.target.mkdir()
        # The target has the first half of the keys, the source all but the first quarter.
        for part in range(4):
            self.write(self.target / f"{part}.parquet", KEYS // 8 * part, KEYS // 8 * (part + 1), 1)
        self.source = self.directory / "source.parquet"
        self.write(self.source, KEYS // 4, KEYS, 2)

    def write(self, path, begin, end, value):
        duckdb(f"copy (select {SPREAD} id, {value}::integer v from range({begin}, {end})) to {quoted(path)} "
               "(format parquet)")

    def merge(self, strategy, *arguments):
        output, report = self.directory / strategy, self.directory / f"{strategy}.json"
        done = run_planish("merge", self.target, "--source", self.source, "--key", "id", "--strategy", strategy,
                           "--output", output, "--report", report, "--progress", "none", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(report.read_text())["merge"], quoted(output / "*.parquet")

    def values(self, files):
        """For each value its rows and distinct keys."""
        rows = duckdb(f"select v, count(*) n, count(distinct id) k from {files} group by v order by v")
        return [(row["v"], row["n"], row["k"]) for row in rows]

    def test_an_insert_takes_no_key_for_one_that_is_there(self):
        counts, files = self.merge("insert")
        self.assertEqual(counts["inserted"], KEYS // 2)
        self.assertEqual(self.values(files), [(1, KEYS // 2, KEYS // 2), (2, KEYS // 2, KEYS // 2)])
        self.assertEqual(duckdb(f"select count(distinct id) k from {files}"), [{"k": KEYS}])

    def test_an_upsert_finds_every_key(self):
        counts, files = self.merge("upsert", "--memory-limit", "1GB")
        self.assertEqual(counts["updated"], KEYS // 4)
        self.assertEqual(counts["inserted"], KEYS // 2)
        self.assertEqual(self.values(files), [(1, KEYS // 4, KEYS // 4), (2, 3 * KEYS // 4, 3 * KEYS // 4)])

    def test_a_delete_drops_no_other_key(self):
        counts, files = self.merge("delete")
        self.assertEqual(counts["deleted"], KEYS // 4)
        self.assertEqual(self.values(files), [(1, KEYS // 4, KEYS // 4)])


if __name__ == "__main__":
    unittest.main()
