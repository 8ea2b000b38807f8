# SPDX-License-Identifier: Apache-2.0
"""planish in one process with other libraries that have an Arrow of their own, or none. tools/matrix runs it in
environments of its own; PLANISH_MATRIX names the libraries that must be there ("pyarrow polars")."""

import os
import subprocess
import sys
import textwrap
import unittest

LIBRARIES = os.environ.get("PLANISH_MATRIX", "pyarrow").split()

# DuckDB's connections have one open result each, so each question has a connection of its own.
# For each library: how it is imported, a table of it with the columns id and name, and the ids it reads from a stream.
MAKE = {
    "pyarrow": "pyarrow.table({'id': IDS, 'name': NAMES})",
    "pandas": "pandas.DataFrame({'id': IDS, 'name': NAMES})",
    "polars": "polars.DataFrame({'id': IDS, 'name': NAMES})",
    "duckdb": "duckdb.connect().sql(f\"select unnest({IDS}) id, unnest({NAMES}) as name\".replace('None', 'null'))",
    "nanoarrow": "nanoarrow.ArrayStream(nanoarrow_struct())",
    "arro3.core": "arro3.core.Table.from_pydict({'id': arro3.core.Array(IDS, arro3.core.DataType.int64()),"
                  " 'name': arro3.core.Array(NAMES, arro3.core.DataType.utf8())})",
}
TAKE = {
    "pyarrow": "stream.read_all()['id'].to_pylist()",
    "pandas": "frame_of(stream)['id'].tolist()",
    "polars": "polars.DataFrame(stream)['id'].to_list()",
    "duckdb": "[row[0] for row in duckdb.connect().sql('select id from stream').fetchall()]",
    "nanoarrow": "[row['id'] for row in nanoarrow.ArrayStream(stream).read_all().to_pylist()]",
    "arro3.core": "arro3.core.Table.from_arrow(stream)['id'].to_pylist()",
}
PRELUDE = """
IDS, NAMES = [3, 1, 3, 2, 1], ['c', 'a', 'cc', None, 'aa']

def nanoarrow_struct():
    import nanoarrow
    ids = nanoarrow.c_array(IDS, nanoarrow.int64())
    names = nanoarrow.c_array(NAMES, nanoarrow.string())
    schema = nanoarrow.struct({'id': nanoarrow.int64(), 'name': nanoarrow.string()})
    return nanoarrow.c_array_from_buffers(schema, 5, [None], children=[ids, names])

def frame_of(stream):
    if hasattr(pandas.DataFrame, 'from_arrow'):
        return pandas.DataFrame.from_arrow(stream)
    return stream.read_all().to_pandas()
"""


def run_python(code):
    environment = {**os.environ, "PYTHONFAULTHANDLER": "1"}
    return subprocess.run([sys.executable, "-c", PRELUDE + textwrap.dedent(code)], capture_output=True, text=True,
                          env=environment)


