CREATE TABLE IF NOT EXISTS {{ ref("active_caption_assignments") }} (
  assignment_key STRING NOT NULL OPTIONS (description = 'SHA-256 of schedule_id, caption_id, date and hour joined by |'),
  page_name STRING NOT NULL OPTIONS (description = 'The page'),
  caption_id INT64 NOT NULL OPTIONS (description = 'The caption held'),
  caption_key STRING NOT NULL OPTIONS (description = 'Identity of its text, which the cooldown goes by'),
  schedule_id STRING NOT NULL OPTIONS (description = 'The schedule that holds it'),
  scheduled_send_time TIMESTAMP NOT NULL OPTIONS (description = 'Instant the message is due'),
  scheduled_send_date DATE NOT NULL OPTIONS (description = 'Local date it is due'),
  scheduled_send_hour INT64 NOT NULL OPTIONS (description = 'Local hour it is due'),
  message_type STRING NOT NULL OPTIONS (description = 'PPV or Bump'),
  price_tier STRING NOT NULL OPTIONS (description = 'Tier of the caption in the draft'),
  is_active BOOL NOT NULL OPTIONS (description = 'FALSE once released or past; the cooldown does not depend on it'),
  fence INT64 NOT NULL OPTIONS (description = 'Value of the guard row when the lock was taken'),
  request_id STRING NOT NULL OPTIONS (description = 'Identity of the lock request'),
  assigned_at TIMESTAMP NOT NULL OPTIONS (description = 'When the lock was taken'),
  deactivated_at TIMESTAMP OPTIONS (description = 'When it was released'),
  deactivation_reason STRING OPTIONS (description = 'cancelled, rejected, superseded or past')
)
PARTITION BY scheduled_send_date
CLUSTER BY page_name, caption_key
OPTIONS (description = 'Captions held by locked schedules');
