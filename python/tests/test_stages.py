"""Every stage gives the document that its schema describes, and refuses what makes no sense by a clear exception."""

import array
import copy
import json
import os
import pickle
import re
import struct
import subprocess
import threading
import time
from pathlib import Path

import jsonschema
import mixproof
import numpy
import pytest
from conftest import RATE, tones, write_wav
from mixproof.jobs import rows

ROOT = Path(__file__).resolve().parents[2]


def valid(document):
    """The document, once its schema has had nothing to say."""
    schema = mixproof.schema(document["schema"])
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


def faults(tag, document):
    return list(jsonschema.Draft202012Validator(mixproof.schema(tag)).iter_errors(document))


@pytest.fixture(scope="module")
def analysis(song):
    return valid(mixproof.analyze(song))


@pytest.fixture(scope="module")
def plan(song):
    return valid(mixproof.plan(song, profile="jazz", delivery="apple-music"))


def test_schemas_are_schemas_and_name_their_kind():
    assert {"analysis/1", "check/1", "plan/1", "render/1", "compare/1", "scan/1"} <= set(mixproof.schema_tags())
    for tag in mixproof.schema_tags():
        schema = mixproof.schema(tag)
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["properties"]["schema"]["const"] == tag
        file = ROOT / "docs/schemas" / (tag.replace("/", "-") + ".schema.json")
        assert json.loads(file.read_text()) == schema
    with pytest.raises(ValueError, match="analysis/1"):
        mixproof.schema("soup/1")


def test_every_older_document_is_what_the_schema_says():
    goldens = sorted((ROOT / "tests/golden").glob("*-v1.json"))
    assert len(goldens) >= 8
    for golden in goldens:
        valid(json.loads(golden.read_text()))
        valid(mixproof.load(golden))


def test_what_the_program_prints_is_what_the_schema_says(song, revision, folder):
    program = os.environ.get("MIXPROOF") or str(ROOT / "target/debug/mixproof")
    if not os.access(program, os.X_OK):
        pytest.skip(f"{program} is not built")
    stems = folder / "stems"
    stems.mkdir()
    for name, seed in (("kick.wav", 3), ("lead vocal.wav", 4)):
        write_wav(stems / name, tones(seed=seed, seconds=2))
    for kind, arguments in {
        "self_test/1": ["self-test"],
        "stems/1": ["stems", str(stems)],
        "album/1": ["album", song, revision],
        "preview/1": ["preview", song],
        "check/1": ["check", song, "--fail-on", "fail"],
    }.items():
        done = subprocess.run([program, *arguments, "--format", "json"], capture_output=True, check=False)
        assert done.returncode in (0, 1), done.stderr.decode()
        lines = done.stdout.decode().splitlines()
        assert lines, kind
        for line in lines:
            assert valid(json.loads(line))["schema"] == kind
            assert mixproof.load(json.loads(line))["schema"] == kind

    def printed(*arguments):
        done = subprocess.run([program, *arguments, "--format", "json"], capture_output=True, check=False)
        return json.loads(done.stdout)

    assert printed("analyze", song) == mixproof.analyze(song)
    assert printed("check", song, "--stage", "master") == mixproof.check(song, stage="master")
    assert printed("compare", song, revision) == mixproof.compare(song, revision)
    plan = printed("master", song, "--plan-only", "--output", str(folder / "as printed.wav"))
    assert plan == mixproof.plan(song)


def test_a_schema_refuses_what_is_not_its_kind(analysis):
    for change in (
        lambda d: d.update(schema="analysis/2"),
        lambda d: d.pop("loudness"),
        lambda d: d["loudness"].update(integrated_lufs="loud"),
        lambda d: d.update(integrity="fine"),
        lambda d: d["source"].update(channels=-1),
    ):
        wrong = copy.deepcopy(analysis)
        change(wrong)
        assert faults("analysis/1", wrong)


def test_path_bytes_and_arrays_measure_the_same(song, analysis):
    content = Path(song).read_bytes()
    from_bytes = valid(mixproof.analyze(content, name="take 3.wav"))
    assert from_bytes["source"]["path"] == "take 3.wav"
    assert {**from_bytes, "source": None} == {**analysis, "source": None}
    samples = numpy.frombuffer(content[44:], dtype=numpy.int16).reshape(-1, 2)
    as_floats = (samples / 32_768).astype(numpy.float32)
    turned = numpy.asfortranarray(as_floats)
    for audio in (samples, as_floats, as_floats.astype(numpy.float64), turned, as_floats[::1]):
        found = valid(mixproof.analyze(audio, RATE, name="array"))
        for family in ("content_id", "loudness", "peaks", "dynamics", "tone", "stereo", "music", "sections"):
            assert found[family] == analysis[family], (audio.dtype, family)
        assert found["source"]["container"] == "memory" and found["source"]["frames"] == len(samples)
    wide = (samples.astype(numpy.int32) << 16)
    assert mixproof.analyze(wide, RATE)["content_id"] == analysis["content_id"]
    # Without NumPy, and one channel in one dimension.
    mono = array.array("f", as_floats[:, 0].tolist())
    assert mixproof.analyze(mono, RATE) == mixproof.analyze(as_floats[:, :1], RATE)


