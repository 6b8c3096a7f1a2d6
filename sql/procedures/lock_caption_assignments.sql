{% import "macros/locking.jinja" as locking with context %}
CREATE OR REPLACE PROCEDURE {{ ref("lock_caption_assignments") }}(
  p_schedule_id STRING,
  p_page_name STRING,
  p_caption_assignments ARRAY<STRUCT<caption_id INT64, scheduled_send_date DATE, scheduled_send_hour INT64>>)
BEGIN
  -- A routine has no clock: the lock carries the instant its draft was written.
  DECLARE drafted_at TIMESTAMP;
  DECLARE first_day DATE;
  DECLARE last_day DATE;
  DECLARE problem STRING;

  IF p_schedule_id IS NULL OR p_page_name IS NULL OR COALESCE(ARRAY_LENGTH(p_caption_assignments), 0) = 0 THEN
    RAISE USING MESSAGE = 'lock_caption_assignments: schedule, page and at least one assignment must be given';
  END IF;

  CREATE OR REPLACE TEMP TABLE lock_requests AS
  SELECT
    p_schedule_id AS schedule_id,
    p_page_name AS page_name,
    assignment.caption_id,
    assignment.scheduled_send_date,
    assignment.scheduled_send_hour
  FROM UNNEST(p_caption_assignments) AS assignment;
  {{ locking.stage_heads() | indent(2) }};

  IF EXISTS (SELECT schedule_id FROM lock_heads WHERE NOT is_held) THEN
    SET drafted_at = (SELECT created_at FROM lock_heads);
    SET first_day = (SELECT MIN(scheduled_send_date) FROM lock_requests);
    SET last_day = (SELECT MAX(scheduled_send_date) FROM lock_requests);
    BEGIN
      BEGIN TRANSACTION;
      {{ locking.take_guard_rows("drafted_at") | indent(6) }};
      {{ locking.stage_heads() | indent(6) }};
      {{ locking.stage_wanted() | indent(6) }};
      {{ locking.stage_problems("first_day", "last_day") | indent(6) }};
      SET problem = (SELECT STRING_AGG(detail, '; ' ORDER BY result, detail) FROM lock_problems);
      IF problem IS NOT NULL THEN
        RAISE USING MESSAGE = problem;
      END IF;
      {{ locking.stage_winners() | indent(6) }};
      {{ locking.write_locks("drafted_at", "'lock_caption_assignments'") | indent(6) }};
      COMMIT TRANSACTION;
    EXCEPTION WHEN ERROR THEN
      SET problem = @@error.message;
      BEGIN
        ROLLBACK TRANSACTION;
      EXCEPTION WHEN ERROR THEN
        -- The transaction was gone already; its own error is the one to report.
        SET problem = problem;
      END;
      RAISE USING MESSAGE = CONCAT('lock_caption_assignments: ', problem);
    END;
  END IF;
END;
