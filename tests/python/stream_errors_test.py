# SPDX-License-Identifier: Apache-2.0
"""Streams that fail: sources, callbacks, signals."""

import concurrent.futures
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import weakref

import pyarrow as pa
import pytest

import planish

SCHEMA = pa.schema([("id", pa.int64())])


class Stop(Exception):
    pass


def failing(batches=1):
    """A reader that raises after some batches."""
    def read():
        for n in range(batches):
            yield pa.record_batch({"id": [n]})
        raise Stop("the source fails")

    return pa.RecordBatchReader.from_batches(SCHEMA, read())


def test_what_the_source_raises_comes_through():
    stream = planish.drop_duplicates(failing(), "id")
    assert next(stream).num_rows == 1
    with pytest.raises(Stop, match="the source fails"):
        next(stream)
    with pytest.raises(planish.CancelledError, match="has ended"):
        next(stream)
    with pytest.raises(Stop):
        planish.drop_duplicates(failing(), "id").to_reader().read_all()
    with pytest.raises(Stop):
        planish.duplicated(failing(), "id")
    with pytest.raises(Stop):
        planish.drop_duplicates(failing(), "id", keep="last").read_all()


def test_through_a_capsule_the_text_comes_through():
    class Capsule:
        def __arrow_c_stream__(self, requested_schema=None):
            return failing().__arrow_c_stream__()

    with pytest.raises(Exception, match="the source fails"):
        planish.drop_duplicates(Capsule(), "id").read_all()
    with pytest.raises(Exception, match="the source fails"):
        pa.table(planish.drop_duplicates(failing(), "id"))


@pytest.mark.parametrize("keep,stage", [("first", "stream"), ("last", "spool"), ("last", "scan"),
                                        ("last", "emit")])
def test_progress_that_raises_ends_the_stream(tmp_path, keep, stage):
    def stop(progress):
        seen.append((progress.stage, threading.get_ident()))
        if progress.stage == stage:
            raise Stop(stage)

    seen = []
    table = pa.table({"id": list(range(5000)) * 2})
    with pytest.raises(Stop, match=stage):
        planish.drop_duplicates(table, "id", keep=keep, temp_dir=tmp_path, on_progress=stop).read_all()
    assert {thread for _, thread in seen} == {threading.get_ident()}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", [
    lambda t: planish.drop_duplicates(t, "nope"), lambda t: planish.drop_duplicates(t, "id", order_by="nope"),
    lambda t: planish.duplicated(t, "nope"),
])
def test_missing_columns_are_key_errors(call):
    with pytest.raises(KeyError) as caught:
        call(pa.table({"id": [1]}))
    assert type(caught.value) is planish.MissingColumnError


def test_sources_that_are_none_are_type_errors():
    for source in (None, 3, {"id": [1]}, [1, 2], [{"id": 1}]):
        with pytest.raises(TypeError, match="source must be"):
            planish.drop_duplicates(source, "id")
    with pytest.raises(ValueError, match="no batch"):
        planish.drop_duplicates([], "id")
    with pytest.raises(TypeError, match="check"):
        planish.duplicated("events/", "id")
    with pytest.raises(FileNotFoundError):
        planish.drop_duplicates("/no/such/events", "id")


def test_types_without_a_rule_are_not_implemented():
    union = pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])])
    with pytest.raises(NotImplementedError) as caught:
        planish.drop_duplicates(pa.record_batch([union], ["id"]), "id")
    assert type(caught.value) is planish.UnsupportedError and caught.value.column == "id"


def test_batches_of_another_schema_are_schema_errors():
    batches = [pa.record_batch({"id": [1]}), pa.record_batch({"id": ["x"]})]
    with pytest.raises(planish.SchemaError, match="another type"):
        planish.drop_duplicates(batches, "id", source_name="events").read_all()
    with pytest.raises(planish.SchemaError) as caught:
        planish.duplicated(batches, "id", source_name="events")
    assert caught.value.file == "events" and caught.value.facts["batch"] == "1"
    assert caught.value.column == "id"


def test_streams_that_nobody_refers_to_are_gone(tmp_path):
    class Mark:
        pass

    for ending in ("read", "failed", "dropped"):
        mark = Mark()
        gone = weakref.ref(mark)

        def progress(state, mark=mark):
            pass

        source = failing() if ending == "failed" else pa.table({"id": [1, 1]})
        stream = planish.drop_duplicates(source, "id", keep="last", temp_dir=tmp_path,
                                         on_progress=progress)
        if ending == "read":
            stream.read_all()
        if ending == "failed":
            with pytest.raises(Stop):
                stream.read_all()
        del stream, progress, source, mark
        gc.collect()
        assert gone() is None, ending
        assert list(tmp_path.iterdir()) == []