@pytest.mark.parametrize(
    ("audio", "rate", "says"),
    [
        (numpy.zeros((100, 2), numpy.float32), 0, "8000 to 384000"),
        (numpy.zeros((100, 2), numpy.float32), -48_000, "8000 to 384000"),
        (numpy.zeros((100, 2), numpy.float32), 44_100.5, "whole number"),
        (numpy.zeros((100, 2), numpy.float32), float("nan"), "whole number"),
        (numpy.zeros((100, 2), numpy.float32), "fast", "whole number"),
        (numpy.zeros((100, 2), numpy.float32), True, "whole number"),
        (numpy.zeros((100, 2), numpy.float32), 10**30, "8000 to 384000"),
        (numpy.zeros((100, 2), numpy.float32), None, "rate"),
        (numpy.zeros((0, 2), numpy.float32), RATE, "empty"),
        (numpy.zeros((100, 0), numpy.float32), RATE, "empty"),
        (numpy.zeros((2, 100), numpy.float32), RATE, "array.T"),
        (numpy.zeros((100, 9), numpy.float32), RATE, "1 to 8 channels"),
        (numpy.zeros((10, 2, 2), numpy.float32), RATE, "shape"),
        (numpy.float32(0), RATE, "shape"),
        (numpy.zeros((100, 2), numpy.float16), RATE, "float16"),
        (numpy.zeros((100, 2), numpy.complex64), RATE, "complex64"),
        (numpy.zeros((100, 2), numpy.uint8), RATE, "uint8"),
        (numpy.zeros((100, 2), numpy.int64), RATE, "int64"),
        (numpy.zeros((100, 2), ">f4"), RATE, ">f4"),
        (numpy.zeros(100, object), RATE, "object|buffer"),
        (numpy.array(["a", "b"]), RATE, "<U1|buffer"),
        (numpy.array([[0.0, numpy.nan]], numpy.float32), RATE, "frame 0, channel 1"),
        (numpy.array([[0.0, 0.0], [numpy.inf, 0.0]]), RATE, "frame 1, channel 0"),
        (numpy.array([[0.0, 1e300]]), RATE, "frame 0, channel 1"),
        ([0.0, 0.1], RATE, "list"),
        (17, RATE, "int"),
        (None, None, "rate|NoneType"),
        (b"", None, "bytes"),
        (b"x", 48_000, "no rate"),
        ("song.wav", 48_000, "no rate"),
        ("so\0ng.wav", None, "NUL"),
    ],
)
def test_arrays_that_are_no_audio_are_value_errors(audio, rate, says):
    with pytest.raises(ValueError, match=says) as refused:
        mixproof.analyze(audio, rate)
    assert isinstance(refused.value, mixproof.MixproofError)
    assert "\n" not in str(refused.value)


def test_files_that_are_no_audio_are_told_apart(folder, song):
    text = folder / "notes.wav"
    text.write_text("not a sound " * 100)
    cut = folder / "header only.wav"
    cut.write_bytes(Path(song).read_bytes()[:44])
    for path in (text, cut):
        with pytest.raises(mixproof.AudioError) as refused:
            mixproof.analyze(path)
        assert refused.value.path == str(path) and str(path) in str(refused.value)
    with pytest.raises(mixproof.AudioError, match="take.wav") as refused:
        mixproof.analyze(text.read_bytes(), name="take.wav")
    assert refused.value.path == "take.wav" and "mixproof-" not in str(refused.value)
    with pytest.raises(OSError) as refused:
        mixproof.analyze(folder / "missing.wav")
    assert refused.value.code == "not_found" and refused.value.path.endswith("missing.wav")
    again = pickle.loads(pickle.dumps(refused.value))
    assert (str(again), again.code, again.path) == (str(refused.value), "not_found", refused.value.path)
    # Samples that are no numbers are a finding of a file, not an error.
    floats = struct.pack("<6f", 0.1, float("nan"), 0.2, 0.1, float("inf"), 0.0) * 4_000
    head = b"RIFF" + struct.pack("<I", 36 + len(floats)) + b"WAVEfmt " + struct.pack(
        "<IHHIIHH", 16, 3, 1, RATE, RATE * 4, 4, 32
    )
    wild = head + b"data" + struct.pack("<I", len(floats)) + floats
    assert valid(mixproof.analyze(wild))["integrity"] == "non_finite"


