CREATE TABLE IF NOT EXISTS {{ ref("health_checks") }} (
  checked_at TIMESTAMP NOT NULL OPTIONS (description = 'When'),
  score FLOAT64 NOT NULL OPTIONS (description = '0 to 100'),
  components JSON OPTIONS (description = 'Every part of the score'),
  hard_gates_tripped ARRAY<STRING> OPTIONS (description = 'Gates that hold the score at 0'),
  release_id STRING OPTIONS (description = 'Release that was checked'),
  formula_version STRING NOT NULL OPTIONS (description = 'Version of the formula')
)
PARTITION BY DATE(checked_at)
OPTIONS (description = 'Health of the system over time');
