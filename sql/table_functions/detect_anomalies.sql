{% import "macros/metrics.jinja" as metrics with context %}
{% import "macros/pages.jinja" as pages with context %}
{% import "macros/statistics.jinja" as statistics with context %}
{% import "macros/time.jinja" as time with context %}
{% set SUMS = ("view_hits", "view_trials", "purchase_hits", "purchase_trials", "earnings", "earning_recipients") %}
{% set SERIES = "PARTITION BY page_name, scope, message_type, metric" %}
CREATE OR REPLACE TABLE FUNCTION {{ ref("detect_anomalies") }}(
  p_page_name STRING, p_lookback_days INT64, p_as_of TIMESTAMP)
AS (
  WITH asked AS (
    {{ pages.asked_for() | indent(4) }}
  ),
  counts AS (
    SELECT
      page_name,
      message_type,
      message_id,
      {{ time.local_day("sending_time") }} AS day,
      sent_count,
      {{ metrics.hits("view") }} AS view_hits,
      {{ metrics.trials("view") }} AS view_trials,
      {{ metrics.hits("purchase") }} AS purchase_hits,
      {{ metrics.trials("purchase") }} AS purchase_trials,
      earnings,
      IF(earnings IS NULL, NULL, sent_count) AS earning_recipients
    FROM {{ ref("mass_messages") }}
    WHERE {{ time.on_completed_days("sending_time", "p_lookback_days") }}
      AND {{ pages.is_asked_for() }}
  ),
  -- What is judged. The recipients of a day are its messages times the audience, and say nothing that those do not.
  subjects AS (
    SELECT
      page_name,
      message_type,
      'message' AS scope,
      day,
      message_id,
      CAST(NULL AS INT64) AS messages,
      sent_count AS sent,
      {{ SUMS | join(",\n      ") }}
    FROM counts
    UNION ALL
    SELECT
      page_name,
      message_type,
      'day' AS scope,
      day,
      CAST(NULL AS STRING) AS message_id,
      COUNT(*) AS messages,
      CAST(NULL AS INT64) AS sent,
{% for name in SUMS %}
      SUM({{ name }}) AS {{ name }}{{ "," if not loop.last }}
{% endfor %}
    FROM counts
    GROUP BY page_name, message_type, day
  ),
  -- Dollars are divided as NUMERIC: equal quotients must be equal to the last digit, or their spread is never 0.
  observations AS (
    SELECT
      subjects.page_name,
      subjects.message_type,
      subjects.scope,
      subjects.day,
      subjects.message_id,
      figure.metric,
      figure.value
    FROM subjects
    CROSS JOIN UNNEST([
      STRUCT('messages' AS metric, CAST(subjects.messages AS FLOAT64) AS value),
      STRUCT('sent' AS metric, CAST(subjects.sent AS FLOAT64) AS value),
      STRUCT('view_rate' AS metric, SAFE_DIVIDE(subjects.view_hits, subjects.view_trials) AS value),
      STRUCT('purchase_rate' AS metric, SAFE_DIVIDE(subjects.purchase_hits, subjects.purchase_trials) AS value),
      STRUCT('revenue_per_recipient' AS metric,
        CAST(SAFE_DIVIDE(subjects.earnings, subjects.earning_recipients) AS FLOAT64) AS value),
      STRUCT('earnings' AS metric, CAST(subjects.earnings AS FLOAT64) AS value)
    ]) AS figure
    WHERE figure.value IS NOT NULL
  ),
  centred AS (
    SELECT
      page_name,
      message_type,
      scope,
      day,
      message_id,
      metric,
      value,
      COUNT(*) OVER ({{ SERIES }}) AS observations,
      PERCENTILE_CONT(value, 0.5) OVER ({{ SERIES }}) AS expected
    FROM observations
  ),
  spread AS (
    SELECT
      page_name,
      message_type,
      scope,
      day,
      message_id,
      metric,
      value,
      observations,
      expected,
      PERCENTILE_CONT(ABS(value - expected), 0.5) OVER ({{ SERIES }}) AS median_deviation,
      AVG(ABS(value - expected)) OVER ({{ SERIES }}) AS mean_deviation
    FROM centred
    WHERE observations >= {{ c.anomalies.least_observations }}
  ),
  -- Rounded before it is judged: the last digits of the mean depend on the order in which an engine adds.
  judged AS (
    SELECT
      page_name,
      message_type,
      scope,
      day,
      message_id,
      metric,
      value,
      observations,
      expected,
      ROUND((value - expected) / {{ statistics.robust_spread("median_deviation", "mean_deviation") }}, 6) AS robust_z
    FROM spread
  )
  SELECT
    asked.page_name,
    judged.scope,
    judged.day,
    judged.message_id,
    judged.message_type,
    judged.metric,
    judged.value,
    judged.expected,
    judged.robust_z,
    IF(ABS(judged.robust_z) >= {{ c.anomalies.critical_from }}, 'CRITICAL', 'WARNING') AS severity,
    {{ metrics.data_status("judged.observations") }} AS data_status
  FROM asked
  JOIN judged ON judged.page_name = asked.page_name
  WHERE ABS(judged.robust_z) > {{ c.anomalies.warning_above }}
);
