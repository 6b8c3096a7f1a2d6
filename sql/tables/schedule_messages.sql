CREATE TABLE IF NOT EXISTS {{ ref("schedule_messages") }} (
  schedule_id STRING NOT NULL OPTIONS (description = 'The schedule'),
  position INT64 NOT NULL OPTIONS (description = 'Order in the week, from 1'),
  scheduled_send_time TIMESTAMP NOT NULL OPTIONS (description = 'Instant the message is due'),
  message_type STRING NOT NULL OPTIONS (description = 'PPV or Bump'),
  caption_id INT64 NOT NULL OPTIONS (description = 'The caption'),
  caption_key STRING NOT NULL OPTIONS (description = 'Identity of its text'),
  price_tier STRING NOT NULL OPTIONS (description = 'Tier whose price band holds'),
  price NUMERIC NOT NULL OPTIONS (description = 'Dollars to unlock; 0 for a bump'),
  expected_emv FLOAT64 OPTIONS (description = 'Dollars the message is expected to earn'),
  final_score FLOAT64 OPTIONS (description = 'Score the caption was picked by'),
  propensity FLOAT64 OPTIONS (description = 'Chance of this pick over many seeds; NULL when not measured'),
  pinned BOOL NOT NULL OPTIONS (description = 'Set by a person; a replan keeps it'),
  reason JSON OPTIONS (description = 'Why this caption at this time')
)
CLUSTER BY schedule_id
OPTIONS (description = 'The messages of every schedule');
