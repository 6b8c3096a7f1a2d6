CREATE TABLE IF NOT EXISTS {{ ref("job_runs") }} (
  job_name STRING NOT NULL OPTIONS (description = 'The job'),
  period_key STRING NOT NULL OPTIONS (description = 'The period it ran for'),
  status STRING NOT NULL OPTIONS (description = 'running, succeeded or failed'),
  rows_written INT64 OPTIONS (description = 'Rows changed, or kept by a recomputation'),
  error_message STRING OPTIONS (description = 'Why the last attempt failed'),
  started_at TIMESTAMP NOT NULL OPTIONS (description = 'Instant the last attempt was due'),
  finished_at TIMESTAMP OPTIONS (description = 'The same instant once it has ended; NULL while it runs or when it was killed'),
  release_id STRING OPTIONS (description = 'Release that ran')
)
PARTITION BY DATE(started_at)
CLUSTER BY job_name
OPTIONS (description = 'History of scheduled jobs: one row per job and period');
