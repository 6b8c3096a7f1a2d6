{% import "macros/status.jinja" as status with context %}
-- What is already fixed around a planned week, for every active page asked for (none named: all).
WITH pages AS (
  SELECT page_name
  FROM {{ ref("creators") }}
  WHERE is_active
    AND (COALESCE(ARRAY_LENGTH(@page_names), 0) = 0 OR page_name IN UNNEST(@page_names))
),
live AS (
  SELECT
    schedules.page_name,
    messages.scheduled_send_time AS send_time
  FROM {{ ref("schedule_messages") }} AS messages
  JOIN {{ ref("schedule_recommendations") }} AS schedules
    ON schedules.schedule_id = messages.schedule_id
  WHERE
    schedules.status IN ({{ status.HELD | literal }})
    AND messages.scheduled_send_time >= TIMESTAMP_SUB(@week_start, INTERVAL @margin_minutes MINUTE)
    AND messages.scheduled_send_time < TIMESTAMP_ADD(@week_end, INTERVAL @margin_minutes MINUTE)
    AND NOT (messages.scheduled_send_time >= @week_start AND messages.scheduled_send_time < @week_end)
),
history AS (
  SELECT
    page_name,
    sending_time AS send_time
  FROM {{ ref("mass_messages") }}
  WHERE
    sending_time >= TIMESTAMP_SUB(@week_start, INTERVAL @margin_minutes MINUTE)
    AND sending_time < @week_end
),
occupied AS (
  SELECT
    page_name,
    ARRAY_AGG(DISTINCT send_time ORDER BY send_time) AS send_times
  FROM (
    SELECT page_name, send_time FROM live
    UNION ALL
    SELECT page_name, send_time FROM history
  )
  GROUP BY page_name
),
latest AS (
  SELECT
    page_name,
    MAX(sending_time) AS last_sent_at
  FROM {{ ref("mass_messages") }}
  WHERE
    sending_time >= TIMESTAMP_SUB(@week_start, INTERVAL @lookback_days DAY)
    AND sending_time < @week_end
  GROUP BY page_name
)
SELECT
  pages.page_name,
  latest.last_sent_at,
  IFNULL(occupied.send_times, []) AS occupied
FROM pages
LEFT JOIN latest ON latest.page_name = pages.page_name
LEFT JOIN occupied ON occupied.page_name = pages.page_name
ORDER BY pages.page_name
