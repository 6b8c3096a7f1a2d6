CREATE TABLE IF NOT EXISTS {{ ref("creator_allowed_profile") }} (
  page_name STRING NOT NULL OPTIONS (description = 'The page'),
  ppv_allowed_categories ARRAY<STRING> OPTIONS (description = 'Categories allowed for PPV; empty allows all'),
  ppv_allowed_price_tiers ARRAY<STRING> OPTIONS (description = 'Price tiers allowed for PPV; empty allows all'),
  bump_allowed_categories ARRAY<STRING> OPTIONS (description = 'Categories allowed for bumps; empty allows all'),
  bump_allowed_price_tiers ARRAY<STRING> OPTIONS (description = 'Price tiers allowed for bumps; empty allows all'),
  is_active BOOL NOT NULL OPTIONS (description = 'Whether it holds'),
  feature_enabled BOOL NOT NULL OPTIONS (description = 'Whether the page takes part'),
  created_at TIMESTAMP NOT NULL OPTIONS (description = 'When it was first written'),
  updated_at TIMESTAMP NOT NULL OPTIONS (description = 'When it was last written'),
  updated_by STRING OPTIONS (description = 'Who wrote it'),
  notes STRING OPTIONS (description = 'Remarks')
)
PARTITION BY DATE(updated_at)
CLUSTER BY page_name, is_active
OPTIONS (description = 'What a creator allows to be sent in her name');
