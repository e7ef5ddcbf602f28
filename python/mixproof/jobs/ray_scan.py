"""A catalogue on Ray Data: a listing goes in, ``map_batches`` measures it, Parquet comes out.

``python -m mixproof.jobs.ray_scan songs/ --output rows/ --workers 64``, or with ``s3://bucket/songs/``: then Ray reads the
files. Run it again to go on where it ended: files that have a row in the output are not measured again.
"""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional

from . import rows

#: Whatever a file does, it does to the child: a task that dies all the same is not tried for ever. Said of measuring and writing
#: alike, and with no bound on the tasks of one of them, or Ray does the two apart: rows would be written late, by processors that
#: it holds back for that.
_TASK: Dict[str, Any] = {"max_retries": 2}


def _measure(batch: Any, settings: rows.Settings, known: Any) -> Any:
    """What a Ray task does with its batch: files go in, rows come out."""
    import pyarrow as pa
    import ray

    names = {"bytes": "content"}
    files = [{names.get(key, key): value for key, value in file.items()} for file in batch.to_pylist()]
    with rows.Worker(settings, ray.get(known[0])) as worker:
        return pa.Table.from_pylist(list(worker.rows(files)), schema=rows.arrow_schema())


def scan(
    inputs: List[str],
    output: str,
    settings: Optional[rows.Settings] = None,
    workers: int = 2,
    batch: int = 64,
    fetch: bool = False,
) -> Dict[str, int]:
    """Measures what has no row yet; how many files were found, done before, and written now. Ray is started where it is not."""
    import ray

    settings = settings or rows.Settings()
    done = rows.Done(output, settings)
    found, todo, remote = rows.parted(inputs, done)
    if todo or remote:
        if fetch or remote:
            # What the listing does not know, Ray does: it walks the store and reads it.
            data = ray.data.read_binary_files(todo + remote, include_paths=True)
        else:
            parts = min(len(todo), max(workers, -(-len(todo) // batch)))
            data = ray.data.from_items([{"path": path} for path in todo], override_num_blocks=parts)
        scanned = data.map_batches(
            _measure,  # type: ignore[arg-type]
            # In a list, so that the reference travels and not what it stands for.
            fn_args=(settings, [ray.put(done.by_content)]),
            batch_size=batch,
            batch_format="pyarrow",
            **_TASK,
        )
        scanned.write_parquet(output, mode="append", ray_remote_args=_TASK)  # type: ignore[arg-type]
    return {"found": found, "before": found - len(todo), "written": done.since(output)}


def main() -> None:
    """The command."""
    import ray

    options = rows.arguments("ray").parse_args()
    settings = rows.settings_of(options)
    # A cluster that is named in RAY_ADDRESS has its own size.
    ray.init(num_cpus=None if os.environ.get("RAY_ADDRESS") else options.workers)
    try:
        print(scan(options.inputs, options.output, settings, options.workers, options.batch, options.fetch))
    finally:
        ray.shutdown()


if __name__ == "__main__":
    main()
