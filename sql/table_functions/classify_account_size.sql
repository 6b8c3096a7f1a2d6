{% import "macros/metrics.jinja" as metrics with context %}
{% import "macros/pages.jinja" as pages with context %}
{% import "macros/sizes.jinja" as sizes with context %}
CREATE OR REPLACE TABLE FUNCTION {{ ref("classify_account_size") }}(
  p_page_name STRING, p_lookback_days INT64, p_as_of TIMESTAMP)
RETURNS TABLE<
  page_name STRING, size_tier STRING, avg_audience INT64, total_revenue_period NUMERIC, daily_ppv_target FLOAT64,
  daily_bump_target FLOAT64, weekly_ppv_target INT64, weekly_bump_target INT64, min_ppv_gap_minutes INT64,
  saturation_tolerance FLOAT64, data_status STRING>
AS (
  WITH asked AS (
    {{ pages.asked_for() | indent(4) }}
  ),
  history AS (
    SELECT
      page_name,
      COUNT(*) AS messages,
      CAST(ROUND(AVG(sent_count)) AS INT64) AS avg_audience,
      COALESCE(SUM(earnings), 0) AS total_revenue_period
    FROM {{ ref("mass_messages") }}
    WHERE sending_time >= TIMESTAMP_SUB(p_as_of, INTERVAL p_lookback_days DAY)
      AND sending_time < p_as_of
      AND {{ pages.is_asked_for() }}
    GROUP BY page_name
  ),
  sized AS (
    SELECT
      asked.page_name,
      history.messages,
      history.avg_audience,
      history.total_revenue_period,
      IF(history.messages IS NULL, NULL,
        {{ sizes.size_of("history.total_revenue_period * " ~ c.revenue_period_days ~ " / p_lookback_days") | indent(4) }}
      ) AS size_tier
    FROM asked
    LEFT JOIN history ON history.page_name = asked.page_name
  )
  SELECT
    page_name,
    size_tier,
    avg_audience,
    total_revenue_period,
    {{ sizes.by_size("size_tier", "base_ppv") }} / 7 AS daily_ppv_target,
    {{ sizes.by_size("size_tier", "base_bump") }} / 7 AS daily_bump_target,
    {{ sizes.by_size("size_tier", "base_ppv") }} AS weekly_ppv_target,
    {{ sizes.by_size("size_tier", "base_bump") }} AS weekly_bump_target,
    {{ sizes.by_size("size_tier", "min_gap_minutes") }} AS min_ppv_gap_minutes,
    IF(size_tier IS NULL, NULL, {{ c.saturation.tolerance }}) AS saturation_tolerance,
    {{ metrics.data_status("messages") }} AS data_status
  FROM sized
);
