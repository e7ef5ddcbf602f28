"""A catalogue on Spark: a listing goes in, ``mapInPandas`` measures it, Parquet comes out.

``spark-submit --master … -m mixproof.jobs.spark_scan`` or ``python -m mixproof.jobs.spark_scan songs/ --output rows/``; with
``s3a://bucket/songs/`` Spark reads the files. Run it again to go on where it ended. Spark shows rows of a job only once the whole
job is done, so a catalogue is done in slices.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Iterator, List, Optional

from . import rows

#: Files of one job: what is lost at most when the driver dies.
SLICE = 10_000


def _measure(settings: rows.Settings, known: Any) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What a Spark worker does with its part: frames of files go in, frames of rows come out, as text."""

    def measure(frames: Iterator[Any]) -> Iterator[Any]:
        import pandas

        with rows.Worker(settings, known.value) as worker:
            for frame in frames:
                found = [json.dumps(row) for row in worker.rows(frame.to_dict("records"))]
                yield pandas.DataFrame({"row": found}, dtype="object")

    return measure


def scan(
    spark: Any,
    inputs: List[str],
    output: str,
    settings: Optional[rows.Settings] = None,
    workers: int = 2,
    batch: int = 64,
    fetch: bool = False,
) -> Dict[str, int]:
    """Measures what has no row yet; how many files were found, done before, and written now."""
    from pyspark.sql import functions
    from pyspark.sql.pandas.types import from_arrow_schema

    settings = settings or rows.Settings()
    done = rows.Done(output, settings)
    known = spark.sparkContext.broadcast(done.by_content)
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(batch))
    shape = from_arrow_schema(rows.arrow_schema())
    measure = _measure(settings, known)

    def write(files: Any) -> None:
        text = files.mapInPandas(measure, "row string")
        measured = text.select(functions.from_json("row", shape).alias("row")).select("row.*")
        measured.write.mode("append").parquet(output)

    found, todo, remote = rows.parted(inputs, done)
    for start in range(0, len(todo), SLICE):
        part = todo[start : start + SLICE]
        listed = _fetched(spark, part) if fetch else spark.createDataFrame([(path,) for path in part], "path string")
        write(listed.repartition(min(len(part), max(workers, -(-len(part) // batch)))))
    if remote:
        write(_fetched(spark, remote))
    return {"found": found, "before": found - len(todo), "written": done.since(output)}


def _fetched(spark: Any, paths: List[str]) -> Any:
    """Files that Spark reads: their names and their bytes."""
    reader = spark.read.format("binaryFile").option("recursiveFileLookup", "true")
    return reader.load(paths).select("path", "content")


def main() -> None:
    """The command."""
    from pyspark.sql import SparkSession

    options = rows.arguments("spark").parse_args()
    settings = rows.settings_of(options)
    spark = SparkSession.builder.appName("mixproof scan").getOrCreate()
    try:
        print(scan(spark, options.inputs, options.output, settings, options.workers, options.batch, options.fetch))
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
