# SPDX-License-Identifier: Apache-2.0
"""pandas' own tests of duplicated and drop_duplicates, answered by planish."""

import os
import pathlib
import re
import subprocess
import sys

import pandas
import pytest

TESTS = pathlib.Path(pandas.__file__).parent / "tests" / "frame" / "methods"


def test_pandas_own_tests_of_duplicates_pass():
    files = [TESTS / "test_duplicated.py", TESTS / "test_drop_duplicates.py"]
    if not all(file.exists() for file in files):
        pytest.skip("this pandas was installed without its tests")
    here = str(pathlib.Path(__file__).parent)
    run = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "pandas_with_planish",
         # pandas' own options write a report into the current directory.
         "-o", "addopts=",
         # The errors for a column that is not there are KeyErrors too, but their text is planish's; and
         # columns that mix numbers with text have no type in Arrow.
         "--noconftest", "-k", "not misspelled_column_name and not series_vs_dataframe", *map(str, files)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([here, *sys.path])},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout
    passed = int(re.search(r"(\d+) passed", run.stdout).group(1))
    assert passed >= 37, run.stdout
