-- Every version of each page's week, oldest first; no page named means every page.
SELECT
  schedule_id,
  page_name,
  week_start,
  version,
  status,
  account_size,
  saturation_status,
  saturation_score,
  behavioral_segment,
  ppv_target,
  bump_target,
  ppv_count,
  bump_count,
  expected_emv,
  seed,
  policy_version,
  mode,
  request_id,
  fence,
  created_at,
  locked_at
FROM {{ ref("schedule_recommendations") }}
WHERE week_start = @week_start
  AND (COALESCE(ARRAY_LENGTH(@page_names), 0) = 0 OR page_name IN UNNEST(@page_names))
ORDER BY page_name, version;
