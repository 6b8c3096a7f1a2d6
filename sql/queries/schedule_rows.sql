-- What a sheet shows of its schedule.
SELECT
  schedule_id,
  page_name,
  week_start,
  status,
  saturation_status,
  position,
  scheduled_send_time,
  scheduled_send_time_local,
  day_of_week,
  message_type,
  caption_id,
  caption_text,
  is_text_current,
  price_tier,
  price,
  content_category,
  has_urgency,
  expected_emv,
  final_score
FROM {{ ref("schedule_recommendations_with_messages") }}
WHERE schedule_id IN UNNEST(@schedule_ids)
ORDER BY schedule_id, position;
