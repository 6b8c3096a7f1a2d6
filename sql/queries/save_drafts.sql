-- Writes drafts with their messages, each schedule whole or not at all. A draft of the same id is replaced and keeps its
-- created_at; a schedule that is further along, or whose page has no guard row, is left out and named.
DECLARE written_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
DECLARE problem STRING;

CREATE OR REPLACE TEMP TABLE new_schedules AS
SELECT
  schedule_id, page_name, week_start, account_size, saturation_status, saturation_score, behavioral_segment, ppv_target,
  bump_target, ppv_count, bump_count, expected_emv, seed, policy_version, mode, shortages
FROM UNNEST(@schedules);
CREATE OR REPLACE TEMP TABLE new_messages AS
SELECT
  schedule_id, position, scheduled_send_time, message_type, caption_id, caption_key, price_tier, price, expected_emv,
  final_score, propensity, reason
FROM UNNEST(@messages);

SET problem = (
  SELECT STRING_AGG(COALESCE(schedule_id, 'NULL'), ', ' ORDER BY schedule_id)
  FROM (
    SELECT schedule_id
    FROM new_schedules
    GROUP BY schedule_id
    HAVING COUNT(*) > 1 OR LOGICAL_OR(REGEXP_EXTRACT(schedule_id, r'_v([0-9]+)$') IS NULL)
    UNION ALL
    SELECT messages.schedule_id
    FROM new_messages AS messages
    LEFT JOIN new_schedules AS schedules ON schedules.schedule_id = messages.schedule_id
    WHERE schedules.schedule_id IS NULL
    UNION ALL
    SELECT schedule_id
    FROM new_messages
    GROUP BY schedule_id, position
    HAVING COUNT(*) > 1
  )
);
IF problem IS NOT NULL THEN
  RAISE USING MESSAGE = CONCAT(
    'save_drafts: repeated or malformed schedule id, message without its schedule, or repeated position in ', problem);
END IF;

BEGIN TRANSACTION;
UPDATE {{ ref("creator_lock") }}
SET updated_at = written_at
WHERE page_name IN (SELECT page_name FROM new_schedules);

CREATE OR REPLACE TEMP TABLE draft_problems AS
SELECT
  schedule_id,
  CASE
    WHEN guard_rows = 0 THEN CONCAT(page_name, ' has no guard row: run queries/ensure_guard_rows.sql')
    WHEN guard_rows > 1 THEN CONCAT(page_name, ' has more than one guard row')
    ELSE CONCAT(schedule_id, ' is ', status, ': only drafts can be replaced')
  END AS detail
FROM (
  SELECT new_schedules.schedule_id, new_schedules.page_name, MIN(schedules.status) AS status, COUNT(guard.page_name) AS guard_rows
  FROM new_schedules
  LEFT JOIN {{ ref("schedule_recommendations") }} AS schedules ON schedules.schedule_id = new_schedules.schedule_id
  LEFT JOIN {{ ref("creator_lock") }} AS guard ON guard.page_name = new_schedules.page_name
  GROUP BY new_schedules.schedule_id, new_schedules.page_name
)
WHERE guard_rows != 1 OR COALESCE(status, 'draft') != 'draft';
CREATE OR REPLACE TEMP TABLE good_schedules AS
SELECT
  new_schedules.schedule_id, new_schedules.page_name, week_start, account_size, saturation_status, saturation_score,
  behavioral_segment, ppv_target, bump_target, ppv_count, bump_count, expected_emv, seed, policy_version, mode, shortages
FROM new_schedules
LEFT JOIN draft_problems ON draft_problems.schedule_id = new_schedules.schedule_id
WHERE draft_problems.schedule_id IS NULL;

CREATE OR REPLACE TEMP TABLE first_written AS
SELECT schedules.schedule_id, schedules.created_at
FROM {{ ref("schedule_recommendations") }} AS schedules
JOIN good_schedules ON good_schedules.schedule_id = schedules.schedule_id;
DELETE FROM {{ ref("schedule_messages") }}
WHERE schedule_id IN (SELECT schedule_id FROM good_schedules);
DELETE FROM {{ ref("schedule_recommendations") }}
WHERE schedule_id IN (SELECT schedule_id FROM good_schedules);

INSERT INTO {{ ref("schedule_recommendations") }} (
  schedule_id, page_name, week_start, version, status, account_size, saturation_status, saturation_score,
  behavioral_segment, ppv_target, bump_target, ppv_count, bump_count, expected_emv, seed, policy_version, mode, shortages,
  created_at)
SELECT
  schedules.schedule_id,
  schedules.page_name,
  schedules.week_start,
  CAST(REGEXP_EXTRACT(schedules.schedule_id, r'_v([0-9]+)$') AS INT64),
  'draft',
  schedules.account_size,
  schedules.saturation_status,
  schedules.saturation_score,
  schedules.behavioral_segment,
  schedules.ppv_target,
  schedules.bump_target,
  schedules.ppv_count,
  schedules.bump_count,
  schedules.expected_emv,
  schedules.seed,
  schedules.policy_version,
  schedules.mode,
  PARSE_JSON(schedules.shortages),
  COALESCE(first_written.created_at, written_at)
FROM good_schedules AS schedules
LEFT JOIN first_written ON first_written.schedule_id = schedules.schedule_id;
INSERT INTO {{ ref("schedule_messages") }} (
  schedule_id, position, scheduled_send_time, message_type, caption_id, caption_key, price_tier, price, expected_emv,
  final_score, propensity, pinned, reason)
SELECT
  messages.schedule_id, position, scheduled_send_time, message_type, caption_id, caption_key, price_tier, price,
  messages.expected_emv, final_score, propensity, FALSE, PARSE_JSON(reason, wide_number_mode => 'round')
FROM new_messages AS messages
JOIN good_schedules ON good_schedules.schedule_id = messages.schedule_id;
COMMIT TRANSACTION;

SELECT new_schedules.schedule_id, IF(draft_problems.detail IS NULL, 'saved', 'error') AS result, draft_problems.detail
FROM new_schedules
LEFT JOIN draft_problems ON draft_problems.schedule_id = new_schedules.schedule_id
ORDER BY new_schedules.schedule_id;
