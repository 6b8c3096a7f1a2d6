{% import "macros/metrics.jinja" as metrics with context %}
{% import "macros/pages.jinja" as pages with context %}
{% import "macros/statistics.jinja" as statistics with context %}
{% import "macros/time.jinja" as time with context %}
{% set SUMS = ("view_hits", "view_trials", "purchase_hits", "purchase_trials", "earnings", "earning_recipients") %}
{% set METRICS = ("messages", "sent", "view_rate", "purchase_rate", "revenue_per_recipient", "earnings") %}
{% set SERIES = "PARTITION BY page_name, scope, message_type" %}
CREATE OR REPLACE TABLE FUNCTION {{ ref("detect_anomalies") }}(
  p_page_name STRING, p_lookback_days INT64, p_as_of TIMESTAMP)
RETURNS TABLE<
  page_name STRING, scope STRING, day DATE, message_id STRING, message_type STRING, metric STRING, value FLOAT64,
  expected FLOAT64, robust_z FLOAT64, severity STRING, data_status STRING>
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
  -- Dollars are cut to nine decimals: equal quotients must be equal to the last digit, or their spread is never 0.
  observed AS (
    SELECT
      page_name,
      message_type,
      scope,
      day,
      message_id,
      CAST(messages AS FLOAT64) AS messages,
      CAST(sent AS FLOAT64) AS sent,
      {{ metrics.ratio("view_rate") }} AS view_rate,
      {{ metrics.ratio("purchase_rate") }} AS purchase_rate,
      CAST(CAST({{ metrics.ratio("revenue_per_recipient") }} AS NUMERIC) AS FLOAT64) AS revenue_per_recipient,
      CAST(earnings AS FLOAT64) AS earnings
    FROM subjects
  ),
  centred AS (
    SELECT
      page_name,
      message_type,
      scope,
      day,
      message_id,
{% for metric in METRICS %}
      {{ metric }},
      COUNT({{ metric }}) OVER ({{ SERIES }}) AS {{ metric }}_observations,
      PERCENTILE_CONT({{ metric }}, 0.5) OVER ({{ SERIES }}) AS {{ metric }}_expected{{ "," if not loop.last }}
{% endfor %}
    FROM observed
  ),
  departed AS (
    SELECT
      page_name,
      message_type,
      scope,
      day,
      message_id,
{% for metric in METRICS %}
      {{ metric }},
      {{ metric }}_observations,
      {{ metric }}_expected,
      ABS({{ metric }} - {{ metric }}_expected) AS {{ metric }}_distance{{ "," if not loop.last }}
{% endfor %}
    FROM centred
  ),
  deviations AS (
    SELECT
      page_name,
      message_type,
      scope,
      day,
      message_id,
{% for metric in METRICS %}
      {{ metric }},
      {{ metric }}_observations,
      {{ metric }}_expected,
      {{ metric }}_distance,
      PERCENTILE_CONT({{ metric }}_distance, 0.5) OVER ({{ SERIES }}) AS {{ metric }}_median_deviation,
      AVG({{ metric }}_distance) OVER ({{ SERIES }}) AS {{ metric }}_mean_deviation{{ "," if not loop.last }}
{% endfor %}
    FROM departed
  ),
  scaled AS (
    SELECT
      page_name,
      message_type,
      scope,
      day,
      message_id,
{% for metric in METRICS %}
      {{ metric }},
      {{ metric }}_observations,
      {{ metric }}_expected,
      {{ metric }}_distance,
      IF({{ metric }}_observations < {{ c.anomalies.least_observations }}, NULL,
        {{ statistics.robust_spread(metric ~ "_median_deviation", metric ~ "_mean_deviation") }}) AS {{ metric }}_spread{{ "," if not loop.last }}
{% endfor %}
    FROM deviations
  ),
  judged AS (
    SELECT
      scaled.page_name,
      scaled.message_type,
      scaled.scope,
      scaled.day,
      scaled.message_id,
      figure.metric,
      figure.value,
      figure.expected,
      ROUND((figure.value - figure.expected) / figure.spread, 6) AS robust_z,
      figure.observations
    FROM scaled
    CROSS JOIN UNNEST([
{% for metric in METRICS %}
      STRUCT({{ metric | literal }} AS metric, scaled.{{ metric }} AS value, scaled.{{ metric }}_expected AS expected,
        scaled.{{ metric }}_spread AS spread, scaled.{{ metric }}_observations AS observations){{ "," if not loop.last }}
{% endfor %}
    ]) AS figure
    -- Only what may stand out is unfolded and divided.
{% for metric in METRICS %}
    {{ "WHERE" if loop.first else "  OR" }} scaled.{{ metric }}_distance > {{ c.anomalies.warning_above }} * scaled.{{ metric }}_spread
{% endfor %}
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
  -- Once more, rounded: the last digits of a mean depend on the order in which an engine adds.
  WHERE ABS(judged.robust_z) > {{ c.anomalies.warning_above }}
);
