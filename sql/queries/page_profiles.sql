-- Every active page asked for (none named: all), as the planner needs to know it.
WITH ppv AS (
  SELECT page_name, COUNT(*) AS messages, SAFE_DIVIDE(SUM(earnings), SUM(sent_count)) AS earnings_per_recipient
  FROM {{ ref("mass_messages") }}
  WHERE sending_time >= TIMESTAMP_SUB(@as_of, INTERVAL @lookback_days DAY)
    AND sending_time < @as_of
    AND message_type = 'PPV'
  GROUP BY page_name
)
SELECT
  creators.page_name,
  COALESCE(sizes.size_tier, {{ c.no_history_account_size | literal }}) AS account_size,
  saturation.saturation_score,
  COALESCE(saturation.saturation_status, 'GREEN') AS saturation_status,
  COALESCE(saturation.volume_adjustment_factor, {{ c.zones.GREEN.ppv_multiplier }}) AS volume_adjustment_factor,
  saturation.confidence_score,
  saturation.exclusion_reason,
  COALESCE(saturation.recommended_action, 'Start small and learn') AS recommended_action,
  CASE
    WHEN COALESCE(ppv.messages, 0) < {{ c.segment_rules.exploratory_below_messages }} THEN 'EXPLORATORY'
    WHEN ppv.earnings_per_recipient < {{ c.segment_rules.budget_below }} THEN 'BUDGET'
    WHEN ppv.earnings_per_recipient < {{ c.segment_rules.standard_below }} THEN 'STANDARD'
    WHEN ppv.earnings_per_recipient < {{ c.segment_rules.premium_below }} THEN 'PREMIUM'
    ELSE 'LUXURY'
  END AS behavioral_segment,
  sizes.avg_audience,
  sizes.total_revenue_period,
  sizes.data_status
FROM {{ ref("creators") }} AS creators
JOIN {{ ref("classify_account_size") }}('*', @lookback_days, @as_of) AS sizes
  ON sizes.page_name = creators.page_name
JOIN {{ ref("analyze_saturation_status") }}('*', @lookback_days, @as_of) AS saturation
  ON saturation.page_name = creators.page_name
LEFT JOIN ppv ON ppv.page_name = creators.page_name
WHERE creators.is_active
  AND (COALESCE(ARRAY_LENGTH(@page_names), 0) = 0 OR creators.page_name IN UNNEST(@page_names))
ORDER BY creators.page_name;
