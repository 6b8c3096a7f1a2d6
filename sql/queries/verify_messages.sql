-- The messages of a week's schedules and of its neighbours', beside what the bank says of their captions.
SELECT
  messages.schedule_id,
  messages.position,
  messages.scheduled_send_time,
  messages.message_type,
  messages.caption_id,
  messages.caption_key,
  messages.price_tier,
  messages.price,
  messages.expected_emv,
  messages.final_score,
  messages.propensity,
  messages.reason,
  bank.caption_id IS NOT NULL AS in_bank,
  bank.caption_text AS bank_text,
  bank.caption_key AS bank_key,
  bank.content_category AS bank_category,
  bank.price_tier AS bank_tier,
  bank.has_urgency AS bank_urgency,
  bank.is_active AS bank_active
FROM {{ ref("schedule_messages") }} AS messages
JOIN {{ ref("schedule_recommendations") }} AS schedules
  ON schedules.schedule_id = messages.schedule_id
LEFT JOIN {{ ref("caption_bank") }} AS bank
  ON bank.caption_id = messages.caption_id
WHERE
  schedules.week_start BETWEEN DATE_SUB(@week_start, INTERVAL 7 DAY) AND DATE_ADD(@week_start, INTERVAL 13 DAY)
ORDER BY messages.schedule_id, messages.position
