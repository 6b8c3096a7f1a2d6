-- Every export of a week's schedules.
SELECT
  exports.schedule_id,
  exports.export_format,
  exports.target,
  exports.message_count,
  exports.content_hash,
  exports.status,
  exports.exported_at
FROM {{ ref("schedule_export_log") }} AS exports
JOIN {{ ref("schedule_recommendations") }} AS schedules
  ON schedules.schedule_id = exports.schedule_id
WHERE schedules.week_start BETWEEN @week_start AND DATE_ADD(@week_start, INTERVAL 6 DAY)
ORDER BY exports.schedule_id, exports.exported_at, exports.export_id
