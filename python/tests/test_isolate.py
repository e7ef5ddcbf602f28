"""A file that kills whoever reads it costs an error row with `isolate`, and the process without."""

import concurrent.futures
import contextlib
import gc
import os
import pickle
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import mixproof
import pytest
from test_stages import valid


@pytest.fixture
def deadly(shim, monkeypatch):
    """Children from here on meet the shim."""
    monkeypatch.setenv("LD_PRELOAD", shim)


@pytest.fixture(scope="module")
def killer(song, folder):
    return shutil.copy(song, folder / "kills-its-worker.wav")


def test_without_isolation_it_kills(killer, deadly):
    code = f"import mixproof; mixproof.scan_row({str(killer)!r})"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert child.returncode == -6


def test_a_file_that_kills_its_worker_is_an_error_row(killer, song, deadly):
    with mixproof.Isolated() as worker:
        before = valid(mixproof.scan_row(song, isolate=worker))
        dead = valid(mixproof.scan_row(killer, isolate=worker))
        after = valid(mixproof.scan_row(song, isolate=worker))
        with pytest.raises(mixproof.WorkerDied) as died:
            mixproof.analyze(killer, isolate=worker)
    assert (dead["status"], dead["error_code"]) == ("failed", "crashed")
    assert "signal 6 (SIGABRT)" in dead["error"] and str(killer) in dead["error"]
    assert dead["size_bytes"] == os.path.getsize(killer) and dead["settings_id"] == before["settings_id"]
    assert before == after == mixproof.scan_row(song)
    assert died.value.code == "crashed" and pickle.loads(pickle.dumps(died.value)).path == str(killer)


def test_true_is_a_child_for_each_thread(killer, song, deadly):
    jobs = [song, killer, song, killer, song, song]
    with concurrent.futures.ThreadPoolExecutor(3) as threads:
        rows = list(threads.map(lambda path: mixproof.scan_row(path, isolate=True), jobs))
    assert [row["error_code"] for row in rows] == [None, "crashed", None, "crashed", None, None]
    gc.collect()
    # The children went with their threads.
    mine = f"PPid:\t{os.getpid()}\n"
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_mine = mine in (process / "status").read_text()
            assert not is_mine or b"mixproof._worker" not in (process / "cmdline").read_bytes()


def test_time_and_memory_are_limited(song, folder, deadly):
    sleeper = shutil.copy(song, folder / "sleeps-for-ever.wav")
    spinner = shutil.copy(song, folder / "spins-for-ever.wav")
    with mixproof.Isolated(wall_s=1.0) as worker:
        row = valid(mixproof.scan_row(sleeper, isolate=worker))
        assert (row["error_code"], row["status"]) == ("timed_out", "failed") and "1 s" in row["error"]
    with mixproof.Isolated(cpu_s=1.0, wall_s=60.0) as worker:
        row = valid(mixproof.scan_row(spinner, isolate=worker))
        assert row["error_code"] == "timed_out" and "processor time" in row["error"]
        # The time is each file's own.
        assert all(mixproof.scan_row(song, isolate=worker)["status"] == "ok" for _ in range(3))
    eater = shutil.copy(song, folder / "eats-all-memory.wav")
    with mixproof.Isolated(memory_bytes=256 << 20) as worker:
        row = valid(mixproof.scan_row(eater, isolate=worker))
        assert row["error_code"] == "crashed" and str(256 << 20) in row["error"]
        assert mixproof.scan_row(song, isolate=worker)["status"] == "ok"


def test_an_interrupted_call_leaves_no_answer_behind(song, folder, deadly):
    sleeper = shutil.copy(song, folder / "sleeps-for-ever again.wav")

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    with mixproof.Isolated() as worker:
        try:
            signal.alarm(1)
            with pytest.raises(KeyboardInterrupt):
                mixproof.scan_row(sleeper, isolate=worker)
        finally:
            signal.signal(signal.SIGALRM, before)
        assert mixproof.scan_row(song, isolate=worker)["path"] == song
        # And a fork starts a child of its own.
        process = os.fork()
        if process == 0:
            os._exit(0 if mixproof.scan_row(song, isolate=worker)["path"] == song else 1)
        assert os.waitpid(process, 0)[1] == 0
        assert mixproof.scan_row(song, isolate=worker)["path"] == song


def test_errors_come_back_as_they_are(folder, song):
    with mixproof.Isolated() as worker:
        with pytest.raises(OSError) as refused:
            mixproof.analyze(folder / "missing.wav", isolate=worker)
        assert refused.value.code == "not_found" and refused.value.path.endswith("missing.wav")
        with pytest.raises(ValueError):
            mixproof.scan_row(song, profile="no such", isolate=worker)
        # A name that is no Unicode.
        odd = os.fsencode(str(folder)) + b"/\xff\xfe.wav"
        shutil.copy(os.fsencode(song), odd)
        row = valid(mixproof.scan_row(os.fsdecode(odd), isolate=worker))
        assert row["status"] == "ok" and row["path_bytes_hex"].endswith("fffe2e776176")
        again = pickle.loads(pickle.dumps(worker))
        assert again.memory_bytes == worker.memory_bytes and again._child is None
