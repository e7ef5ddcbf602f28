"""A child process with limits, for files from strangers: what kills it costs one error row."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from typing import IO, Any, Dict, Optional

from ._errors import WorkerDied, refusal

#: Bytes of what a dying child said that are read.
_LAST_WORDS = 4096


class Isolated:
    """A child process that measures one file after another, each within limits.

    It is started when it is first needed, and again after it died. ``memory_bytes`` is its address space, ``cpu_s`` and
    ``wall_s`` are for each file, ``threads`` its threads. Usable by several threads, one file at a time; limits on memory and
    processor time are those of POSIX systems.
    """

    def __init__(
        self,
        memory_bytes: int = 2 << 30,
        cpu_s: float = 600.0,
        wall_s: float = 900.0,
        threads: int = 1,
    ) -> None:
        self.memory_bytes = int(memory_bytes)
        self.cpu_s = float(cpu_s)
        self.wall_s = float(wall_s)
        self.threads = int(threads)
        self._lock = threading.Lock()
        self._child: Optional["subprocess.Popen[bytes]"] = None
        self._errors: Optional[IO[bytes]] = None
        self._owner = os.getpid()

    def call(self, function: str, *arguments: Any) -> str:
        """Runs a function of the compiled half in the child."""
        with self._lock:
            return self._call(function, arguments)

    def _call(self, function: str, arguments: Any) -> str:
        child = self._started()
        assert child.stdin and child.stdout and self._errors
        self._errors.seek(0)
        self._errors.truncate()
        timed_out = threading.Event()

        def end() -> None:
            timed_out.set()
            child.kill()

        timer = threading.Timer(self.wall_s, end)
        timer.daemon = True
        timer.start()
        try:
            child.stdin.write(json.dumps([function, *arguments]).encode("ascii") + b"\n")
            child.stdin.flush()
            answer = child.stdout.readline()
        except OSError:
            answer = b""
        except BaseException:
            # Ctrl-C: the answer to this file must not be taken for that to the next one.
            self.close()
            raise
        finally:
            timer.cancel()
        if answer.endswith(b"\n"):
            said: Dict[str, Any] = json.loads(answer)
            if "error" in said:
                raise refusal(**said["error"])
            return str(said["result"])
        raise self._died(child, timed_out.is_set(), str(arguments[0]) if arguments else None)

    def _died(self, child: "subprocess.Popen[bytes]", timed_out: bool, path: Optional[str]) -> WorkerDied:
        status = child.wait()
        assert self._errors
        self._errors.seek(0)
        words = self._errors.read()[-_LAST_WORDS:].decode("utf-8", "replace").strip().splitlines()
        self.close()
        last = f": {words[-1]}" if words else ""
        if timed_out:
            return _death("timed_out", f"took more than {self.wall_s:g} s", path)
        if status == -getattr(signal, "SIGXCPU", 0):
            return _death("timed_out", f"took more than {self.cpu_s:g} s of processor time", path)
        if any("memory allocation of" in line or line.startswith("MemoryError") for line in words):
            return _death("crashed", f"needed more than {self.memory_bytes} bytes of memory{last}", path)
        if status < 0:
            try:
                name = signal.Signals(-status).name
            except ValueError:
                name = "unknown"
            return _death("crashed", f"killed its process: signal {-status} ({name}){last}", path)
        return _death("crashed", f"ended its process with status {status}{last}", path)

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._owner != os.getpid():
            # A fork: the child belongs to the other side.
            self._owner, self._child, self._errors = os.getpid(), None, None
        if self._child is None or self._child.poll() is not None:
            self.close()
            # An engine runs many workers side by side: each keeps to its threads, and its heap to few arenas.
            environment = dict(os.environ, RAYON_NUM_THREADS=str(self.threads), MALLOC_ARENA_MAX="2")
            package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
            paths = [package, environment.get("PYTHONPATH", "")]
            environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
            self._errors = tempfile.TemporaryFile()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "mixproof._worker", str(self.memory_bytes), str(self.cpu_s)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=environment,
            )
        return self._child

    def close(self) -> None:
        """Ends the child; it is started again when it is needed."""
        child, self._child = self._child, None
        if child is not None:
            for pipe in (child.stdin, child.stdout):
                try:
                    if pipe:
                        pipe.close()
                except OSError:
                    pass
            child.kill()
            child.wait()
        errors, self._errors = self._errors, None
        if errors is not None:
            errors.close()

    def __enter__(self) -> "Isolated":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        # The thread that had it is gone.
        if getattr(self, "_owner", None) == os.getpid():
            self.close()

    def __getstate__(self) -> Dict[str, Any]:
        # The limits travel between processes, the child does not.
        return {name: getattr(self, name) for name in ("memory_bytes", "cpu_s", "wall_s", "threads")}

    def __setstate__(self, state: Dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


def _death(code: str, what: str, path: Optional[str]) -> WorkerDied:
    return WorkerDied(f"{path}: {what}" if path else what, code, path)


_of_thread = threading.local()
_all: "weakref.WeakSet[Isolated]" = weakref.WeakSet()


def of_this_thread() -> Isolated:
    """The child of ``isolate=True``: one for each thread."""
    worker: Optional[Isolated] = getattr(_of_thread, "worker", None)
    if worker is None:
        worker = _of_thread.worker = Isolated()
        _all.add(worker)
    return worker


@atexit.register
def _close_all() -> None:
    for worker in list(_all):
        if worker._owner == os.getpid():
            worker.close()
