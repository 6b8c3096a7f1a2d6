{% import "macros/locking.jinja" as locking with context %}
{% import "macros/status.jinja" as status with context %}
{% macro is_released(schedule_id) %}COALESCE({{ schedule_id }}, '') IN UNNEST(released){% endmacro %}
-- Locks the drafts of a whole run in one transaction. A schedule with any problem is left out whole and reported; a
-- superseded one gives its captions back only when its successor is locked, and only if it may still be superseded then.
DECLARE taken_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
DECLARE first_day DATE;
DECLARE last_day DATE;
DECLARE released ARRAY<STRING>;

CREATE OR REPLACE TEMP TABLE lock_requests AS
SELECT schedule_id, page_name, caption_id, scheduled_send_date, scheduled_send_hour
FROM UNNEST(@assignments);
{{ locking.stage_heads() }};

CREATE OR REPLACE TEMP TABLE lock_problems AS
SELECT
  schedule_id, page_name, '' AS result, CAST(NULL AS INT64) AS caption_id, CAST(NULL AS STRING) AS caption_key,
  CAST(NULL AS DATE) AS conflict_date, '' AS detail
FROM lock_heads
WHERE FALSE;

IF EXISTS (SELECT schedule_id FROM lock_heads WHERE NOT is_held) THEN
  SET first_day = (SELECT MIN(scheduled_send_date) FROM lock_requests);
  SET last_day = (SELECT MAX(scheduled_send_date) FROM lock_requests);
  BEGIN TRANSACTION;
  {{ locking.take_guard_rows("taken_at") | indent(2) }};
  {{ locking.stage_heads() | indent(2) }};
  {{ locking.stage_wanted() | indent(2) }};
  SET released = ARRAY(
    SELECT schedule_id
    FROM {{ ref("schedule_recommendations") }}
    WHERE schedule_id IN UNNEST(@supersede)
      AND {{ status.may_follow("status", "'superseded'") | indent(6) }}
  );
  {{ locking.stage_problems("first_day", "last_day", is_released) | indent(2) }};
  {{ locking.stage_winners() | indent(2) }};
  {{ locking.write_locks("taken_at", "@actor") | indent(2) }};

  CREATE OR REPLACE TEMP TABLE lock_superseded AS
  SELECT schedules.schedule_id, schedules.status, winners.schedule_id AS successor
  FROM {{ ref("schedule_recommendations") }} AS schedules
  JOIN lock_winners AS winners
    ON winners.page_name = schedules.page_name AND winners.week_start = schedules.week_start
  WHERE schedules.schedule_id IN UNNEST(released) AND schedules.schedule_id != winners.schedule_id;
  UPDATE {{ ref("active_caption_assignments") }} AS held
  SET is_active = FALSE, deactivated_at = taken_at, deactivation_reason = 'superseded'
  FROM lock_superseded AS superseded
  WHERE held.schedule_id = superseded.schedule_id AND held.is_active;
  UPDATE {{ ref("schedule_recommendations") }} AS schedules
  SET status = 'superseded'
  FROM lock_superseded AS superseded
  WHERE schedules.schedule_id = superseded.schedule_id;
  INSERT INTO {{ ref("schedule_events") }} (event_id, schedule_id, action, actor, `at`, before, after, note)
  SELECT
    {{ status.event_id("schedule_id", "'supersede'", "taken_at") }}, schedule_id, 'supersede', @actor, taken_at, status,
    'superseded', CONCAT('by ', successor)
  FROM lock_superseded;
  COMMIT TRANSACTION;
END IF;

SELECT
  heads.schedule_id,
  heads.page_name,
  CASE WHEN heads.is_held THEN 'already_locked' WHEN problems.schedule_id IS NULL THEN 'locked' ELSE problems.result END AS result,
  problems.caption_id,
  problems.caption_key,
  problems.conflict_date,
  problems.detail
FROM lock_heads AS heads
LEFT JOIN lock_problems AS problems ON problems.schedule_id = heads.schedule_id
ORDER BY heads.schedule_id, problems.result, problems.detail;
