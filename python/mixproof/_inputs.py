"""What a caller may hand in as audio: a path, the bytes of a file, or an array of frames."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import Any, Iterator, NamedTuple, Optional, Union

from ._errors import ArgumentError

Path = Union[str, "os.PathLike[str]"]

#: Buffer formats that are read, by what NumPy calls them.
_FORMATS = {"f": "float32", "d": "float64", "h": "int16", "i": "int32"}


class Frames(NamedTuple):
    """An array, as the compiled half takes it."""

    data: bytes
    format: str
    channels: int
    rate: int


def is_path(audio: Any) -> bool:
    """Whether it is meant as a file name."""
    return isinstance(audio, (str, os.PathLike))


def is_file_bytes(audio: Any) -> bool:
    """Whether it is the content of a file; arrays have shapes and are none."""
    return isinstance(audio, (bytes, bytearray)) or (
        isinstance(audio, memoryview) and audio.format == "B" and audio.ndim == 1
    )


def frames(array: Any, rate: Any) -> Frames:
    """The frames of an array: ``(frames,)`` or ``(frames, channels)`` of float32, float64, int16 or int32."""
    if isinstance(rate, bool) or not isinstance(rate, int):
        try:
            exact = float(rate)
            if isinstance(rate, bool) or not exact.is_integer():
                raise ValueError
            rate = int(exact)
        except (TypeError, ValueError, OverflowError):
            raise ArgumentError(
                f"expected rate, the sample rate of the array in Hz, as a whole number, found {rate!r}",
                expected="8000 to 384000",
                found=repr(rate),
            ) from None
    if not 8_000 <= rate <= 384_000:
        raise ArgumentError(
            f"expected a rate of 8000 to 384000 Hz, found {rate}", expected="8000 to 384000", found=str(rate)
        )
    try:
        view = memoryview(array)
    except (TypeError, ValueError, BufferError):
        raise ArgumentError(
            f"expected a path, the bytes of a file, or an array with the buffer protocol, found {type(array).__name__}",
            expected="path, bytes or array",
            found=type(array).__name__,
        ) from None
    # A leading "=" or "@" is the machine's own order; "l" is what some machines call an int32.
    format = view.format.lstrip("=@" + ("<" if _is_little() else ">"))
    if format == "l" and view.itemsize == 4:
        format = "i"
    if format not in _FORMATS:
        found = getattr(array, "dtype", view.format)
        raise ArgumentError(
            f"expected samples of {', '.join(_FORMATS.values())} in the machine's byte order, found {found}",
            expected=" or ".join(_FORMATS.values()),
            found=str(found),
        )
    shape = view.shape or ()
    if len(shape) not in (1, 2):
        raise ArgumentError(
            f"expected an array of shape (frames,) or (frames, channels), found {tuple(shape)}",
            expected="(frames,) or (frames, channels)",
            found=str(tuple(shape)),
        )
    if 0 in shape:
        raise ArgumentError(f"expected audio, found an empty array of shape {tuple(shape)}", found=str(tuple(shape)))
    channels = shape[1] if len(shape) == 2 else 1
    if channels > 8:
        turned = "; turn it with array.T" if shape[0] <= 8 else ""
        raise ArgumentError(
            f"expected an array of shape (frames, channels) with 1 to 8 channels, found {tuple(shape)}{turned}",
            expected="(frames, 1 to 8)",
            found=str(tuple(shape)),
        )
    return Frames(view.tobytes(), format, channels, rate)


def _is_little() -> bool:
    import sys

    return sys.byteorder == "little"


@contextlib.contextmanager
def as_file(content: Any, name: Optional[str]) -> Iterator[str]:
    """A temporary file with the bytes of a file; its ending is that of ``name``, where there is one."""
    ending = os.path.splitext(name or "")[1]
    if not ending.isascii() or not ending[1:].isalnum():
        ending = ""
    with tempfile.NamedTemporaryFile(prefix="mixproof-", suffix=ending) as file:
        file.write(content)
        file.flush()
        yield file.name
