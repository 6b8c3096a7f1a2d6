-- Pages (and the sentinel, '*') that do not have exactly one guard row.
WITH wanted AS (
  SELECT page_name FROM {{ ref("creators") }}
  UNION DISTINCT
  SELECT '*' AS page_name
),
held AS (
  SELECT page_name, COUNT(*) AS guard_rows
  FROM {{ ref("creator_lock") }}
  GROUP BY page_name
)
SELECT wanted.page_name, COALESCE(held.guard_rows, 0) AS guard_rows
FROM wanted
LEFT JOIN held ON held.page_name = wanted.page_name
WHERE COALESCE(held.guard_rows, 0) != 1
ORDER BY wanted.page_name
