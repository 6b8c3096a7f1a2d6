{% import "macros/profiles.jinja" as profiles with context %}
-- One page as the planner sees it, with the numbers that its size, zone and segment come from.
WITH known AS (
  {{ profiles.profiles("@page_name", "@lookback_days", "@as_of") | indent(2) }}
)
SELECT
  page_name,
  is_active,
  account_size,
  avg_audience,
  total_revenue_period,
  data_status,
  saturation_score,
  saturation_status,
  unlock_rate_deviation,
  emv_deviation,
  consecutive_underperform_days,
  confidence_score,
  exclusion_reason,
  recommended_action,
  sending_days,
  usable_days,
  holiday_days,
  platform_days,
  baseline_days,
  unlock_rate_error,
  emv_error,
  unlock_rate_beyond_chance,
  emv_beyond_chance,
  unlock_rate_points,
  emv_points,
  run_points,
  saturation_data_status,
  behavioral_segment,
  ppv_messages,
  ppv_earnings_per_recipient
FROM known
