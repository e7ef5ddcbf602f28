"""The child process of ``isolate``: a call per line comes in, an answer per line goes out, until the line ends."""

from __future__ import annotations

import json
import os
import sys

from . import _native
from ._errors import MixproofError

try:
    import resource
except ImportError:  # No limits of this kind on this system.
    resource = None  # type: ignore[assignment]


def _limit_memory(memory_bytes: int) -> None:
    if resource is not None:
        _, highest = resource.getrlimit(resource.RLIMIT_AS)
        if highest != resource.RLIM_INFINITY:
            memory_bytes = min(memory_bytes, highest)
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, highest))
        # Whoever dies of a file need not leave a picture of its memory behind.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _limit_time(cpu_s: float) -> None:
    """So much processor time from now on."""
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        until = int(used.ru_utime + used.ru_stime + cpu_s) + 1
        _, highest = resource.getrlimit(resource.RLIMIT_CPU)
        if highest != resource.RLIM_INFINITY:
            until = min(until, highest)
        resource.setrlimit(resource.RLIMIT_CPU, (until, highest))


def main() -> None:
    """Answers until the parent closes the line or is gone."""
    # Answers have a line of their own: whatever else is written to standard output goes to standard error.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit_memory(int(sys.argv[1]))
    for line in sys.stdin.buffer:
        function, *arguments = json.loads(line)
        _limit_time(float(sys.argv[2]))
        try:
            answer = {"result": getattr(_native, function)(*arguments)}
        except MixproofError as error:
            said = {"code": error.code, "message": str(error), "path": error.path}
            answer = {"error": dict(said, expected=error.expected, found=error.found)}
        answers.write(json.dumps(answer).encode("ascii") + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
