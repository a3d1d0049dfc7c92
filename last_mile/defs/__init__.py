"""What Dagster sees: partitions, assets, checks, jobs. A body reads, decides, writes, reports."""
