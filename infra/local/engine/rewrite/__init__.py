"""GoogleSQL to DuckDB, for the statements that EROS uses; everything else is refused by name."""
