{% import "macros/time.jinja" as time with context %}
CREATE OR REPLACE VIEW {{ ref("schedule_recommendations_with_messages") }}
OPTIONS (description = 'One row per message of every schedule, with its text and its local time')
AS
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
  schedules.seed,
  schedules.policy_version,
  schedules.created_at,
  messages.position,
  messages.scheduled_send_time,
  {{ time.local_text("messages.scheduled_send_time") }} AS scheduled_send_time_local,
  {{ time.local_day("messages.scheduled_send_time") }} AS scheduled_send_date,
  FORMAT_TIMESTAMP('%A', messages.scheduled_send_time, {{ c.time.zone | literal }}) AS day_of_week,
  messages.message_type,
  messages.caption_id,
  messages.caption_key,
  captions.caption_text,
  COALESCE(captions.caption_key = messages.caption_key, FALSE) AS is_text_current,
  messages.price_tier,
  messages.price,
  captions.content_category,
  captions.has_urgency,
  messages.expected_emv,
  messages.final_score,
  messages.propensity,
  messages.pinned,
  messages.reason
FROM {{ ref("schedule_recommendations") }} AS schedules
JOIN {{ ref("schedule_messages") }} AS messages ON messages.schedule_id = schedules.schedule_id
LEFT JOIN {{ ref("caption_bank") }} AS captions ON captions.caption_id = messages.caption_id;
