CREATE TABLE IF NOT EXISTS {{ ref("creator_caption_restrictions") }} (
  page_name STRING NOT NULL OPTIONS (description = 'The page'),
  restriction_text STRING OPTIONS (description = 'What the creator asked for, in words'),
  hard_patterns ARRAY<STRING> OPTIONS (description = 'RE2 patterns; a caption that matches one is never sent'),
  soft_patterns ARRAY<STRING> OPTIONS (description = 'RE2 patterns to be avoided'),
  restricted_categories ARRAY<STRING> OPTIONS (description = 'Content categories never sent'),
  restricted_price_tiers ARRAY<STRING> OPTIONS (description = 'Price tiers never sent'),
  applies_to_scope STRING OPTIONS (description = 'PPV_ONLY, BUMP_ONLY or ALL; anything else counts as ALL'),
  min_ppv_pool INT64 OPTIONS (description = 'Smallest pool of PPV captions that is acceptable'),
  min_bump_pool INT64 OPTIONS (description = 'Smallest pool of bump captions that is acceptable'),
  is_active BOOL NOT NULL OPTIONS (description = 'Whether it holds'),
  updated_at TIMESTAMP NOT NULL OPTIONS (description = 'When it was written'),
  updated_by STRING OPTIONS (description = 'Who wrote it'),
  version INT64 NOT NULL OPTIONS (description = 'Grows with every change; the highest that is active holds')
)
PARTITION BY DATE(updated_at)
CLUSTER BY page_name, is_active
OPTIONS (description = 'What a creator does not want to be sent in her name');
