"""What both engines share: the listing, the shape of a row, the work of one worker, and what is done already."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
from typing import Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple

import mixproof
from mixproof._inputs import as_file

#: Endings that are looked for in folders, as by the command line. A file that is named is tried whatever it is called.
ENDINGS = "wav wave bwf rf64 w64 aif aiff aifc flac mp3 mp2 m4a mp4 aac caf ogg oga mka".split()

#: The column that a row of a job has on top of ``scan/1``: the hash of the file's bytes, by which a job is resumed.
FILE_ID = "file_id"

#: Rows of earlier runs by :data:`FILE_ID`, and the paths that have them.
Known = Dict[str, Tuple[Dict[str, Any], Set[str]]]


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the files are judged by, and what each may cost."""

    profile: str = mixproof.DEFAULT_PROFILE
    delivery: str = mixproof.DEFAULT_DELIVERY
    stage: str = "master"
    measure: str = "all"
    memory_bytes: int = 2 << 30
    cpu_s: float = 600.0
    wall_s: float = 900.0

    def judged_by(self) -> Dict[str, str]:
        return {"profile": self.profile, "delivery": self.delivery, "stage": self.stage, "measure": self.measure}

    def settings_id(self) -> str:
        """Hash of profile, delivery, stage, measure and version of the program; unknown names are refused here, before there is work."""
        row = json.loads(mixproof._native.failed_row("", *self.judged_by().values(), "usage", ""))
        return str(row["settings_id"])


def listing(inputs: Iterable[str]) -> List[Dict[str, Any]]:
    """The files of folders, files and lists (``@FILE``, a path a line), in order, with what the system says of them."""
    paths: List[str] = []
    for given in inputs:
        if given.startswith("@"):
            with open(given[1:], encoding="utf-8", errors="surrogateescape") as file:
                paths += [line.rstrip("\n") for line in file if line.strip()]
        elif os.path.isdir(given):
            for folder, folders, names in os.walk(given):
                folders.sort()
                wanted = (name for name in sorted(names) if os.path.splitext(name)[1][1:].lower() in ENDINGS)
                paths += [os.path.join(folder, name) for name in wanted]
        else:
            paths.append(given)
    return [_seen(path) for path in dict.fromkeys(paths)]


def parted(inputs: List[str], done: "Done") -> Tuple[int, List[str], List[str]]:
    """How many files were found, those of them that have no row yet, and what only the engine can list."""
    remote = [given for given in inputs if is_remote(given)]
    files = listing([given for given in inputs if not is_remote(given)])
    return len(files), [file["path"] for file in files if not done.has(file)], remote


def _seen(path: str) -> Dict[str, Any]:
    seen: Dict[str, Any] = {"path": path, "size_bytes": None, "modified_unix_ms": None}
    try:
        status = os.stat(path)
        seen.update(size_bytes=status.st_size, modified_unix_ms=status.st_mtime_ns // 1_000_000)
    except OSError:
        pass
    return seen


class Done:
    """What earlier runs have written: by path where the file still looks the same, else by the bytes of the file."""

    def __init__(self, output: str, settings: Settings) -> None:
        import pyarrow.dataset as dataset

        self.by_path: Dict[str, Tuple[Optional[int], Optional[int]]] = {}
        self.by_content: Known = {}
        self.rows = 0
        own = settings.settings_id()
        files = _whole(parquet_files(output))
        if not files:
            return
        rows = dataset.dataset(files, format="parquet")
        self.rows = rows.count_rows()
        for batch in rows.to_batches(filter=dataset.field("settings_id") == own):
            for row in batch.to_pylist():
                if row["status"] == "skipped":
                    continue
                self.by_path[row["path"]] = (row["size_bytes"], row["modified_unix_ms"])
                if row[FILE_ID]:
                    self.by_content.setdefault(row[FILE_ID], (row, set()))[1].add(row["path"])

    def has(self, seen: Dict[str, Any]) -> bool:
        """Whether a file has its row already."""
        return self.by_path.get(seen["path"]) == (seen["size_bytes"], seen["modified_unix_ms"])

    def since(self, output: str) -> int:
        """Rows that were written since."""
        import pyarrow.dataset as dataset

        files = parquet_files(output)
        return dataset.dataset(files, format="parquet").count_rows() - self.rows if files else 0


def parquet_files(output: str) -> List[str]:
    """The files of rows in a folder; what was not finished has another name."""
    if not os.path.isdir(output):
        return []
    found = (os.path.join(folder, name) for folder, _, names in os.walk(output) for name in names)
    return sorted(path for path in found if path.endswith(".parquet") and "_temporary" not in path)


def _whole(files: List[str]) -> List[str]:
    """The files that can be read. What a kill left of one is put aside, and its rows are made again."""
    import pyarrow
    import pyarrow.parquet

    whole = []
    for path in files:
        try:
            pyarrow.parquet.read_metadata(path)
            whole.append(path)
        except pyarrow.ArrowInvalid:
            os.replace(path, path + ".torn")
    return whole


class Worker:
    """Measures files in a child process; gives rows, whatever happens."""

    def __init__(self, settings: Settings, known: Known) -> None:
        self.settings = settings
        self.known = known
        self.child = mixproof.Isolated(settings.memory_bytes, settings.cpu_s, settings.wall_s)

    def row(self, path: str, content: Optional[bytes] = None) -> Optional[Dict[str, Any]]:
        """The row of a file, or of its content where the engine has fetched that; ``None`` where it has its row already."""
        file_id = self._file_id(path, content)
        row, paths = self.known.get(file_id or "", ({}, ()))
        if path in paths:
            return None
        if row:
            # Equal bytes have equal rows, but for what the system says of the file.
            seen = _seen(path) if content is None else {"path": path, "modified_unix_ms": None}
            hexed = None if _is_unicode(path) else os.fsencode(path).hex()
            return {**row, **seen, "path_bytes_hex": hexed}
        audio = path if content is None else content
        judged_by = self.settings.judged_by()
        found = mixproof.scan_row(audio, name=path, isolate=self.child, **judged_by)
        return {**found, FILE_ID: file_id}

    def _file_id(self, path: str, content: Optional[bytes]) -> Optional[str]:
        try:
            if content is None:
                return mixproof.file_id(path, isolate=self.child)
            with as_file(content, None) as copy:
                return mixproof.file_id(copy)
        except mixproof.MixproofError:
            # The row of the file will say why.
            return None

    def rows(self, files: Iterable[Dict[str, Any]]) -> Iterator[Dict[str, Any]]:
        """The rows of a batch."""
        for file in files:
            row = self.row(file["path"], file.get("content"))
            if row is not None:
                yield row

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: Any) -> None:
        self.child.close()