def test_check_takes_audio_and_analyses(song, analysis):
    checked = valid(mixproof.check(song, profile="jazz", delivery="apple-music", stage="master"))
    assert checked == valid(mixproof.check(analysis, profile="jazz", delivery="apple-music", stage="master"))
    codes = {finding["code"] for finding in checked["findings"]}
    assert codes
    one = sorted(codes)[0]
    assert {f["code"] for f in mixproof.check(analysis, profile="jazz", delivery="apple-music", stage="master", select=[one])["findings"]} == {one}
    for wrong, says in (
        ({"profile": "jaz"}, "jazz"),
        ({"delivery": "aple-music"}, "apple-music"),
        ({"stage": "mixx"}, "mix"),
        ({"select": ["PEAK999"]}, "PEAK"),
    ):
        with pytest.raises(ValueError) as refused:
            mixproof.check(analysis, **wrong)
        assert refused.value.code == "unknown_name" and says in refused.value.expected
    with pytest.raises(mixproof.DocumentError):
        mixproof.check({"schema": "analysis/1"})
    with pytest.raises(mixproof.DocumentError) as refused:
        mixproof.check({**analysis, "schema": "analysis/9"})
    assert (refused.value.expected, refused.value.found) == ("analysis/1", "analysis/9")
    with pytest.raises(mixproof.DocumentError):
        mixproof.check({**analysis, "measures_rev": float("nan")})


def test_compare_tells_revisions_apart(song, revision):
    compared = valid(mixproof.compare(song, revision))
    assert compared["relation"] == "revision"
    assert compared["gain_db"] == pytest.approx(-3.52, abs=0.3)
    assert valid(mixproof.compare(song, song))["relation"] == "identical"
    assert valid(mixproof.compare(song, [song, revision]))["relation"] == "references"
    with pytest.raises(ValueError):
        mixproof.compare(song, [])


def test_a_plan_is_edited_and_rendered(song, plan, folder):
    edited = copy.deepcopy(plan)
    for step in edited["moves"]:
        if step["processor"]["kind"] == "limiter":
            step["processor"]["gain_db"] -= 1.0
    output = folder / "song.mastered.wav"
    rendered = valid(mixproof.render(edited, output))
    assert rendered["output"]["path"] == str(output) and output.exists()
    assert rendered["after"]["peaks"]["true_peak_dbtp"] <= edited["ceiling_dbtp"]
    assert rendered["after"]["content_id"] == mixproof.analyze(output)["content_id"]
    with pytest.raises(OSError) as refused:
        mixproof.render(edited, output)
    assert refused.value.code == "exists"
    saved = folder / "song.plan.json"
    saved.write_text(json.dumps(plan))
    again = mixproof.render(saved, output, force=True, bits=16)
    assert again["output"]["bits"] == 16
    with pytest.raises(ValueError, match="bit depth|24"):
        mixproof.render(saved, output, force=True, bits=17)
    other = str(write_wav(folder / "other.wav", tones(seed=9)))
    with pytest.raises(mixproof.DocumentError, match="content_id"):
        mixproof.render(plan, folder / "never.wav", input=other)
    assert not (folder / "never.wav").exists()
    mixproof.render(plan, folder / "on purpose.wav", input=other, transfer=True)
    with pytest.raises(OSError):
        mixproof.render(folder / "no such plan.json", output)
    with pytest.raises(ValueError, match="amount"):
        mixproof.plan(song, amount=101)
    with pytest.raises(ValueError, match="amount"):
        mixproof.plan(song, amount=float("nan"))


def places(node, path=()):
    """Every place of a document."""
    yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from places(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node[:2]):
            yield from places(value, (*path, index))


def changed(document, path, change):
    copied = copy.deepcopy(document)
    node = copied
    for key in path[:-1]:
        node = node[key]
    change(node, path[-1])
    return copied


