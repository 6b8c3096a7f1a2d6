CREATE TABLE IF NOT EXISTS {{ ref("schedule_events") }} (
  event_id STRING NOT NULL OPTIONS (description = 'SHA-256 of what happened to which schedule, and when'),
  schedule_id STRING NOT NULL OPTIONS (description = 'The schedule'),
  action STRING NOT NULL OPTIONS (description = 'What was done'),
  actor STRING NOT NULL OPTIONS (description = 'Who or what did it'),
  `at` TIMESTAMP NOT NULL OPTIONS (description = 'When'),
  before STRING OPTIONS (description = 'Status before; NULL when there was none'),
  after STRING OPTIONS (description = 'Status after'),
  note STRING OPTIONS (description = 'Reason given')
)
PARTITION BY DATE(`at`)
CLUSTER BY schedule_id
OPTIONS (description = 'The audit trail of schedules');