def _is_unicode(path: str) -> bool:
    try:
        path.encode("utf-8")
        return True
    except UnicodeEncodeError:
        return False


def arrow_schema() -> Any:
    """The shape of a row as Arrow has it, made from the published schema of ``scan/1``."""
    import pyarrow as pa

    document = mixproof.schema("scan/1")

    def kind(node: Dict[str, Any]) -> Any:
        if "$ref" in node:
            return kind(document["$defs"][node["$ref"].rsplit("/", 1)[1]])
        for choice in node.get("anyOf", []):
            if choice.get("type") != "null":
                return kind(choice)
        types = node.get("type", "string")
        name = types if isinstance(types, str) else next(name for name in types if name != "null")
        if name == "object":
            return pa.struct([pa.field(key, kind(value)) for key, value in node["properties"].items()])
        if name == "array":
            return pa.list_(kind(node["items"]))
        return {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}[name]

    fields = [pa.field(key, kind(value)) for key, value in document["properties"].items()]
    return pa.schema([*fields, pa.field(FILE_ID, pa.string())])


def arguments(engine: str) -> argparse.ArgumentParser:
    """The options of both jobs."""
    parser = argparse.ArgumentParser(
        prog=f"python -m mixproof.jobs.{engine}_scan",
        description=f"Measures a catalogue with {engine} and writes a row per file as Parquet; resumes what it has begun.",
    )
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="folder, file, @LIST of paths, or URI of an object store")
    parser.add_argument("--output", required=True, metavar="DIR", help="folder of Parquet files, kept and added to")
    parser.add_argument("--profile", default=Settings.profile)
    parser.add_argument("--delivery", default=Settings.delivery)
    parser.add_argument("--stage", default=Settings.stage, choices=["mix", "master"])
    parser.add_argument("--measure", default=Settings.measure, choices=["all", "levels"], help="levels are loudness, peaks and dynamic range alone")
    parser.add_argument("--workers", type=int, default=2, help="parts that the work has at least; on a Ray of its own, its processors [default: 2]")
    parser.add_argument("--batch", type=int, default=64, help="files that are handed to a worker at once [default: 64]")
    parser.add_argument("--memory-mb", type=int, default=2048, help="memory that one file may need [default: 2048]")
    parser.add_argument("--wall-s", type=float, default=900.0, help="time that one file may take [default: 900]")
    parser.add_argument("--fetch", action="store_true", help="let the engine read the files, as it must for an object store")
    return parser


def settings_of(options: argparse.Namespace) -> Settings:
    """What the options ask for; unknown names are refused here."""
    settings = Settings(
        profile=options.profile,
        delivery=options.delivery,
        stage=options.stage,
        measure=options.measure,
        memory_bytes=options.memory_mb << 20,
        cpu_s=options.wall_s,
        wall_s=options.wall_s,
    )
    settings.settings_id()
    return settings


def is_remote(path: str) -> bool:
    """Whether only the engine can read it."""
    return "://" in path and not path.startswith("file://")
