# SPDX-License-Identifier: Apache-2.0
"""What strangers' files may do to whoever reads them: cost an error or a named skip, and no more memory than allowed.

Every file of hostile_files goes through every verb, beside a file of ours, in a process of its own whose memory the kernel
measures: through the command, and through Python.
"""

import json
import os
import pathlib
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import hostile_files

LIMIT = 128_000_000
COMMAND = os.environ.get("PLANISH_COMMAND") or next(
    (str(path) for path in (pathlib.Path(entry).parent / "planish" for entry in sys.path) if path.is_file()), None)

# The process between is small: a child's peak begins with that of the process which it was made by.
MEASURE = """
import json, os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024]), file=sys.stderr)
"""

# Loading Python and the package is not the run's doing.
PYTHON = """
import json, sys
import planish
verb, arguments, options = json.loads(sys.argv[1])
try:
    result = getattr(planish, verb)(*arguments, **options)
except planish.PlanishError as error:
    print("error:", error)
    sys.exit(2)
skipped = getattr(result, "skipped", None) or getattr(getattr(result, "report", None), "skipped", [])
for chunk in skipped or []:
    print("skipped", chunk.file, chunk.cause)
sys.exit(3 if skipped else 0)
"""

VERBS = ["inspect", "check", "dedup --output", "dedup --in-place", "target", "source", "recover"]


def command_line(verb):
    run = ["--memory-limit", str(LIMIT), "--temp-dir", "scratch"]
    return {
        "inspect": ["inspect", "data", "--memory-limit", str(LIMIT)],
        "check": ["check", "data", "--key", "id", "--missing-columns", "null", *run],
        "dedup --output": ["dedup", "data", "--output", "out", "--key", "id", "--missing-columns", "null", *run],
        "dedup --in-place": ["dedup", "data", "--in-place", "--key", "id", "--missing-columns", "null", *run],
        "target": ["merge", "data", "--source", "other", "--key", "id", "--in-place", "--on-error", "skip",
                   "--missing-columns", "keep", *run],
        "source": ["merge", "other", "--source", "data", "--key", "id", "--in-place", "--on-error", "skip",
                   "--extra-columns", "ignore", "--missing-columns", "null", *run],
        "recover": ["recover", "data"],
    }[verb]


def python_call(verb):
    run = {"memory_limit": LIMIT, "temp_dir": "scratch"}
    return {
        "inspect": ("inspect", ["data"], {"memory_limit": LIMIT}),
        "check": ("check", ["data"], {"key": "id", "missing_columns": "null", **run}),
        "dedup --output": ("dedup", ["data"], {"output": "out", "key": "id", "missing_columns": "null", **run}),
        "dedup --in-place": ("dedup", ["data"], {"in_place": True, "key": "id", "missing_columns": "null", **run}),
        "target": ("merge", ["data", "other"], {"key": "id", "on_error": "skip", "missing_columns": "keep", **run}),
        "source": ("merge", ["other", "data"], {"key": "id", "on_error": "skip", "extra_columns": "ignore",
                                                "missing_columns": "null", **run}),
        "recover": ("recover", ["data"], {}),
    }[verb]


def measured(arguments, directory):
    done = subprocess.run([sys.executable, "-S", "-E", "-c", MEASURE, *arguments], cwd=directory, capture_output=True,
                          text=True, errors="replace", env=os.environ)
    code, peak = json.loads(done.stderr.splitlines()[-1])
    return code, peak, done.stdout + done.stderr


@pytest.fixture(scope="module")
def python_base(tmp_path_factory):
    """What the interpreter takes with the package and a tiny run."""
    directory = tmp_path_factory.mktemp("base")
    (directory / "data").mkdir()
    pq.write_table(pa.table({"id": [1]}), directory / "data" / "ours.parquet")
    call = json.dumps(python_call("inspect"))
    code, peak, said = measured([sys.executable, "-c", PYTHON, call], directory)
    assert code == 0, said
    return peak


@pytest.fixture
def place(tmp_path):
    for name in ("data", "other", "scratch"):
        (tmp_path / name).mkdir()
    pq.write_table(pa.table({"id": [1, 2, 3, 2]}), tmp_path / "data" / "ours.parquet")
    pq.write_table(pa.table({"id": [1, 7]}), tmp_path / "other" / "ours.parquet")
    return tmp_path


def judge(make, verb, code, said):
    # 0: there was nothing to object to; 1: check found duplicates.
    assert code in (0, 1, 2, 3), said
    assert "defect" not in said and "bad_alloc" not in said and "Traceback" not in said
    if code == 3:
        assert "hostile." in said
    if code == 2:
        assert "error:" in said


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("make", hostile_files.FILES, ids=lambda make: make.__name__)
def test_the_command_survives_within_its_memory(make, verb, place):
    make(place / "data")
    code, peak, said = measured([COMMAND, *command_line(verb)], place)
    judge(make, verb, code, said)
    assert peak < LIMIT, said


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("make", hostile_files.FILES, ids=lambda make: make.__name__)
def test_python_survives_within_its_memory(make, verb, place, python_base):
    make(place / "data")
    call = json.dumps(python_call(verb))
    code, peak, said = measured([sys.executable, "-c", PYTHON, call], place)
    judge(make, verb, code, said)
    # What inspect returns is the caller's: of 20,000 columns that another file lacks, 60,000 objects.
    returned = 100_000_000 if verb == "inspect" else 0
    assert peak < LIMIT + python_base + returned, said


TOO_LARGE = [hostile_files.empty_strings, hostile_files.sparse_footer, hostile_files.ipc_schema,
             hostile_files.embedded_schema]


@pytest.mark.parametrize("verb", ["check", "dedup --output", "dedup --in-place", "source"])
@pytest.mark.parametrize("make", TOO_LARGE, ids=lambda make: make.__name__)
def test_what_a_file_says_of_itself_is_skipped_if_it_takes_more_than_its_share(make, verb, place):
    make(place / "data")
    code, _, said = measured([COMMAND, *command_line(verb)], place)
    assert code in (1, 3), said
    assert "takes more memory than one file's may" in said
    assert "hostile." in said


def test_a_footer_too_large_for_the_limit_is_read_under_a_larger_one(place):
    hostile_files.empty_strings(place / "data", lists=4)
    line = command_line("check")
    assert measured([COMMAND, *line], place)[0] == 1
    line[line.index(str(LIMIT))] = "512MB"
    code, _, said = measured([COMMAND, *line], place)
    assert code in (1, 2), said
    assert "takes more memory" not in said


CLAIMS = [hostile_files.large_page, hostile_files.long_page]


@pytest.mark.parametrize("verb", ["check", "dedup --output", "dedup --in-place", "target", "source"])
@pytest.mark.parametrize("make", CLAIMS, ids=lambda make: make.__name__)
def test_a_page_that_claims_more_than_its_chunk_has_is_a_damaged_chunk(make, verb, place):
    make(place / "data")
    code, _, said = measured([COMMAND, *command_line(verb)], place)
    assert code in (1, 3), said
    assert "hostile.parquet" in said
    assert "memory limit" not in said
