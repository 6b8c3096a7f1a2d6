CREATE TABLE IF NOT EXISTS {{ ref("job_guard") }} (
  job_name STRING NOT NULL OPTIONS (description = 'The job'),
  period_key STRING NOT NULL OPTIONS (description = 'Last period claimed, empty at first; a claim is an UPDATE to a later one'),
  updated_at TIMESTAMP OPTIONS (description = 'When it was claimed')
)
OPTIONS (description = 'One guard row per job, so that a period runs once');
