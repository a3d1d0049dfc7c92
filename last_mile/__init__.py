"""Outcome-linked evaluation of LLM products: a Dagster data platform over DuckDB."""
