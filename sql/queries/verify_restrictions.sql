-- What each page forbids: all versions, the newest last.
SELECT
  page_name,
  version,
  is_active,
  hard_patterns,
  restricted_categories,
  restricted_price_tiers,
  applies_to_scope
FROM {{ ref("creator_caption_restrictions") }}
ORDER BY page_name, version
