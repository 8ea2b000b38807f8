# SPDX-License-Identifier: Apache-2.0
"""The wheel where nothing else is installed: run by bare.sh, in an environment of its own."""

import importlib.util
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

import planish

DATA = pathlib.Path(__file__).parent / "data"
COMMAND = str(pathlib.Path(sys.executable).parent / "planish")


def run(*arguments, command=(COMMAND,), **options):
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, **options)


class BareTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)

    def test_nothing_else_is_there(self):
        for module in ("pyarrow", "pandas", "polars", "duckdb", "numpy"):
            self.assertIsNone(importlib.util.find_spec(module), module)

    def test_no_library_of_arrow_s_is_loaded_but_ours(self):
        maps = pathlib.Path("/proc/self/maps")
        if not maps.exists():
            self.skipTest("no /proc here")
        loaded = {pathlib.Path(line.split()[-1]).name for line in maps.read_text().splitlines() if ".so" in line}
        self.assertIn("libplanish.so", loaded)
        self.assertFalse({name for name in loaded if "arrow" in name or "parquet" in name or "stdc++" in name})

    def test_every_codec_reads_and_writes(self):
        for source in sorted(DATA.glob("*.parquet")):
            with self.subTest(codec=source.stem):
                output = self.scratch / source.stem
                report = planish.dedup(source, output=output, key="id", verify=True)
                self.assertEqual((report.rows_kept, report.rows_dropped), (3, 1))
                self.assertEqual(planish.inspect(output).rows, 3)

    def test_module_and_command_write_the_same_bytes(self):
        planish.dedup(DATA, output=self.scratch / "module", key="id")
        run("dedup", DATA, "--output", self.scratch / "command", "--key", "id", check=True)
        files = sorted(path.name for path in (self.scratch / "module").glob("*.parquet"))
        self.assertTrue(files)
        for name in files:
            self.assertEqual((self.scratch / "module" / name).read_bytes(),
                             (self.scratch / "command" / name).read_bytes(), name)

    def test_merge_in_place(self):
        planish.dedup(DATA / "zstd.parquet", output=self.scratch / "target", key="id")
        report = planish.merge(self.scratch / "target", source=DATA / "snappy.parquet", key="id", in_place=True)
        self.assertEqual(report.merge.updated, 1)

    def test_streams_cross_without_pyarrow(self):
        first = planish.drop_duplicates(DATA / "snappy.parquet", [])
        second = planish.drop_duplicates(first, ["id"], keep="last")
        third = planish.drop_duplicates(second, ["id"])
        third.__arrow_c_stream__()
        self.assertEqual(type(third.__arrow_c_schema__()).__name__, "PyCapsule")

    def test_batches_come_one_by_one_without_pyarrow(self):
        with planish.drop_duplicates(DATA / "snappy.parquet", ["id"]) as stream:
            batches = list(stream)
            self.assertEqual(stream.report.rows_kept, 3)
        self.assertEqual(len(batches), 1)
        self.assertEqual(planish.drop_duplicates(batches, ["id"]).spooled_rows, 0)
        self.assertTrue(hasattr(stream.schema, "__arrow_c_schema__"))
        mask = planish.duplicated(planish.drop_duplicates(DATA / "zstd.parquet", []), ["id"])
        self.assertTrue(hasattr(mask, "__arrow_c_array__"))

    def test_errors_are_the_built_in_ones(self):
        with self.assertRaises(KeyError) as missing:
            planish.dedup(DATA, output=self.scratch / "none", key="nothing_like_it")
        self.assertIn("nothing_like_it", str(missing.exception))
        with self.assertRaises(FileNotFoundError):
            planish.check(self.scratch / "nowhere", key="id")

    def test_callbacks_and_threads(self):
        stages, failures = [], []

        def work(number):
            try:
                planish.dedup(DATA, output=self.scratch / str(number), key="id", on_progress=stages.append)
            except Exception as failure:  # a thread's exception would be lost
                failures.append(failure)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertTrue(stages)

    def test_a_callback_s_exception_comes_out_as_it_is(self):
        def stop(progress):
            raise LookupError("enough")

        with self.assertRaisesRegex(LookupError, "enough"):
            planish.dedup(DATA, output=self.scratch / "none", key="id", on_progress=stop)

    def test_a_forked_child_works_on(self):
        planish.check(DATA, key="id")
        child = os.fork()
        if child == 0:
            os._exit(0 if planish.check(DATA / "gzip.parquet", key="id") else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_an_interpreter_that_ends_with_an_open_stream_ends_well(self):
        code = f"import planish; s = planish.drop_duplicates({str(DATA)!r}, ['id'], keep='last'); c = s.__arrow_c_stream__()"
        ended = run(command=(sys.executable, "-c", code))
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))

    def test_python_m_planish_is_the_command(self):
        by_name = run("--version", check=True).stdout
        by_module = run("-m", "planish", "--version", command=(sys.executable,), check=True).stdout
        self.assertEqual(by_name, by_module)
        self.assertRegex(by_name.decode(), rf"^planish {planish.__version__} \(Arrow \d+\.\d+\.\d+\)\n$")

    def test_the_command_is_found_through_a_link(self):
        link = self.scratch / "linked"
        link.symlink_to(COMMAND)
        self.assertEqual(run("--version", command=(str(link),)).stdout, run("--version").stdout)

    def test_the_command_has_exit_codes_completion_and_streams(self):
        self.assertEqual(run("check", DATA, "--key", "id").returncode, 1)
        self.assertEqual(run("check", self.scratch / "nowhere", "--key", "id").returncode, 2)
        self.assertIn(b"complete", run("completion", "bash", check=True).stdout)
        arrows = run("dedup", DATA / "lz4.parquet", "--output", "-", "--key", "id", check=True).stdout
        again = run("dedup", "-", "--key", "id", input=arrows, check=True).stdout
        self.assertEqual(arrows[:4], b"\xff\xff\xff\xff")
        self.assertEqual(len(again), len(arrows))

    def test_the_command_hears_signals(self):
        running = subprocess.Popen([COMMAND, "dedup", "-", "--key", "id"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(running.stdout.close)
        self.addCleanup(running.stderr.close)
        self.addCleanup(running.stdin.close)
        running.send_signal(signal.SIGTERM)
        self.assertNotEqual(running.wait(), 0)


if __name__ == "__main__":
    unittest.main()
