"""GoogleSQL over DuckDB."""
