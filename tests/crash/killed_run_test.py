# SPDX-License-Identifier: Apache-2.0
"""Processes that are killed at each operation on files, one after the other."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import pyarrow.dataset as ds

from datasets import duckdb_rows, hard_copy, in_place, memory_directory, planish, remove, tree, write_dataset


NEVER = 1_000_000


def run_until(operation, what, dataset):
    """The operation at which it was killed, or how many there were."""
    done = subprocess.run([os.environ["KILLED_RUN"], what, str(dataset), str(operation)],
                          capture_output=True, text=True)
    if done.returncode not in (0, -9):
        raise AssertionError(f"exit code {done.returncode}\n{done.stderr}")
    return done.stdout.strip() if done.returncode == -9 else int(done.stdout)


class KilledRunTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(dir=memory_directory())
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.room = self.directory / "room"
        self.dataset = self.room / "ds"
        write_dataset(self.directory / "source", 600)
        self.reset()
        self.old = tree(self.room)
        planish(*in_place(self.dataset, "files"))
        self.new = tree(self.room)

    def reset(self):
        if self.room.exists():
            remove(self.room)
        self.room.mkdir()
        hard_copy(self.directory / "source", self.dataset)

    def expect_whole_files(self):
        """What readers get meanwhile: of each file, either state."""
        for path, digest in tree(self.dataset).items():
            if digest is not None and not path.startswith("."):
                self.assertIn(digest, (self.old.get(f"ds/{path}"), self.new.get(f"ds/{path}")))
        rows = ds.dataset(self.dataset, partitioning="hive").count_rows()
        self.assertGreater(rows, 0)
        if (self.dataset / ".planish/journal").exists():
            self.assertEqual(duckdb_rows(self.dataset), rows)

    def settle(self):
        """Settles by the command; returns the outcome and whether the dataset is new."""
        self.expect_whole_files()
        outcome = json.loads(planish("recover", self.dataset, "--json").stdout)["outcome"]
        now = tree(self.room)
        self.assertIn(now, (self.old, self.new))
        self.assertTrue(outcome != "rolled_back" or now == self.old)
        self.assertTrue(outcome != "rolled_forward" or now == self.new)
        return outcome, now == self.new

    def count(self, what):
        self.reset()
        return run_until(NEVER, what, self.dataset)

    def kill_at_each(self, what):
        states = []
        for operation in range(self.count(what)):
            self.reset()
            with self.subTest(run_until(operation, what, self.dataset)):
                states.append(self.settle()[1])
        print(f"{len(states)} kills: {what}, {states.count(False)} old, {states.count(True)} new")
        self.assertGreater(len(states), 30)
        # What is decided stays so.
        self.assertEqual(states, sorted(states))
        self.assertEqual({False, True}, set(states))

    def test_a_change_file_by_file_is_settled_wherever_it_was_killed(self):
        self.kill_at_each("files")

    def test_a_swap_is_settled_wherever_it_was_killed(self):
        self.kill_at_each("swap")

    def kill_recovery_at_each(self, what, died_at):
        """How many operations recovery has when that has died there."""
        self.reset()
        run_until(died_at, what, self.dataset)
        operations = run_until(NEVER, "recover", self.dataset)
        for operation in range(operations):
            self.reset()
            with self.subTest(run_until(died_at, what, self.dataset)):
                run_until(operation, "recover", self.dataset)
                self.settle()
        return operations

    def test_recovery_is_settled_wherever_it_was_killed(self):
        kills = 0
        for what in ("files", "swap"):
            last = self.count(what)
            for died_at in (last // 2, last - 6, last - 4, last - 2):
                kills += self.kill_recovery_at_each(what, died_at)
        print(f"{kills} kills of recovery")
        self.assertGreater(kills, 10)


if __name__ == "__main__":
    unittest.main()
