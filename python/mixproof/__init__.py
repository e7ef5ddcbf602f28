"""Proofs a mix, proposes how to master it, and proves the result on the written file.

Every stage of mixproof as a function. Documents are plain dictionaries: what the command line prints as JSON, and what the
schemas of :func:`schema` describe. ``None`` is "not measurable". The interpreter is free while there is work, so threads run
side by side.

Audio is a path, the bytes of a file, or an array of shape ``(frames,)`` or ``(frames, channels)`` in float32, float64 (read as
float32), int16 or int32, with its ``rate``; floating-point full scale is ±1.0. Samples that are no numbers are refused in an
array, and counted in a file.
"""

from __future__ import annotations

import json as _json
import os as _os
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from . import _native
from ._errors import ArgumentError, AudioError, DocumentError, FileError, MixproofError, WorkerDied
from ._inputs import Path, as_file as _as_file, frames as _frames, is_file_bytes as _is_file_bytes
from ._inputs import is_path as _is_path
from ._isolate import Isolated, of_this_thread as _of_this_thread

__all__ = [
    "ArgumentError",
    "AudioError",
    "Document",
    "DocumentError",
    "FileError",
    "Isolated",
    "MixproofError",
    "WorkerDied",
    "analyze",
    "check",
    "compare",
    "file_id",
    "load",
    "plan",
    "render",
    "scan_row",
    "schema",
    "schema_tags",
]

__version__: str = _native.__version__

#: A document: plain dictionaries, lists, numbers, text, ``None``.
Document = Dict[str, Any]

#: ``True`` for a child process with the usual limits, or one with others.
Isolate = Union[bool, Isolated]

DEFAULT_PROFILE = "popular"
DEFAULT_DELIVERY = "spotify"


def analyze(
    audio: Any, rate: Optional[int] = None, *, name: Optional[str] = None, isolate: Isolate = False
) -> Document:
    """Measures audio: an ``analysis/1``.

    ``audio`` is a path, the bytes of a file, or an array with its ``rate``; ``name`` is what bytes and arrays are called in
    ``source.path``. With ``isolate``, a file that kills whoever reads it raises :class:`WorkerDied`.
    """
    if _is_path(audio):
        _no_rate(rate)
        return _load(_run(isolate, "analyze_path", _path(audio)))
    if _is_file_bytes(audio):
        _no_rate(rate)
        if len(audio) == 0:
            raise ArgumentError("expected the bytes of an audio file, found none", path=name)
        return _of_bytes(audio, name, lambda path: _load(_run(isolate, "analyze_path", path)))
    if rate is None:
        raise ArgumentError("expected rate, the sample rate of the array in Hz, found none", expected="rate")
    frames = _frames(audio, rate)
    return _load(
        _native.analyze_samples(frames.data, frames.format, frames.channels, frames.rate, name or "array")
    )


def check(
    audio: Any,
    rate: Optional[int] = None,
    *,
    profile: Path = DEFAULT_PROFILE,
    delivery: Path = DEFAULT_DELIVERY,
    stage: str = "mix",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    name: Optional[str] = None,
    isolate: Isolate = False,
) -> Document:
    """Compares audio, or an ``analysis/1`` that is at hand, with a profile and a delivery: a ``check/1``."""
    analysis = audio if isinstance(audio, dict) else analyze(audio, rate, name=name, isolate=isolate)
    return _load(
        _native.check(
            _dump(analysis), _path(profile), _path(delivery), stage, _words(select), _words(ignore)
        )
    )


def compare(
    a: Path,
    b: Union[Path, Sequence[Path]],
    *,
    profile: Path = DEFAULT_PROFILE,
    delivery: Path = DEFAULT_DELIVERY,
    stage: str = "mix",
) -> Document:
    """Compares two revisions of a song, the older one first, or a song with a list of references: a ``compare/1``."""
    others = [b] if _is_path(b) else list(b)  # type: ignore[arg-type]
    if not others:
        raise ArgumentError("expected a file to compare with, found none")
    return _load(
        _native.compare(_path(a), [_path(b) for b in others], _path(profile), _path(delivery), stage)
    )


def plan(
    path: Path,
    *,
    profile: Path = DEFAULT_PROFILE,
    delivery: Path = DEFAULT_DELIVERY,
    amount: float = 50.0,
    references: Sequence[Path] = (),
) -> Document:
    """Proposes how to master a song, and writes nothing: a ``plan/1``, to be edited and rendered."""
    songs = [_path(reference) for reference in references]
    return _load(_native.plan(_path(path), _path(profile), _path(delivery), float(amount), songs))


