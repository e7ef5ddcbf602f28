"""Songs for the tests, synthesised with fixed seeds, and the shim that makes files deadly."""

import math
import random
import struct
import subprocess
import wave
from pathlib import Path

import pytest

RATE = 48_000


def tones(seed=1, seconds=4.0, channels=2, rate=RATE, level=0.3):
    """Frames of a few tones and a little noise, as lists of floats."""
    noise = random.Random(seed)
    pitches = [noise.uniform(60, 2_000) for _ in range(4)]
    frames = []
    for index in range(int(seconds * rate)):
        at_s = index / rate
        swell = 0.6 + 0.4 * math.sin(2 * math.pi * 0.5 * at_s)
        tone = sum(math.sin(2 * math.pi * pitch * at_s) / (n + 1) for n, pitch in enumerate(pitches))
        frames.append([level * swell * tone / 2 + 0.002 * noise.uniform(-1, 1) for _ in range(channels)])
    return frames


def write_wav(path, frames, rate=RATE):
    """16-bit PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(frames[0]))
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = [round(max(-1.0, min(1.0, sample)) * 32_767) for frame in frames for sample in frame]
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def compile_shim(folder):
    """The shim, built by the machine's C compiler."""
    shim = Path(folder) / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(shim), str(source), "-ldl"], check=True)
    return shim


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("songs")


@pytest.fixture(scope="session")
def song(folder):
    return str(write_wav(folder / "song.wav", tones()))


@pytest.fixture(scope="session")
def revision(folder):
    quieter = [[sample * 2 / 3 for sample in frame] for frame in tones()]
    return str(write_wav(folder / "song-v2.wav", quieter))


@pytest.fixture(scope="session")
def shim(folder):
    return str(compile_shim(folder))
