"""The local cloud: BigQuery's REST surface on loopback, so that one client code path is tested and shipped."""
