-- The audit trail of a week's schedules.
SELECT
  events.schedule_id,
  events.action,
  events.`at` AS happened_at,
  events.before,
  events.after
FROM {{ ref("schedule_events") }} AS events
JOIN {{ ref("schedule_recommendations") }} AS schedules
  ON schedules.schedule_id = events.schedule_id
WHERE schedules.week_start BETWEEN @week_start AND DATE_ADD(@week_start, INTERVAL 6 DAY)
ORDER BY events.schedule_id, happened_at, events.action
