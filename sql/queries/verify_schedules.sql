-- The schedules of a week and of its two neighbours, in every status, with the guard row of their page.
SELECT
  schedules.schedule_id,
  schedules.page_name,
  schedules.week_start,
  schedules.version,
  schedules.status,
  schedules.account_size,
  schedules.saturation_status,
  schedules.saturation_score,
  schedules.behavioral_segment,
  schedules.mode,
  schedules.ppv_target,
  schedules.bump_target,
  schedules.ppv_count,
  schedules.bump_count,
  schedules.seed,
  schedules.shortages,
  schedules.request_id,
  schedules.fence,
  schedules.created_at,
  guard.fence AS guard_fence
FROM {{ ref("schedule_recommendations") }} AS schedules
LEFT JOIN {{ ref("creator_lock") }} AS guard
  ON guard.page_name = schedules.page_name
WHERE
  schedules.week_start BETWEEN DATE_SUB(@week_start, INTERVAL 7 DAY) AND DATE_ADD(@week_start, INTERVAL 13 DAY)
ORDER BY schedules.schedule_id
