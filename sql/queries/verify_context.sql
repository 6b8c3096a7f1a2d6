{% import "macros/cooldown.jinja" as cooldown with context %}
{% import "macros/time.jinja" as time with context %}
-- One row around a week's check: the clock, the restrictions' switch, and the cooldown conflicts by the shared expression.
WITH planned AS (
  SELECT
    schedules.page_name,
    schedules.schedule_id,
    messages.caption_key,
    {{ time.local_day("messages.scheduled_send_time") }} AS send_date
  FROM {{ ref("schedule_messages") }} AS messages
  JOIN {{ ref("schedule_recommendations") }} AS schedules
    ON schedules.schedule_id = messages.schedule_id
  WHERE
    schedules.week_start = @week_start
    AND schedules.status IN ('locked', 'approved', 'exported', 'sent', 'settled')
),
uses AS (
  {{ cooldown.uses_near("@week_start", "DATE_ADD(@week_start, INTERVAL 6 DAY)") | indent(2) }}
),
conflicts AS (
  SELECT COUNT(*) AS conflict_count
  FROM planned
  JOIN uses
    ON uses.page_name = planned.page_name
    AND uses.caption_key = planned.caption_key
  WHERE
    {{ cooldown.too_close("planned.send_date", "uses.used_on") }}
    -- A schedule does not conflict with its own assignments, nor with its own messages once they have gone out.
    AND IF(uses.schedule_id IS NULL, uses.used_on != planned.send_date, uses.schedule_id != planned.schedule_id)
),
switch AS (
  SELECT COALESCE(
    (
      SELECT is_enabled
      FROM {{ ref("feature_flags") }}
      WHERE flag = 'caption_restrictions_enabled'
      ORDER BY updated_at DESC
      LIMIT 1
    ), TRUE) AS is_on
)
SELECT
  CURRENT_TIMESTAMP() AS checked_at,
  switch.is_on AS restrictions_enabled,
  conflicts.conflict_count AS cooldown_conflicts
FROM conflicts
CROSS JOIN switch
