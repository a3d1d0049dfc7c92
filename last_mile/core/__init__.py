"""Pure decisions: values in, values out. No Dagster, clock, environment, files or network."""
