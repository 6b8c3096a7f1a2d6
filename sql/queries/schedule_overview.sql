-- The schedules of the weeks from first_week to last_week (NULL: no bound), each with its last event and its last export,
-- newest week first. No page or status named means every one.
WITH versioned AS (
  SELECT
    schedule_id,
    page_name,
    week_start,
    version,
    status,
    account_size,
    saturation_status,
    mode,
    ppv_count,
    bump_count,
    expected_emv,
    created_at,
    COUNT(*) OVER (PARTITION BY page_name, week_start) AS versions
  FROM {{ ref("schedule_recommendations") }}
  WHERE (@first_week IS NULL OR week_start >= @first_week)
    AND (@last_week IS NULL OR week_start <= @last_week)
    AND (COALESCE(ARRAY_LENGTH(@page_names), 0) = 0 OR page_name IN UNNEST(@page_names))
),
wanted AS (
  SELECT
    schedule_id,
    page_name,
    week_start,
    version,
    status,
    account_size,
    saturation_status,
    mode,
    ppv_count,
    bump_count,
    expected_emv,
    created_at,
    versions
  FROM versioned
  WHERE COALESCE(ARRAY_LENGTH(@statuses), 0) = 0 OR status IN UNNEST(@statuses)
),
-- Of events at one instant, the one that led to where the schedule stands is the last.
last_events AS (
  SELECT events.schedule_id, events.action, events.actor, events.`at` AS happened_at, events.note
  FROM {{ ref("schedule_events") }} AS events
  JOIN wanted ON wanted.schedule_id = events.schedule_id
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY events.schedule_id
    ORDER BY events.`at` DESC, IF(events.after = wanted.status, 0, 1), events.event_id) = 1
),
last_exports AS (
  SELECT
    exports.schedule_id, exports.target, exports.content_hash, exports.status, exports.error_message, exports.exported_at,
    exports.exported_by
  FROM {{ ref("schedule_export_log") }} AS exports
  JOIN wanted ON wanted.schedule_id = exports.schedule_id
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY exports.schedule_id
    ORDER BY exports.exported_at DESC, IF(exports.status = 'success', 0, 1), exports.export_id) = 1
)
SELECT
  wanted.schedule_id,
  wanted.page_name,
  wanted.week_start,
  wanted.version,
  wanted.versions,
  wanted.status,
  wanted.account_size,
  wanted.saturation_status,
  wanted.mode,
  wanted.ppv_count,
  wanted.bump_count,
  wanted.expected_emv,
  wanted.created_at,
  last_events.action AS last_action,
  last_events.actor AS last_actor,
  last_events.happened_at AS last_at,
  last_events.note AS last_note,
  last_exports.target AS sheet_path,
  last_exports.content_hash AS sheet_hash,
  last_exports.status AS export_status,
  last_exports.error_message AS export_error,
  last_exports.exported_at,
  last_exports.exported_by
FROM wanted
LEFT JOIN last_events ON last_events.schedule_id = wanted.schedule_id
LEFT JOIN last_exports ON last_exports.schedule_id = wanted.schedule_id
ORDER BY wanted.week_start DESC, wanted.page_name, wanted.version DESC
