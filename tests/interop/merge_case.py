# SPDX-License-Identifier: Apache-2.0
"""A merge into a directory, for tests of what other readers make of it."""

import pathlib
import tempfile
import unittest

from commands import run_planish


class MergeCase(unittest.TestCase):
    """A target and a source, which tests write, in a directory of their own."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        directory = pathlib.Path(scratch.name)
        self.target, self.source = directory / "target", directory / "source.parquet"
        self.target.mkdir()

    def merge(self, *arguments):
        done = run_planish("merge", self.target, "--source", self.source, "--key", "id",
                           "--in-place", "--progress", "none", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
