-- What was sent around a week of the texts that its schedules use.
WITH planned AS (
  SELECT DISTINCT
    schedules.page_name,
    messages.caption_key
  FROM {{ ref("schedule_messages") }} AS messages
  JOIN {{ ref("schedule_recommendations") }} AS schedules
    ON schedules.schedule_id = messages.schedule_id
  WHERE schedules.week_start = @week_start
)
SELECT
  sent.message_id,
  sent.page_name,
  sent.caption_key,
  sent.sending_time
FROM {{ ref("mass_messages") }} AS sent
JOIN planned
  ON planned.page_name = sent.page_name
  AND planned.caption_key = sent.caption_key
WHERE
  sent.sending_time >= TIMESTAMP(DATE_SUB(@week_start, INTERVAL {{ c.cooldown_days }} DAY), {{ c.time.zone | literal }})
  AND sent.sending_time < TIMESTAMP(DATE_ADD(@week_start, INTERVAL {{ 7 + c.cooldown_days }} DAY), {{ c.time.zone | literal }})
ORDER BY sent.message_id