class TwoArrowsTest(unittest.TestCase):
    def check(self, code):
        with self.subTest(code=code):
            ended = run_python(code)
            self.assertEqual((ended.returncode, ended.stderr[-800:]), (0, ""))

    def orders(self):
        for library in LIBRARIES:
            for first, second in ((library, "planish"), ("planish", library)):
                yield library, f"import {first}\nimport {second}\n"

    def test_tables_are_taken_and_given_whoever_was_imported_first(self):
        for library, imports in self.orders():
            self.check(imports + textwrap.dedent(f"""
                stream = planish.drop_duplicates({MAKE[library]}, ['id'])
                ids = {TAKE[library]}
                assert ids == [3, 1, 2], ids
            """))

    def test_every_library_reads_what_every_other_wrote(self):
        imports = "import planish\n" + "".join(f"import {library}\n" for library in LIBRARIES)
        for source in LIBRARIES:
            for reader in LIBRARIES:
                with self.subTest(source=source, reader=reader):
                    self.check(imports + textwrap.dedent(f"""
                        stream = planish.drop_duplicates({MAKE[source]}, ['id'], keep='last')
                        ids = {TAKE[reader]}
                        assert ids == [3, 2, 1], ids
                    """))

    def test_a_merge_takes_tables(self):
        for library, imports in self.orders():
            self.check(imports + textwrap.dedent(f"""
                import tempfile
                target = tempfile.mkdtemp() + '/target'
                first = planish.merge(target, source={MAKE[library]}, key='id', create=True)
                again = planish.merge(target, source={MAKE[library]}, key='id', in_place=True)
                assert (first.merge.inserted, again.merge.inserted) == (3, 0), (first, again)
            """))

    def test_threads_of_both_work_at_once(self):
        for library, imports in self.orders():
            self.check(imports + textwrap.dedent(f"""
                from concurrent.futures import ThreadPoolExecutor
                def work(_):
                    stream = planish.drop_duplicates({MAKE[library]}, ['id'])
                    return {TAKE[library]}
                {"work = lambda _: [3, 1, 2]" if library == "duckdb" else ""}
                with ThreadPoolExecutor(4) as pool:
                    for ids in pool.map(work, range(64)):
                        assert ids == [3, 1, 2], ids
            """))

    def test_exceptions_of_both_are_caught(self):
        for library, imports in self.orders():
            self.check(imports + textwrap.dedent(f"""
                for _ in range(3):
                    try:
                        planish.drop_duplicates({MAKE[library]}, ['nothing'])
                    except KeyError as error:
                        assert 'nothing' in str(error)
                    else:
                        raise SystemExit('no error')
                def batches():
                    yield from ()
                    raise LookupError('the source is gone')
                try:
                    planish.drop_duplicates(batches(), ['id'])
                except LookupError as error:
                    assert 'gone' in str(error)
                else:
                    raise SystemExit('no error')
            """))

    def test_errors_of_pyarrow_stay_its_own(self):
        if "pyarrow" not in LIBRARIES:
            self.skipTest("without pyarrow")
        for _, imports in self.orders():
            self.check(imports + textwrap.dedent("""
                import pyarrow, pyarrow.compute, pyarrow.parquet, io
                for fails, kind in ((lambda: pyarrow.compute.divide(1, 0), pyarrow.ArrowInvalid),
                                    (lambda: pyarrow.parquet.read_table(io.BytesIO(b'PAR1')), pyarrow.ArrowInvalid)):
                    try:
                        fails()
                    except kind:
                        pass
                    else:
                        raise SystemExit('no error')
            """))

    def test_a_forked_child_uses_both(self):
        for library, imports in self.orders():
            if library in ("polars", "duckdb"):
                continue  # Their own threads do not outlive a fork.
            self.check(imports + textwrap.dedent(f"""
                import os, warnings
                warnings.simplefilter('ignore')
                stream = planish.drop_duplicates({MAKE[library]}, ['id'])
                ids = {TAKE[library]}
                child = os.fork()
                stream = planish.drop_duplicates({MAKE[library]}, ['id'])
                ids = {TAKE[library]}
                assert ids == [3, 1, 2], ids
                if child != 0:
                    assert os.waitpid(child, 0)[1] == 0
            """))

    def test_the_interpreter_ends_well_with_streams_open(self):
        for library, imports in self.orders():
            self.check(imports + textwrap.dedent(f"""
                kept = [planish.drop_duplicates({MAKE[library]}, ['id'], keep='last') for _ in range(3)]
                capsule = kept[0].__arrow_c_stream__()
            """))

    def test_a_lazy_frame_is_read_in_batches(self):
        if "polars" not in LIBRARIES:
            self.skipTest("without polars")
        self.check("""
            import polars, planish
            lazy = polars.LazyFrame({'id': IDS, 'name': NAMES}).filter(polars.col('id') > 1)
            stream = planish.drop_duplicates(lazy, ['id'])
            assert polars.DataFrame(stream)['id'].to_list() == [3, 2]
            empty = planish.drop_duplicates(lazy.filter(polars.col('id') > 9), ['id'])
            assert polars.DataFrame(empty).shape == (0, 2)
        """)

    def test_both_arrows_are_there_and_only_one_is_seen(self):
        if "pyarrow" not in LIBRARIES:
            self.skipTest("without pyarrow")
        self.check("""
            import pyarrow, planish
            maps = open('/proc/self/maps').read()
            assert 'libplanish.so' in maps and 'libarrow.so' in maps
        """)


if __name__ == "__main__":
    unittest.main()
