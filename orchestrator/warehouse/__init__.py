"""The only door to google.cloud.bigquery."""
