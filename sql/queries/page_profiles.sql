{% import "macros/profiles.jinja" as profiles with context %}
-- Every active page asked for (none named: all), as the planner needs to know it.
WITH known AS (
  {{ profiles.profiles("'*'", "@lookback_days", "@as_of") | indent(2) }}
)
SELECT
  page_name,
  account_size,
  saturation_score,
  saturation_status,
  volume_adjustment_factor,
  confidence_score,
  exclusion_reason,
  recommended_action,
  behavioral_segment,
  avg_audience,
  total_revenue_period,
  data_status
FROM known
WHERE is_active
  AND (COALESCE(ARRAY_LENGTH(@page_names), 0) = 0 OR page_name IN UNNEST(@page_names))
ORDER BY page_name;
