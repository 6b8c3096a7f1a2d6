CREATE TABLE IF NOT EXISTS {{ ref("schedule_events") }} (
  event_id STRING NOT NULL OPTIONS (description = 'SHA-256 of what happened to which schedule, and when'),
  schedule_id STRING NOT NULL OPTIONS (description = 'The schedule'),
  action STRING NOT NULL OPTIONS (description = 'What was done'),
  actor STRING NOT NULL OPTIONS (description = 'Who or what did it'),
  `at` TIMESTAMP NOT NULL OPTIONS (description = 'When'),
  before JSON OPTIONS (description = 'State before'),
  after JSON OPTIONS (description = 'State after')
)
PARTITION BY DATE(`at`)
CLUSTER BY schedule_id
OPTIONS (description = 'The audit trail of schedules');
