-- Locks that should have ended before an instant, because their send time is past, and drafts that were never locked.
WITH past AS (
  SELECT COUNT(*) AS locks, MIN(scheduled_send_time) AS oldest_at
  FROM {{ ref("active_caption_assignments") }}
  WHERE is_active AND scheduled_send_time < @before
),
drafts AS (
  SELECT COUNT(*) AS drafts
  FROM {{ ref("schedule_recommendations") }}
  WHERE status = 'draft' AND created_at < @before
)
SELECT past.locks, past.oldest_at, drafts.drafts
FROM past
CROSS JOIN drafts
