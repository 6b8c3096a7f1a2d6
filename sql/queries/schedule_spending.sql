{% import "macros/jobs.jinja" as jobs with context %}
-- What each scheduled query was billed for runs that began between two instants, beside a plan's estimate. A script's bytes are
-- those of its statements, which are rows of their own. A run is told by what its script says of itself.
WITH finished AS (
  SELECT job_id, parent_job_id, statement_type, query, total_bytes_billed
  FROM {{ region_view("JOBS") }}
  WHERE creation_time >= @since AND creation_time < @before AND state = 'DONE'
),
fired AS (
  SELECT job_id, REGEXP_EXTRACT(query, {{ ("'([a-z0-9_]+)" ~ jobs.NO_GUARD_ROW) | literal }}) AS job_name
  FROM finished
  WHERE parent_job_id IS NULL AND STARTS_WITH(job_id, {{ jobs.RUN_PREFIX | literal }})
),
statements AS (
  SELECT COALESCE(parent_job_id, job_id) AS run_id, SUM(total_bytes_billed) AS bytes_billed
  FROM finished
  WHERE statement_type IS DISTINCT FROM 'SCRIPT'
  GROUP BY run_id
)
SELECT fired.job_name, COUNT(*) AS runs, COALESCE(SUM(statements.bytes_billed), 0) AS bytes_billed
FROM fired
LEFT JOIN statements ON statements.run_id = fired.job_id
WHERE fired.job_name IS NOT NULL
GROUP BY fired.job_name
ORDER BY fired.job_name
