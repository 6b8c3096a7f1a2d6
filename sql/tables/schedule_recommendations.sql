CREATE TABLE IF NOT EXISTS {{ ref("schedule_recommendations") }} (
  schedule_id STRING NOT NULL OPTIONS (description = 'sched_<Monday as YYYYMMDD>_<page>_v<version>'),
  page_name STRING NOT NULL OPTIONS (description = 'The page'),
  week_start DATE NOT NULL OPTIONS (description = 'Monday of the week planned, local date'),
  version INT64 NOT NULL OPTIONS (description = '1 for the first plan of the week, one more with each replan'),
  status STRING NOT NULL OPTIONS (description = 'draft, locked, approved, exported, sent, settled, rejected, cancelled, failed or superseded'),
  account_size STRING OPTIONS (description = 'Size of the page when planned'),
  saturation_status STRING OPTIONS (description = 'GREEN, YELLOW or RED when planned'),
  saturation_score FLOAT64 OPTIONS (description = '0 to 1 when planned'),
  behavioral_segment STRING OPTIONS (description = 'Segment that set the tier mix'),
  ppv_target INT64 OPTIONS (description = 'PPV messages wanted'),
  bump_target INT64 OPTIONS (description = 'Bump messages wanted'),
  ppv_count INT64 OPTIONS (description = 'PPV messages planned'),
  bump_count INT64 OPTIONS (description = 'Bump messages planned'),
  expected_emv FLOAT64 OPTIONS (description = 'Dollars the week is expected to earn'),
  seed STRING OPTIONS (description = 'Seed of every draw in the week'),
  policy_version STRING OPTIONS (description = 'Version of the decision rules'),
  mode STRING OPTIONS (description = 'optimize, safe or conservative'),
  shortages JSON OPTIONS (description = 'What could not be filled, and why'),
  request_id STRING OPTIONS (description = 'Lock request that locked it'),
  fence INT64 OPTIONS (description = 'Value of the guard row when it was locked'),
  created_at TIMESTAMP NOT NULL OPTIONS (description = 'When the draft was first written'),
  locked_at TIMESTAMP OPTIONS (description = 'When it was locked')
)
CLUSTER BY page_name, week_start
OPTIONS (description = 'One row per schedule: a week of a page');
