{% import "macros/wilson.jinja" as wilson with context %}
{% macro bound(z) -%}
{{ wilson.bound("successes", "(successes + failures)", "successes * failures / (successes + failures)", z) }}
{%- endmacro %}
CREATE OR REPLACE FUNCTION {{ ref("wilson_score_bounds") }}(successes FLOAT64, failures FLOAT64)
RETURNS STRUCT<lower_bound FLOAT64, upper_bound FLOAT64, exploration_bonus FLOAT64>
AS (
  CASE
    WHEN successes IS NULL OR failures IS NULL THEN NULL
    WHEN successes < 0 OR failures < 0 THEN
      ERROR('wilson_score_bounds: successes and failures must not be negative')
    WHEN successes + failures = 0 THEN STRUCT(0.0 AS lower_bound, 1.0 AS upper_bound, 1.0 AS exploration_bonus)
    ELSE STRUCT(
      GREATEST({{ bound("(-" ~ c.bandit.z ~ ")") | indent(2) }}, 0.0) AS lower_bound,
      LEAST({{ bound(c.bandit.z) | indent(2) }}, 1.0) AS upper_bound,
      1 / SQRT(successes + failures + 1) AS exploration_bonus)
  END
);
