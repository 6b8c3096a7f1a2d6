CREATE TABLE IF NOT EXISTS {{ ref("schedule_export_log") }} (
  export_id STRING NOT NULL OPTIONS (description = 'SHA-256 of the schedule, the format, the content and the outcome'),
  schedule_id STRING NOT NULL OPTIONS (description = 'The schedule'),
  export_format STRING NOT NULL OPTIONS (description = 'csv, xlsx, sheets or json'),
  target STRING OPTIONS (description = 'Where it was written'),
  message_count INT64 OPTIONS (description = 'Messages written'),
  content_hash STRING OPTIONS (description = 'SHA-256 of the content'),
  status STRING NOT NULL OPTIONS (description = 'success or failed'),
  error_message STRING OPTIONS (description = 'Why it failed'),
  duration_seconds FLOAT64 OPTIONS (description = 'How long it took'),
  exported_at TIMESTAMP NOT NULL OPTIONS (description = 'When'),
  exported_by STRING NOT NULL OPTIONS (description = 'Who or what did it')
)
PARTITION BY DATE(exported_at)
CLUSTER BY schedule_id
OPTIONS (description = 'Every export of a schedule');
