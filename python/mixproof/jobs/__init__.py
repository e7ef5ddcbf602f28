"""Ready-made jobs on engines that exist: a catalogue of audio becomes rows in Parquet.

``python -m mixproof.jobs.ray_scan`` and ``python -m mixproof.jobs.spark_scan`` write what ``mixproof scan`` writes, one row per
file. Rows are all that crosses the border: every file is measured in a child process of its worker, so that neither a broken file
nor one that kills who reads it can fail a task.
"""
