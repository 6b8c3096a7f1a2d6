"""A release on its way: synthesised, adopted, planned, gated, backed up, applied, checked and recorded."""
