-- Every assignment that a week's schedules hold, and every other that could be too close to the week.
SELECT
  assignments.assignment_key,
  assignments.schedule_id,
  assignments.page_name,
  assignments.caption_id,
  assignments.caption_key,
  assignments.scheduled_send_time,
  assignments.scheduled_send_date,
  assignments.scheduled_send_hour,
  assignments.message_type,
  assignments.price_tier,
  assignments.is_active,
  assignments.fence,
  assignments.request_id,
  assignments.deactivated_at,
  assignments.deactivation_reason
FROM {{ ref("active_caption_assignments") }} AS assignments
LEFT JOIN {{ ref("schedule_recommendations") }} AS schedules
  ON schedules.schedule_id = assignments.schedule_id
WHERE
  schedules.week_start BETWEEN @week_start AND DATE_ADD(@week_start, INTERVAL 6 DAY)
  OR assignments.scheduled_send_date BETWEEN DATE_SUB(@week_start, INTERVAL {{ c.cooldown_days }} DAY)
  AND DATE_ADD(@week_start, INTERVAL {{ 6 + c.cooldown_days }} DAY)
ORDER BY assignments.schedule_id, assignments.scheduled_send_time, assignments.assignment_key
