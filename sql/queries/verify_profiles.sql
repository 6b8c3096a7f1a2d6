-- What each page allows: all rows, the newest last.
SELECT
  page_name,
  is_active AND feature_enabled AS holds,
  ppv_allowed_categories,
  ppv_allowed_price_tiers,
  bump_allowed_categories,
  bump_allowed_price_tiers
FROM {{ ref("creator_allowed_profile") }}
ORDER BY page_name, updated_at
