-- One guard row per scheduled job, one per page named (none named: every page), and the sentinel, '*'. The sentinel is
-- updated first: two sessions that seed at once conflict there, where two INSERTs would both succeed. Only the first of all
-- seedings has nothing to conflict on; deployment does it, before anybody else comes. Should two deployments have seeded at
-- once, the next seeding leaves one sentinel and one row per job.
BEGIN TRANSACTION;
UPDATE {{ ref("creator_lock") }}
SET updated_at = CURRENT_TIMESTAMP()
WHERE page_name = '*';
IF @@row_count != 1 THEN
  DELETE FROM {{ ref("creator_lock") }}
  WHERE page_name = '*';
  INSERT INTO {{ ref("creator_lock") }} (page_name, fence, updated_at)
  VALUES ('*', 0, CURRENT_TIMESTAMP());
END IF;
INSERT INTO {{ ref("creator_lock") }} (page_name, fence, updated_at)
SELECT creators.page_name, 0, CURRENT_TIMESTAMP()
FROM {{ ref("creators") }} AS creators
LEFT JOIN {{ ref("creator_lock") }} AS guard ON guard.page_name = creators.page_name
WHERE guard.page_name IS NULL
  AND (COALESCE(ARRAY_LENGTH(@page_names), 0) = 0 OR creators.page_name IN UNNEST(@page_names));

-- One row per scheduled job, before every period. A job that has several has claimed the latest of their periods.
CREATE OR REPLACE TEMP TABLE job_guards AS
SELECT job, COALESCE(MAX(guard.period_key), '') AS period_key, COUNT(guard.job_name) AS guard_rows
FROM UNNEST([{{ c.schedules.keys() | list | literal }}]) AS job
LEFT JOIN {{ ref("job_guard") }} AS guard ON guard.job_name = job
GROUP BY job;
IF EXISTS (SELECT job FROM job_guards WHERE guard_rows > 1) THEN
  DELETE FROM {{ ref("job_guard") }}
  WHERE job_name IN (SELECT job FROM job_guards WHERE guard_rows > 1);
END IF;
INSERT INTO {{ ref("job_guard") }} (job_name, period_key)
SELECT job, period_key
FROM job_guards
WHERE guard_rows != 1;
COMMIT TRANSACTION;
