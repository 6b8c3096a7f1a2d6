CREATE TABLE IF NOT EXISTS {{ ref("caption_bank") }} (
  caption_id INT64 NOT NULL OPTIONS (description = 'Identity of the caption; may be negative'),
  caption_text STRING NOT NULL OPTIONS (description = 'The text'),
  caption_key STRING NOT NULL OPTIONS (description = 'Identity of the text; captions that share it are the same to a fan'),
  content_category STRING OPTIONS (description = 'What the content shows'),
  price_tier STRING NOT NULL OPTIONS (description = 'budget, mid, premium, luxury or bump'),
  has_urgency BOOL NOT NULL OPTIONS (description = 'Whether the text presses for time'),
  psychological_trigger STRING OPTIONS (description = 'The appeal the text makes'),
  is_active BOOL NOT NULL OPTIONS (description = 'Only active captions are offered'),
  created_at TIMESTAMP OPTIONS (description = 'When the caption entered the library')
)
CLUSTER BY price_tier, caption_id
OPTIONS (description = 'The caption library shared by all pages');
