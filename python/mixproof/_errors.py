"""What can go wrong, as exceptions with what is known of path, expected and found."""

from __future__ import annotations

from typing import Optional


class MixproofError(Exception):
    """There is no result. ``code`` is a stable word, as ``error_code`` in the rows of a scan."""

    def __init__(
        self,
        message: str,
        code: str = "usage",
        path: Optional[str] = None,
        expected: Optional[str] = None,
        found: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.path = path
        self.expected = expected
        self.found = found

    def __reduce__(self):  # type: ignore[no-untyped-def]
        # Engines send exceptions from process to process.
        return type(self), (str(self), self.code, self.path, self.expected, self.found)


class AudioError(MixproofError):
    """The file is no audio that is read, or is damaged beyond use (``undecodable``, ``unsupported``)."""


class FileError(MixproofError, OSError):
    """The system refused: ``not_found``, ``no_permission``, ``disk_full``, ``exists``, ``io``."""

    def __str__(self) -> str:
        return Exception.__str__(self)


class DocumentError(MixproofError, ValueError):
    """A document that is of another kind, does not parse, or says what makes no sense; the message names key and line."""


class ArgumentError(MixproofError, ValueError):
    """Arguments that make no sense: a wrong shape, a rate of 0, NaN, an unknown name."""


class WorkerDied(MixproofError):
    """The child process of ``isolate`` died of this file: ``crashed``, ``timed_out``."""


_CLASSES = {
    "undecodable": AudioError,
    "unsupported": AudioError,
    "not_found": FileError,
    "no_permission": FileError,
    "disk_full": FileError,
    "exists": FileError,
    "io": FileError,
    "schema": DocumentError,
    "document": DocumentError,
    "wrong_audio": DocumentError,
    "setting": DocumentError,
    "unknown_name": ArgumentError,
    "usage": ArgumentError,
    "crashed": WorkerDied,
    "timed_out": WorkerDied,
}


def refusal(
    code: str,
    message: str,
    path: Optional[str] = None,
    expected: Optional[str] = None,
    found: Optional[str] = None,
) -> MixproofError:
    """The exception for a code."""
    return _CLASSES.get(code, MixproofError)(message, code, path, expected, found)
