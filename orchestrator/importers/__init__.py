"""The strict way in: files to checked rows to tables."""
