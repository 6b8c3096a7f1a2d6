-- The messages of one schedule with everything that was written down about why they are what they are.
SELECT
  messages.schedule_id,
  messages.page_name,
  messages.week_start,
  messages.status,
  messages.account_size,
  messages.saturation_status,
  messages.behavioral_segment,
  messages.mode,
  messages.seed,
  messages.policy_version,
  schedules.ppv_target,
  schedules.bump_target,
  messages.created_at,
  messages.position,
  messages.scheduled_send_time,
  messages.message_type,
  messages.caption_id,
  messages.caption_key,
  messages.caption_text,
  messages.is_text_current,
  messages.price_tier,
  messages.price,
  messages.content_category,
  messages.has_urgency,
  messages.expected_emv,
  messages.final_score,
  messages.pinned,
  messages.reason
FROM {{ ref("schedule_recommendations_with_messages") }} AS messages
JOIN {{ ref("schedule_recommendations") }} AS schedules ON schedules.schedule_id = messages.schedule_id
WHERE messages.schedule_id = @schedule_id
ORDER BY messages.position
