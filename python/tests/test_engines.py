"""The jobs for Ray and Spark on local clusters of two workers: the rows of `scan`, whatever is in the catalogue."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import mixproof
import pytest
from conftest import compile_shim, tones, write_wav
from mixproof.jobs import rows

pytest.importorskip("pyarrow", reason="the engines are not installed")


@pytest.fixture(scope="module")
def deadly(tmp_path_factory):
    """Every process of the clusters meets the shim."""
    before = os.environ.get("LD_PRELOAD")
    os.environ["LD_PRELOAD"] = str(compile_shim(tmp_path_factory.mktemp("shim")))
    yield
    if before is None:
        del os.environ["LD_PRELOAD"]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    """Songs in folders, a copy under another name, and what is broken in several ways."""
    top = tmp_path_factory.mktemp("catalogue")
    for index in range(16):
        folder = top / f"record {index % 3}"
        folder.mkdir(exist_ok=True)
        write_wav(folder / f"{index:02} song.wav", tones(seed=index, seconds=0.7, channels=1 + index % 2))
    shutil.copy(top / "record 0/00 song.wav", top / "record 1/the same again.wav")
    odd = top / "record 2"
    whole = (odd / "02 song.wav").read_bytes()
    (odd / "Größe & 日本.wav").write_bytes(whole[:-20_000])
    (odd / "text.wav").write_text("not a sound " * 50)
    (odd / "noise.flac").write_bytes(b"fLaC" + bytes(range(256)) * 4)
    (odd / "empty.wav").write_bytes(b"")
    (odd / "header.wav").write_bytes(whole[:44])
    return top


@pytest.fixture(scope="module")
def killer(catalogue):
    return shutil.copy(catalogue / "record 0/00 song.wav", catalogue / "record 1/kills-its-worker.wav")


@pytest.fixture(scope="module")
def expected(catalogue, killer, deadly):
    """The row of every file, by its path."""
    with mixproof.Isolated() as child:
        made = [mixproof.scan_row(file["path"], isolate=child) for file in rows.listing([str(catalogue)])]
    found = {row["path"]: row for row in made}
    codes = [row["error_code"] for row in made]
    assert len(found) == 23 and codes.count(None) == 18 and codes.count("crashed") == 1
    return found


def written(output):
    """The rows of a folder of Parquet, by path; none twice."""
    return written_without(output, None)


def written_without(output, left_out):
    import pyarrow.dataset as dataset

    files = [path for path in rows.parquet_files(str(output)) if path != left_out]
    found = dataset.dataset(files, format="parquet").to_table().to_pylist()
    by_path = {row["path"]: row for row in found}
    assert len(by_path) == len(found), "a file has two rows"
    return by_path


def without_id(found):
    return {path: {key: value for key, value in row.items() if key != rows.FILE_ID} for path, row in found.items()}


def story(scan, output, catalogue, expected):
    """A part, all of it, nothing more; then a new file, and an old one under a new name."""
    half = [str(catalogue / "record 0"), str(catalogue / "record 1")]
    part = [path for path in expected if "record 2" not in path]
    assert scan(half, str(output)) == {"found": len(part), "before": 0, "written": len(part)}
    first = rows.parquet_files(str(output))
    stamps = [os.stat(path).st_mtime_ns for path in first]
    rest = len(expected) - len(part)
    everything = [str(catalogue)]
    assert scan(everything, str(output)) == {"found": len(expected), "before": len(part), "written": rest}
    assert [os.stat(path).st_mtime_ns for path in first] == stamps
    assert without_id(written(output)) == expected
    # What a kill leaves of a file that was being written is put aside.
    torn = output / "torn.parquet"
    torn.write_bytes(open(first[0], "rb").read()[:-9])
    again = {"found": len(expected), "before": len(expected), "written": 0}
    assert scan(everything, str(output)) == again
    assert not torn.exists() and (output / "torn.parquet.torn").exists()
    # And rows that were lost with it are made again.
    lost = without_id(written(output)).keys() - without_id(written_without(output, first[0])).keys()
    os.truncate(first[0], os.path.getsize(first[0]) // 2)
    counted = {"found": len(expected), "before": len(expected) - len(lost), "written": len(lost)}
    assert lost and scan(everything, str(output)) == counted
    assert without_id(written(output)) == expected
    # What is not there has a row that says so. Under another name, a file is known by its bytes.
    gone, moved = output.parent / "gone.wav", output.parent / "moved.wav"
    shutil.copy(catalogue / "record 0/00 song.wav", moved)
    assert scan([str(gone), str(moved)], str(output))["written"] == 2
    found = written(output)
    assert (found[str(gone)]["status"], found[str(gone)]["error_code"]) == ("failed", "not_found")
    old, new = found[str(catalogue / "record 0/00 song.wav")], found[str(moved)]
    assert new["modified_unix_ms"] == os.stat(moved).st_mtime_ns // 1_000_000
    assert {**new, "path": old["path"], "modified_unix_ms": old["modified_unix_ms"]} == old


def fetched(scan, output, catalogue, expected, killer):
    """The engine reads the files itself, as from an object store."""
    inputs = [path for path in expected if path != str(killer) and expected[path]["size_bytes"]]
    counted = scan(inputs, str(output), fetch=True)
    assert counted["written"] == len(inputs)
    outside = ("path", "modified_unix_ms", "error", rows.FILE_ID)

    def inside(row):
        return {key: value for key, value in row.items() if key not in outside}

    from urllib.parse import unquote, urlparse

    found = {}
    for path, row in written(output).items():
        found[unquote(urlparse(path).path) if path.startswith("file:") else path] = row
    assert set(found) == set(inputs)
    assert {path: inside(row) for path, row in found.items()} == {path: inside(expected[path]) for path in inputs}


def test_the_program_writes_the_same_rows(tmp_path, catalogue, expected):
    program = os.environ.get("MIXPROOF") or str(Path(__file__).resolve().parents[2] / "target/debug/mixproof")
    if not os.access(program, os.X_OK):
        pytest.skip(f"{program} is not built")
    output = tmp_path / "rows.jsonl"
    done = subprocess.run(
        [program, "scan", str(catalogue), "--output", str(output), "--isolate", "-q"], capture_output=True, check=False
    )
    found = {row["path"]: row for row in map(json.loads, output.read_text().splitlines())}
    # How a process came to its end is said in the words of whoever watched it.
    for path, row in expected.items():
        if row["error_code"] == "crashed":
            assert found[path]["error_code"] == "crashed"
            found[path]["error"] = row["error"]
    assert found == expected, done.stderr.decode()


@pytest.fixture(scope="module")
def ray_cluster(deadly):
    ray = pytest.importorskip("ray", reason="Ray is not installed")
    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=100 << 20, log_to_driver=False)
    yield
    ray.shutdown()


def test_ray(ray_cluster, tmp_path, catalogue, expected, killer):
    from mixproof.jobs import ray_scan

    def scan(inputs, output, fetch=False):
        return ray_scan.scan(inputs, output, batch=6, fetch=fetch)

    story(scan, tmp_path / "rows", catalogue, expected)
    fetched(scan, tmp_path / "fetched", catalogue, expected, killer)


@pytest.fixture(scope="module")
def spark(deadly):
    pyspark = pytest.importorskip("pyspark.sql", reason="Spark is not installed")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        pyspark.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()


def test_spark(spark, tmp_path, catalogue, expected, killer):
    from mixproof.jobs import spark_scan

    def scan(inputs, output, fetch=False):
        return spark_scan.scan(spark, inputs, output, batch=6, fetch=fetch)

    story(scan, tmp_path / "rows", catalogue, expected)
    fetched(scan, tmp_path / "fetched", catalogue, expected, killer)
