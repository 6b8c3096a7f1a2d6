{% import "macros/wilson.jinja" as wilson with context %}
CREATE OR REPLACE FUNCTION {{ ref("wilson_sample") }}(successes FLOAT64, failures FLOAT64, seed STRING)
RETURNS FLOAT64
AS (
  (
    SELECT
      CASE
        WHEN n IS NULL OR u IS NULL THEN NULL
        WHEN is_negative THEN ERROR('wilson_sample: successes and failures must not be negative')
        WHEN n = 0 THEN u
        WHEN bound < 0 THEN 0.0
        WHEN bound > 1 THEN 1.0
        ELSE bound
      END
    FROM (
      SELECT n, is_negative, u, {{ wilson.bound("successes", "n", "variance", "z") }} AS bound
      FROM (
        SELECT n, variance, is_negative, u, {{ wilson.normal_quantile("u", "tail", "centre", "centre_squared") }} AS z
        FROM (
          SELECT
            n,
            variance,
            is_negative,
            u,
            SQRT(-2 * LN(LEAST(u, 1 - u))) AS tail,
            u - 0.5 AS centre,
            (u - 0.5) * (u - 0.5) AS centre_squared
          FROM (
            SELECT
              successes + failures AS n,
              IF(successes < 0 OR failures < 0, NULL, SAFE_DIVIDE(successes * failures, successes + failures)) AS variance,
              successes < 0 OR failures < 0 AS is_negative,
              {{ wilson.uniform("seed") }} AS u
          )
        )
      )
    )
  )
);
