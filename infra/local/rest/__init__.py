"""BigQuery's REST API, version 2, as far as the real client uses it."""
