# SPDX-License-Identifier: Apache-2.0
"""Every file of the Parquet project's corpus: both engines give the same rows or the same error."""

import pathlib
import tempfile
import unittest

import pyarrow.parquet as pq

import plain_loop
from commands import PARQUET_TESTING, run_planish

# Files that cannot be deduplicated, and what the error says of them. What else is encrypted or in
# bad_data/ may fail, in the same way with both engines.
ERRORS = {
    "data/datapage_v1-corrupt-checksum.parquet": "CRC checksum verification failed",
    "data/rle-dict-uncompressed-corrupt-checksum.parquet": "CRC checksum verification failed",
    "data/fixed_length_byte_array.parquet": "Unexpected end of stream",
    "data/incorrect_map_schema.parquet": "Map keys must be annotated as required",
    # More than two billion bytes of text in one value of a map.
    "data/large_string_map.brotli.parquet": "memory limit reached",
}


def corpus():
    return sorted(path for path in PARQUET_TESTING.rglob("*")
                  if path.name.endswith((".parquet", ".parquet.encrypted")))


def same_rows(one, other):
    # Without extension types: the reference engine writes what they are stored as.
    tables = [pq.ParquetFile(file, arrow_extensions_enabled=False).read() for file in (one, other)]
    # Tables differ where there is NaN; Python has no dates beyond the year 9999.
    return tables[0].equals(tables[1]) or repr(tables[0].to_pylist()) == repr(
        tables[1].to_pylist())


class CorpusTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)

    def dedup(self, path, engine):
        """The output file, or the error."""
        output = self.directory / f"{engine} {path.name}"
        done = run_planish("dedup", path, "--output", output, "--engine", engine,
                           "--on-error", "fail", "--progress", "none")
        if done.returncode == 0:
            return output / path.name, None
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertFalse(output.exists())
        self.assertTrue(done.stderr.startswith("error: "), done.stderr)
        self.assertIn(str(path), done.stderr)
        return None, done.stderr

    def check(self, path, name):
        result, error = self.dedup(path, "auto")
        expected, expected_error = self.dedup(path, "reference")
        self.assertEqual(error, expected_error)
        if name in ERRORS:
            self.assertIn(ERRORS[name], error)
            return "error"
        if error is None:
            self.assertTrue(same_rows(result, expected))
            return "same rows"
        self.assertTrue(path.parent.name == "bad_data" or "encrypted" in error, error)
        return "error"

    def test_every_file_gives_the_same_with_both_engines(self):
        outcomes = []
        for path in corpus():
            name = path.relative_to(PARQUET_TESTING).as_posix()
            with self.subTest(name):
                outcomes.append(self.check(path, name))
        self.assertGreater(outcomes.count("same rows"), 190)

    def test_encrypted_files_are_named_as_such(self):
        encrypted = [path for path in corpus() if path.name.endswith(".encrypted")]
        self.assertGreater(len(encrypted), 5)
        for path in encrypted:
            with self.subTest(path.name):
                _, error = self.dedup(path, "auto")
                self.assertIn("encrypted", error.splitlines()[0])

    def test_flat_files_give_what_a_loop_over_their_rows_gives(self):
        for name in ("alltypes_plain", "alltypes_tiny_pages", "delta_byte_array", "nan_in_stats",
                     "float16_nonzeros_and_nans", "nulls.snappy", "byte_array_decimal",
                     "lz4_raw_compressed_larger", "hadoop_lz4_compressed", "list_columns"):
            with self.subTest(name):
                path = PARQUET_TESTING / "data" / f"{name}.parquet"
                source = self.directory / name
                source.mkdir()
                (source / path.name).write_bytes(path.read_bytes())
                expected = plain_loop.winners(source)[pathlib.Path(path.name)]
                result, error = self.dedup(source / path.name, "auto")
                self.assertIsNone(error)
                self.assertEqual(repr(pq.ParquetFile(result).read().to_pylist()), repr(expected))


if __name__ == "__main__":
    unittest.main()