@pytest.mark.parametrize("golden", ["plan-v1.json", "profile-v1.json", "delivery-v1.json"])
def test_what_the_schema_refuses_of_a_document_edited_by_hand_the_reader_refuses(golden):
    document = json.loads((ROOT / "tests/golden" / golden).read_text())
    validator = jsonschema.Draft202012Validator(mixproof.schema(document["schema"]))
    validator.validate(document)
    mixproof.load(document)

    def stranger(node, key):
        if isinstance(node[key], dict):
            node[key]["a_stranger"] = 1
        else:
            node[key] = {"a_stranger": 1}

    changes = [
        lambda node, key: node.pop(key),
        stranger,
        lambda node, key: node.__setitem__(key, None),
        lambda node, key: node.__setitem__(key, "soup"),
        lambda node, key: node.__setitem__(key, -1),
        lambda node, key: node.__setitem__(key, 0.5),
        lambda node, key: node.__setitem__(key, True),
        lambda node, key: node.__setitem__(key, []),
    ]
    refused = agreed = 0
    loose = []
    for path in places(document):
        for change in changes if path else []:
            edited = changed(document, path, change)
            schema_refuses = next(validator.iter_errors(edited), None)
            try:
                mixproof.load(edited)
                reader_refuses = None
            except mixproof.DocumentError as error:
                reader_refuses = error
            if schema_refuses is not None:
                assert reader_refuses is not None, (path, schema_refuses.message)
                refused += 1
            elif reader_refuses is not None:
                # Ranges and the order of moves are the reader's own; every refusal is of a value, not of a key or a type.
                loose.append((path, str(reader_refuses)))
            agreed += (schema_refuses is None) == (reader_refuses is None)
    assert refused > 50, refused
    keys = [why for _, why in loose if "unknown field" in why or "invalid type" in why]
    assert not keys, keys
    assert agreed / (agreed + len(loose)) > 0.9, loose


def test_rows_are_of_the_catalogue(song, folder):
    row = valid(mixproof.scan_row(song))
    assert (row["status"], row["path"], row["error_code"]) == ("ok", song, None)
    assert row["size_bytes"] == Path(song).stat().st_size
    measured = mixproof.analyze(song)
    assert row["content_id"] == measured["content_id"]
    assert row["loudness"]["integrated_lufs"] == measured["loudness"]["integrated_lufs"]
    stored = valid(mixproof.scan_row(Path(song).read_bytes(), name="lake://songs/a.wav"))
    assert stored["path"] == "lake://songs/a.wav" and stored["modified_unix_ms"] is None
    same = ("path", "modified_unix_ms")
    assert {k: v for k, v in stored.items() if k not in same} == {k: v for k, v in row.items() if k not in same}
    levels = valid(mixproof.scan_row(song, measure="levels"))
    assert (levels["measured"], row["measured"]) == ("levels", "all") and levels["settings_id"] != row["settings_id"]
    assert levels["loudness"] == row["loudness"] and levels["tone"] is None is not row["tone"]
    broken = folder / "broken.flac"
    broken.write_bytes(b"fLaC" + bytes(range(256)))
    for path, code in ((broken, "undecodable"), (folder / "gone.wav", "not_found"), (folder, "not_a_file")):
        row = valid(mixproof.scan_row(path))
        assert (row["status"], row["error_code"]) == ("failed", code)
        assert row["loudness"] is None and row["error"]
    # Nothing in an object is a fault of that object, and must not end a job.
    nothing = valid(mixproof.scan_row(b"", name="lake://empty.wav"))
    assert (nothing["status"], nothing["error_code"], nothing["path"]) == ("failed", "undecodable", "lake://empty.wav")
    stored = valid(mixproof.scan_row(broken.read_bytes(), name="lake://broken.flac"))
    assert "lake://broken.flac" in stored["error"] and "mixproof-" not in json.dumps(stored)
    with pytest.raises(ValueError):
        mixproof.scan_row(song, profile="no such")
    with pytest.raises(ValueError):
        mixproof.scan_row(song, measure="no such")


def test_jobs_look_for_the_files_that_the_program_looks_for():
    source = (ROOT / "src/cli/inputs.rs").read_text()
    listed = re.search(r"AUDIO_ENDINGS: &\[&str\] = &\[(.*?)\];", source, re.DOTALL)
    assert listed and re.findall(r'"(\w+)"', listed[1]) == rows.ENDINGS


def test_the_interpreter_is_free_while_there_is_work(folder):
    path = str(write_wav(folder / "long.wav", tones(seconds=10)))
    done = threading.Event()

    def work():
        mixproof.analyze(path)
        done.set()

    start = time.perf_counter()
    thread = threading.Thread(target=work)
    thread.start()
    longest = 0.0
    while not done.is_set():
        before = time.perf_counter()
        time.sleep(0.001)
        longest = max(longest, time.perf_counter() - before)
    thread.join()
    took = time.perf_counter() - start
    assert longest < took / 2, f"nobody else ran for {longest:.3f} s of {took:.3f} s"
