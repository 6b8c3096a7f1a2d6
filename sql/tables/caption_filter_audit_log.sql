CREATE TABLE IF NOT EXISTS {{ ref("caption_filter_audit_log") }} (
  workflow_id STRING OPTIONS (description = 'The run'),
  schedule_id STRING OPTIONS (description = 'The schedule'),
  page_name STRING OPTIONS (description = 'The page'),
  caption_id STRING OPTIONS (description = 'The caption that was filtered'),
  caption_text STRING OPTIONS (description = 'Its text'),
  content_category STRING OPTIONS (description = 'Its category'),
  price_tier STRING OPTIONS (description = 'Its tier'),
  rule_type STRING OPTIONS (description = 'PATTERN_HARD, PATTERN_SOFT, CATEGORY or PRICE_TIER'),
  rule_value STRING OPTIONS (description = 'The rule that applied'),
  enforcement STRING OPTIONS (description = 'HARD or SOFT'),
  stage STRING OPTIONS (description = 'Where in the selection'),
  filtered_at TIMESTAMP NOT NULL OPTIONS (description = 'When'),
  total_pool_before_filter INT64 OPTIONS (description = 'Captions before the filter'),
  total_pool_after_filter INT64 OPTIONS (description = 'Captions after the filter')
)
PARTITION BY DATE(filtered_at)
CLUSTER BY page_name, workflow_id
OPTIONS (description = 'A sample of what restrictions filtered out');
