CREATE TABLE IF NOT EXISTS {{ ref("creator_content_inventory") }} (
  page_name STRING NOT NULL OPTIONS (description = 'The page'),
  inventory_date DATE NOT NULL OPTIONS (description = 'When it was counted'),
  available_categories ARRAY<STRING> OPTIONS (description = 'Categories the creator has content for'),
  total_content_pieces INT64 OPTIONS (description = 'Pieces of content'),
  inventory_quality_score FLOAT64 OPTIONS (description = '0 to 1'),
  vault_audit_date DATE OPTIONS (description = 'When the vault was last audited')
)
CLUSTER BY page_name
OPTIONS (description = 'What content each creator owns');
