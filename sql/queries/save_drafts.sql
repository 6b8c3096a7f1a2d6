-- Writes drafts with their messages, all or none. A draft of the same id is replaced and keeps its created_at; anything
-- beyond a draft is refused.
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
IF @@row_count != (SELECT COUNT(DISTINCT page_name) FROM new_schedules) THEN
  RAISE USING MESSAGE = 'save_drafts: a page has no guard row: run queries/ensure_guard_rows.sql';
END IF;

SET problem = (
  SELECT STRING_AGG(CONCAT(schedules.schedule_id, ' is ', schedules.status), ', ' ORDER BY schedules.schedule_id)
  FROM {{ ref("schedule_recommendations") }} AS schedules
  JOIN new_schedules ON new_schedules.schedule_id = schedules.schedule_id
  WHERE schedules.status != 'draft'
);
IF problem IS NOT NULL THEN
  RAISE USING MESSAGE = CONCAT('save_drafts: only drafts can be replaced: ', problem);
END IF;

CREATE OR REPLACE TEMP TABLE first_written AS
SELECT schedules.schedule_id, schedules.created_at
FROM {{ ref("schedule_recommendations") }} AS schedules
JOIN new_schedules ON new_schedules.schedule_id = schedules.schedule_id;
DELETE FROM {{ ref("schedule_messages") }}
WHERE schedule_id IN (SELECT schedule_id FROM new_schedules);
DELETE FROM {{ ref("schedule_recommendations") }}
WHERE schedule_id IN (SELECT schedule_id FROM new_schedules);

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
FROM new_schedules AS schedules
LEFT JOIN first_written ON first_written.schedule_id = schedules.schedule_id;
INSERT INTO {{ ref("schedule_messages") }} (
  schedule_id, position, scheduled_send_time, message_type, caption_id, caption_key, price_tier, price, expected_emv,
  final_score, propensity, pinned, reason)
SELECT
  schedule_id, position, scheduled_send_time, message_type, caption_id, caption_key, price_tier, price, expected_emv,
  final_score, propensity, FALSE, PARSE_JSON(reason)
FROM new_messages;
COMMIT TRANSACTION;

SELECT schedule_id
FROM new_schedules
ORDER BY schedule_id;
