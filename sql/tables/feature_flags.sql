CREATE TABLE IF NOT EXISTS {{ ref("feature_flags") }} (
  flag STRING NOT NULL OPTIONS (description = 'Name of the switch'),
  is_enabled BOOL NOT NULL OPTIONS (description = 'Its position; a redeploy never writes it'),
  updated_at TIMESTAMP NOT NULL OPTIONS (description = 'When it was last thrown'),
  updated_by STRING OPTIONS (description = 'Who threw it')
)
PARTITION BY DATE(updated_at)
CLUSTER BY flag
OPTIONS (description = 'Kill switches, kept through redeploys');