def render(
    plan: Union[Document, Path],
    output: Path,
    *,
    input: Optional[Path] = None,
    bits: Union[None, int, str] = None,
    force: bool = False,
    transfer: bool = False,
) -> Document:
    """Applies a plan, perhaps edited, writes ``output``, decodes and measures it again: a ``render/1``.

    ``input`` is the song, where it is not the file that the plan names; ``bits`` is 16, 24 or "32f". Nothing is overwritten
    without ``force``, and no plan is applied to other audio than its own without ``transfer``.
    """
    if isinstance(plan, dict):
        text, name = _dump(plan, indent=2), "the plan"
    else:
        text, name = _read(plan), _path(plan)
    source = None if input is None else _path(input)
    wanted = None if bits is None else str(bits)
    return _load(_native.render(text, name, _path(output), source, wanted, bool(force), bool(transfer)))


def scan_row(
    audio: Any,
    *,
    profile: Path = DEFAULT_PROFILE,
    delivery: Path = DEFAULT_DELIVERY,
    stage: str = "master",
    measure: str = "all",
    name: Optional[str] = None,
    isolate: Isolate = False,
) -> Document:
    """Measures and judges one file of a catalogue: a ``scan/1``, the row that ``mixproof scan`` writes.

    ``audio`` is a path or the bytes of a file. ``measure="levels"`` measures loudness, peaks and dynamic range alone, much
    faster; the other families are ``None`` then, and checks that need them are silent. Whatever is wrong with the file, there is a row that says so (``status``,
    ``error_code``, ``error``); with ``isolate``, also where it kills the process that reads it.
    """
    settings = (_path(profile), _path(delivery), stage, measure)
    if _is_file_bytes(audio):
        shown = name or "bytes"
        row = _of_bytes(audio, shown, lambda path: _row(path, settings, isolate))
        row.update(path=shown, path_bytes_hex=None, modified_unix_ms=None)
        return row
    path = _path(audio)
    return _row(path, settings, isolate)


def _row(path: str, settings: Tuple[str, str, str, str], isolate: Isolate) -> Document:
    try:
        return _load(_run(isolate, "scan_row", path, *settings))
    except WorkerDied as death:
        said = str(death).encode("utf-8", "replace").decode()
        return _load(_native.failed_row(path, *settings, death.code, said))


def file_id(path: Path, *, isolate: Isolate = False) -> str:
    """Hash of the bytes of a file: whether it is still the one that was measured."""
    return _run(isolate, "file_id", _path(path))


def load(document: Union[Document, Path]) -> Document:
    """Reads a document of any kind as mixproof understands it, and refuses what it would refuse."""
    if isinstance(document, dict):
        return _load(_native.read_document("the document", _dump(document, indent=2)))
    return _load(_native.read_document(_path(document), None))


def schema(tag: str) -> Document:
    """The JSON Schema (draft 2020-12) of a kind of document, as in ``schema("analysis/1")``."""
    text = _native.schema(tag)
    if not text:
        raise ArgumentError(f"expected one of {', '.join(schema_tags())}, found {tag!r}", found=tag)
    return _load(text)


def schema_tags() -> List[str]:
    """The kinds of documents that have a schema."""
    return _native.schema_tags().split("\n")


def _run(isolate: Isolate, function: str, *arguments: Any) -> str:
    if isolate is False or isolate is None:
        return str(getattr(_native, function)(*arguments))
    worker = _of_this_thread() if isolate is True else isolate
    return worker.call(function, *arguments)


def _of_bytes(content: Any, name: Optional[str], job: Any) -> Document:
    """The result of a job on a temporary file, under the name that the caller knows."""
    shown = name or "bytes"
    with _as_file(content, name) as path:
        try:
            result: Document = job(path)
        except MixproofError as error:
            error.args = (str(error.args[0]).replace(path, shown), *error.args[1:])
            error.path = shown
            raise
    text = _dump(result).replace(_dump(path)[1:-1], _dump(shown)[1:-1])
    return _load(text)


def _no_rate(rate: Optional[int]) -> None:
    if rate is not None:
        raise ArgumentError("expected no rate: a file says its own", found=str(rate))


def _path(path: Any) -> str:
    try:
        found = _os.fspath(path)
    except TypeError:
        found = None
    if isinstance(found, bytes):
        found = _os.fsdecode(found)
    if found is None:
        raise ArgumentError(f"expected a path, found {type(path).__name__}", found=type(path).__name__)
    if "\0" in str(found):
        raise ArgumentError("expected a path, found one with a NUL character in it", path=found)
    return str(found)


def _words(words: Sequence[str]) -> List[str]:
    return [words] if isinstance(words, str) else list(words)


def _read(path: Any) -> str:
    # As the program reads it: no such file is its error, in its words.
    shown = _path(path)
    try:
        with open(shown, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return _native.read_document(shown, None)


def _dump(document: Any, indent: Optional[int] = None) -> str:
    try:
        return _json.dumps(document, indent=indent, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DocumentError(f"expected a document of plain values: {error}", "document") from None


def _load(text: str) -> Document:
    document: Document = _json.loads(text)
    return document
