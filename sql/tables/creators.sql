CREATE TABLE IF NOT EXISTS {{ ref("creators") }} (
  page_name STRING NOT NULL OPTIONS (description = 'One creator account, lower case'),
  display_name STRING OPTIONS (description = 'Name shown to people'),
  is_active BOOL NOT NULL OPTIONS (description = 'Only active pages are planned'),
  audience INT64 OPTIONS (description = 'Fans reachable by a mass message, as last imported'),
  settings JSON OPTIONS (description = 'Per-page settings; none is required'),
  updated_at TIMESTAMP OPTIONS (description = 'When the import last changed the row')
)
CLUSTER BY page_name
OPTIONS (description = 'Every creator page the agency runs');
