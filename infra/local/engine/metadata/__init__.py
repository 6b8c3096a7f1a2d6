"""INFORMATION_SCHEMA: what its views are called, which columns they have, and the rows that the catalog fills."""