def test_several_threads_may_read_one_stream_and_many():
    table = pa.table({"id": list(range(50_000)) * 2})

    def read(stream):
        return sum(batch.num_rows for batch in stream)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        own = [planish.drop_duplicates(table.to_batches(1000), "id") for _ in range(6)]
        assert list(pool.map(read, own)) == [50_000] * 6
        shared = planish.drop_duplicates(table.to_batches(1000), "id")
        assert sum(pool.map(read, [shared] * 6)) == 50_000
        capsules = [planish.drop_duplicates(table, "id", keep="last", on_progress=lambda p: None)
                    for _ in range(6)]
        assert [t.num_rows for t in pool.map(pa.table, capsules)] == [50_000] * 6


# Sends the signal when keys are in scratch. Batches are made once, so that no Python code runs meanwhile.
CHILD = """
import os, signal, sys, threading, time
import pyarrow as pa, pyarrow.compute as pc
import planish

numbers = pc.cast(pa.array(range(100_000)), pa.string())
batch = pa.record_batch({{"id": pc.binary_join_element_wise(numbers, numbers, numbers, "long keys")}})
table = pa.Table.from_batches([batch] * 400)
scratch = sys.argv[1]
sent = []

def interrupt():
    while not (os.path.isdir(scratch) and os.listdir(scratch)):
        time.sleep(0.001)
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
try:
    {call}
except KeyboardInterrupt:
    print(time.monotonic() - sent[0], os.listdir(scratch))
"""


@pytest.mark.parametrize("call", [
    'planish.drop_duplicates(table, "id", keep="last", temp_dir=scratch).read_all()',
    'planish.duplicated(table, "id", keep="last", temp_dir=scratch)',
    # A capsule has no more than text; the interrupt follows.
    """try:
        pa.table(planish.drop_duplicates(table, "id", keep="last", temp_dir=scratch))
    except pa.ArrowInvalid:
        for _ in range(1000):
            pass
        print("the interrupt is lost")""",
])
def test_interrupt_ends_a_stream_within_a_second(tmp_path, call):
    script = textwrap.dedent(CHILD).format(call=call)
    done = subprocess.run([sys.executable, "-B", "-c", script, tmp_path / "scratch"],
                          capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    seconds, left = done.stdout.split(maxsplit=1)
    assert float(seconds) < 1.0 and left.strip() == "[]"


def test_the_signal_module_is_left_alone():
    before = signal.getsignal(signal.SIGINT)
    planish.drop_duplicates(pa.table({"id": [1]}), "id").read_all()
    assert signal.getsignal(signal.SIGINT) is before


def batches_of(number, on_read=lambda n: None):
    """A reader of Python's batches; `on_read` is called before each."""
    def read():
        for n in range(number):
            on_read(n)
            yield pa.record_batch({"id": [n]})

    return pa.RecordBatchReader.from_batches(SCHEMA, read())


USES = {
    "read": lambda stream: next(stream),
    "close": lambda stream: stream.close(),
    "report": lambda stream: stream.report,
    "spooled_rows": lambda stream: stream.spooled_rows,
}


@pytest.mark.parametrize("use", USES)
def test_a_callback_cannot_use_the_stream_that_calls_it(use):
    streams = []

    def on_progress(progress):
        if streams:
            USES[use](streams[0])

    streams.append(planish.drop_duplicates(batches_of(3), "id", on_progress=on_progress))
    with pytest.raises(ValueError, match="the stream is being read"):
        list(streams[0])
    streams[0].close()


@pytest.mark.parametrize("use", USES)
def test_a_source_cannot_use_the_stream_that_reads_it(use):
    streams = []
    streams.append(planish.drop_duplicates(batches_of(3, lambda n: n == 1 and USES[use](streams[0])), "id"))
    assert next(streams[0]).num_rows == 1
    with pytest.raises(ValueError, match="the stream is being read"):
        next(streams[0])
    streams[0].close()


def test_a_callback_can_use_another_stream():
    other = planish.drop_duplicates(batches_of(3), "id")
    read = []
    with planish.drop_duplicates(batches_of(2), "id", on_progress=lambda _: read.extend(other)) as stream:
        assert sum(batch.num_rows for batch in stream) == 2
    assert sum(batch.num_rows for batch in read) == 3


WAITING = """
import os, signal, threading, time
import pyarrow as pa
import planish

reading = threading.Event()
done = threading.Event()

def read():
    yield pa.record_batch({"id": [1]})
    reading.set()
    done.wait()
    yield pa.record_batch({"id": [2]})

source = pa.RecordBatchReader.from_batches(pa.schema([("id", pa.int64())]), read())
stream = planish.drop_duplicates(source, "id")
next(stream)
thread = threading.Thread(target=lambda: next(stream))
thread.start()
reading.wait()
threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    stream.close()
except KeyboardInterrupt:
    print("interrupted")
done.set()
thread.join()
stream.close()
"""


def test_ctrl_c_ends_waiting_for_a_thread_that_reads():
    done = subprocess.run([sys.executable, "-c", WAITING], capture_output=True, text=True, env=os.environ)
    assert done.stdout == "interrupted\n", done.stderr
