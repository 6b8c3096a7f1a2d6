{% import "macros/status.jinja" as status with context %}
-- Writes down what was exported and moves approved schedules on. The same content in the same format is logged once.
DECLARE logged_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
DECLARE problem STRING;

BEGIN TRANSACTION;
UPDATE {{ ref("creator_lock") }}
SET updated_at = logged_at
WHERE page_name IN (
  SELECT schedules.page_name
  FROM {{ ref("schedule_recommendations") }} AS schedules
  JOIN UNNEST(@exports) AS exports ON exports.schedule_id = schedules.schedule_id);

CREATE OR REPLACE TEMP TABLE new_exports AS
SELECT
  TO_HEX(SHA256(CONCAT(
    exports.schedule_id, '|', exports.export_format, '|', exports.status, '|',
    IF(exports.status = 'success', COALESCE(exports.content_hash, ''), CAST(UNIX_MICROS(logged_at) AS STRING))))) AS export_id,
  exports.schedule_id,
  exports.export_format,
  exports.target,
  exports.message_count,
  exports.content_hash,
  exports.status,
  exports.error_message,
  exports.duration_seconds,
  schedules.status AS schedule_status
FROM UNNEST(@exports) AS exports
LEFT JOIN {{ ref("schedule_recommendations") }} AS schedules ON schedules.schedule_id = exports.schedule_id;
SET problem = (
  SELECT STRING_AGG(DISTINCT CONCAT(COALESCE(schedule_id, 'NULL'), ' is ', COALESCE(schedule_status, 'unknown')), ', ')
  FROM new_exports
  WHERE schedule_status IS NULL
    OR status = 'success' AND schedule_status NOT IN ('approved', 'exported', 'sent', 'settled')
);
IF problem IS NOT NULL THEN
  RAISE USING MESSAGE = CONCAT('log_exports: an export needs an approved schedule: ', problem);
END IF;

INSERT INTO {{ ref("schedule_export_log") }} (
  export_id, schedule_id, export_format, target, message_count, content_hash, status, error_message, duration_seconds,
  exported_at, exported_by)
SELECT
  exports.export_id,
  exports.schedule_id,
  exports.export_format,
  exports.target,
  exports.message_count,
  exports.content_hash,
  exports.status,
  exports.error_message,
  exports.duration_seconds,
  logged_at,
  @actor
FROM new_exports AS exports
LEFT JOIN {{ ref("schedule_export_log") }} AS logged ON logged.export_id = exports.export_id
WHERE logged.export_id IS NULL
QUALIFY ROW_NUMBER() OVER (PARTITION BY exports.export_id ORDER BY exports.target) = 1;
CREATE OR REPLACE TEMP TABLE newly_exported AS
SELECT DISTINCT schedule_id
FROM new_exports
WHERE status = 'success' AND schedule_status = 'approved';
UPDATE {{ ref("schedule_recommendations") }} AS schedules
SET status = 'exported'
FROM newly_exported
WHERE schedules.schedule_id = newly_exported.schedule_id;
INSERT INTO {{ ref("schedule_events") }} (event_id, schedule_id, action, actor, `at`, before, after)
SELECT
  {{ status.event_id("schedule_id", "'export'", "logged_at") }}, schedule_id, 'export', @actor, logged_at, 'approved', 'exported'
FROM newly_exported;
COMMIT TRANSACTION;

SELECT schedule_id
FROM newly_exported
ORDER BY schedule_id;
