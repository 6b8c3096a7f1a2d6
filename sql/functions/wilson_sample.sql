{% import "macros/wilson.jinja" as wilson with context %}
CREATE OR REPLACE FUNCTION {{ ref("wilson_sample") }}(successes FLOAT64, failures FLOAT64, seed STRING)
RETURNS FLOAT64
AS (
  (
    SELECT
      {{ wilson.sample() | indent(6) }}
    FROM (
      {{ wilson.sampled("successes", "failures", "seed") | indent(6) }}
    )
  )
);
