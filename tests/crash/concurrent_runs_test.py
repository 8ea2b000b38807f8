# SPDX-License-Identifier: Apache-2.0
"""Runs that change one dataset at the same time."""

import fcntl
import os
import pathlib
import subprocess
import tempfile
import unittest

from datasets import PLANISH, hard_copy, in_place, memory_directory, planish, remove, tree, write_dataset


class ConcurrentRunsTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(dir=memory_directory())
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.room = self.directory / "room"
        self.dataset = self.room / "ds"
        write_dataset(self.directory / "source", 30_000)
        self.reset()
        self.old = tree(self.room)
        planish(*in_place(self.dataset, "files"))
        self.new = tree(self.room)
        self.reset()

    def reset(self):
        if self.room.exists():
            remove(self.room)
        self.room.mkdir()
        hard_copy(self.directory / "source", self.dataset)

    def start(self, *arguments):
        return subprocess.Popen([PLANISH, *arguments], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def test_runs_that_wait_for_each_other_all_end_well(self):
        for publish in ("files", "swap"):
            self.reset()
            runs = [self.start(*in_place(self.dataset, publish), "--lock-timeout", "600")
                    for _ in range(4)]
            for run in runs:
                _, errors = run.communicate()
                self.assertEqual(run.returncode, 0, errors)
            self.assertEqual(tree(self.room), self.new)

    def test_runs_that_do_not_wait_are_done_or_say_who_is_at_it(self):
        for publish in ("files", "swap"):
            self.reset()
            runs = [self.start(*in_place(self.dataset, publish)) for _ in range(4)]
            codes = []
            for run in runs:
                _, errors = run.communicate()
                codes.append(run.returncode)
                if run.returncode != 0:
                    self.assertEqual(run.returncode, 2, errors)
                    self.assertIn("locked by another run", errors)
            self.assertIn(0, codes)
            self.assertEqual(tree(self.room), self.new)

    def test_a_lock_that_somebody_holds_is_waited_for_or_an_error(self):
        lock = os.open(self.dataset, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        for arguments in (in_place(self.dataset, "files"), ["recover", str(self.dataset)]):
            done = planish(*arguments, code=2)
            self.assertIn("locked by another run", done.stderr)
            if os.path.exists("/proc/locks"):
                self.assertIn(f"process {os.getpid()}", done.stderr)
        self.assertEqual(tree(self.room), self.old)
        waiting = self.start(*in_place(self.dataset, "files"), "--lock-timeout", "600")
        os.close(lock)
        _, errors = waiting.communicate()
        self.assertEqual(waiting.returncode, 0, errors)
        self.assertEqual(tree(self.room), self.new)

    def test_readers_need_no_lock(self):
        lock = os.open(self.dataset, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        planish("check", self.dataset, "--key", "id", code=1)
        planish("inspect", self.dataset)
        planish("dedup", self.dataset, "--key", "id", "--output", self.directory / "out")
        os.close(lock)


if __name__ == "__main__":
    unittest.main()
