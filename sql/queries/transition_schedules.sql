{% import "macros/status.jinja" as status with context %}
-- Moves schedules to another status, all or none. One that stands there already is left as it is. A schedule that will
-- not be sent gives its captions back.
DECLARE changed_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
DECLARE problem STRING;

BEGIN TRANSACTION;
UPDATE {{ ref("creator_lock") }}
SET updated_at = changed_at
WHERE page_name IN (
  SELECT page_name FROM {{ ref("schedule_recommendations") }} WHERE schedule_id IN UNNEST(@schedule_ids));

CREATE OR REPLACE TEMP TABLE transitions AS
SELECT DISTINCT asked AS schedule_id, schedules.status AS from_status
FROM UNNEST(@schedule_ids) AS asked
LEFT JOIN {{ ref("schedule_recommendations") }} AS schedules ON schedules.schedule_id = asked;
SET problem = (
  SELECT STRING_AGG(CONCAT(schedule_id, ' is ', COALESCE(from_status, 'unknown')), ', ' ORDER BY schedule_id)
  FROM transitions
  WHERE COALESCE(from_status, '') != @to_status
    AND (@to_status IN ('locked', 'superseded')
      OR NOT {{ status.may_follow("COALESCE(from_status, '')", "@to_status") | indent(4) }})
);
IF problem IS NOT NULL THEN
  RAISE USING MESSAGE = CONCAT('transition_schedules: cannot become ', COALESCE(@to_status, 'NULL'), ': ', problem);
END IF;

UPDATE {{ ref("schedule_recommendations") }} AS schedules
SET status = @to_status
FROM transitions
WHERE schedules.schedule_id = transitions.schedule_id AND transitions.from_status != @to_status;
UPDATE {{ ref("active_caption_assignments") }} AS held
SET is_active = FALSE, deactivated_at = changed_at, deactivation_reason = @to_status
FROM transitions
WHERE held.schedule_id = transitions.schedule_id
  AND transitions.from_status != @to_status
  AND held.is_active
  AND @to_status IN ({{ c.cooldown_ignores | literal }});
INSERT INTO {{ ref("schedule_events") }} (event_id, schedule_id, action, actor, `at`, before, after, note)
SELECT
  {{ status.event_id("schedule_id", "@action", "changed_at") }}, schedule_id, @action, @actor, changed_at, from_status,
  @to_status, @note
FROM transitions
WHERE from_status != @to_status;
COMMIT TRANSACTION;

SELECT schedule_id, from_status, @to_status AS to_status
FROM transitions
ORDER BY schedule_id;
