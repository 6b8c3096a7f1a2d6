{% import "macros/wilson.jinja" as wilson with context %}
CREATE OR REPLACE FUNCTION {{ ref("wilson_sample") }}(successes FLOAT64, failures FLOAT64, seed STRING)
RETURNS FLOAT64
AS (
  (
    SELECT
      CASE
        WHEN successes IS NULL OR failures IS NULL OR seed IS NULL THEN NULL
        WHEN successes < 0 OR failures < 0 THEN
          ERROR('wilson_sample: successes and failures must not be negative')
        WHEN successes + failures = 0 THEN u
        ELSE {{ wilson.bound("successes", "failures", "z") }}
      END
    FROM (
      SELECT u, {{ wilson.normal_quantile("u", "tail", "centre", "centre_squared") }} AS z
      FROM (
        SELECT u, SQRT(-2 * LN(LEAST(u, 1 - u))) AS tail, u - 0.5 AS centre, (u - 0.5) * (u - 0.5) AS centre_squared
        FROM (SELECT {{ wilson.uniform("seed") }} AS u)
      )
    )
  )
);
