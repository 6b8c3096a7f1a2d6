{% import "macros/metrics.jinja" as metrics with context %}
{% import "macros/pages.jinja" as pages with context %}
{% import "macros/time.jinja" as time with context %}
{% set today = time.local_day("p_as_of") %}
{% set days_before_a_day = c.performance.trailing_days - 1 %}
{% set days_read = "GREATEST(2 * p_window_days, p_window_days + " ~ days_before_a_day ~ ")" %}
{% set day_before_all = "DATE_SUB(" ~ today ~ ", INTERVAL p_window_days + " ~ c.performance.trailing_days ~ " DAY)" %}
{% set over_window = "SUM(IF(in_window, {}, NULL)) OVER page" %}
{% set over_window_before = "SUM(IF(in_window_before, {}, NULL)) OVER page" %}
{% set FIGURES = ["view_rate", "purchase_rate", "revenue_per_recipient"] %}
CREATE OR REPLACE TABLE FUNCTION {{ ref("get_recent_performance_window") }}(
  p_page_name STRING, p_window_days INT64, p_as_of TIMESTAMP)
RETURNS TABLE<
  page_name STRING, day DATE, messages INT64, sent INT64, viewed INT64, purchased INT64, earnings NUMERIC,
  view_rate FLOAT64, purchase_rate FLOAT64, unlock_rate FLOAT64, revenue_per_recipient FLOAT64,
  revenue_per_view FLOAT64, avg_emv FLOAT64, trailing_earnings FLOAT64, trailing_view_rate FLOAT64,
  trailing_purchase_rate FLOAT64, trailing_revenue_per_recipient FLOAT64, earnings_change FLOAT64,
  view_rate_change FLOAT64, purchase_rate_change FLOAT64, revenue_per_recipient_change FLOAT64, data_status STRING>
AS (
  WITH asked AS (
    {{ pages.asked_for() | indent(4) }}
  ),
  -- The days before those of any trailing figure count by their sum alone, so they are one.
  sums AS (
    SELECT
      page_name,
      GREATEST({{ time.local_day("sending_time") }}, {{ day_before_all }}) AS day,
      {{ metrics.totals() | indent(6) }}
    FROM {{ ref("mass_messages") }}
    WHERE {{ time.on_completed_days("sending_time", days_read) }}
      AND {{ pages.is_asked_for() }}
    GROUP BY page_name, day
  ),
  calendar AS (
    SELECT
      asked.page_name,
      day,
      DATE_DIFF({{ today }}, day, DAY) <= p_window_days AS in_window,
      DATE_DIFF({{ today }}, day, DAY) BETWEEN p_window_days + 1 AND 2 * p_window_days AS in_window_before
    FROM asked
    CROSS JOIN UNNEST(GENERATE_DATE_ARRAY({{ day_before_all }}, DATE_SUB({{ today }}, INTERVAL 1 DAY))) AS day
  ),
  -- Nothing was sent on a day without messages; NULL is what messages did not report.
  days AS (
    SELECT
      calendar.page_name,
      calendar.day,
      calendar.in_window,
      calendar.in_window_before,
{% for name in metrics.TOTALS %}
      IF(sums.messages IS NULL, 0, sums.{{ name }}) AS {{ name }}{{ "," if not loop.last }}
{% endfor %}
    FROM calendar
    LEFT JOIN sums ON sums.page_name = calendar.page_name AND sums.day = calendar.day
  ),
  measured AS (
    SELECT
      page_name,
      day,
      in_window,
      messages,
      sent,
      viewed,
      purchased,
      earnings,
{% for name in metrics.RATIOS %}
      {{ metrics.ratio(name) }} AS {{ name }},
{% endfor %}
      SAFE_DIVIDE(CAST(SUM(earnings) OVER trailing AS FLOAT64), COUNT(earnings) OVER trailing) AS trailing_earnings,
{% for name in FIGURES %}
      {{ metrics.ratio(name, "SUM({}) OVER trailing") }} AS trailing_{{ name }},
{% endfor %}
      CAST({{ over_window | replace("{}", "earnings") }} AS FLOAT64) AS earnings_now,
      CAST({{ over_window_before | replace("{}", "earnings") }} AS FLOAT64) AS earnings_before,
{% for name in FIGURES %}
      {{ metrics.ratio(name, over_window) }} AS {{ name }}_now,
      {{ metrics.ratio(name, over_window_before) }} AS {{ name }}_before,
{% endfor %}
      {{ over_window | replace("{}", "messages") }} AS messages_now,
      SUM(messages) OVER page AS messages_read
    FROM days
    WINDOW
      page AS (PARTITION BY page_name),
      trailing AS (PARTITION BY page_name ORDER BY day ROWS BETWEEN {{ days_before_a_day }} PRECEDING AND CURRENT ROW)
  ),
  shown AS (
    SELECT
      page_name,
      day,
      messages,
      sent,
      viewed,
      purchased,
      earnings,
{% for name in metrics.RATIOS %}
      {{ name }},
{% endfor %}
      trailing_earnings,
{% for name in FIGURES %}
      trailing_{{ name }},
{% endfor %}
{% for name in ["earnings"] + FIGURES %}
      SAFE_DIVIDE({{ name }}_now, {{ name }}_before) - 1 AS {{ name }}_change,
{% endfor %}
      messages_now
    FROM measured
    WHERE in_window
      AND messages_read > 0
  )
  SELECT
    asked.page_name,
    shown.day,
    shown.messages,
    shown.sent,
    shown.viewed,
    shown.purchased,
    shown.earnings,
{% for name in metrics.RATIOS %}
    shown.{{ name }},
{% endfor %}
    shown.trailing_earnings,
{% for name in FIGURES %}
    shown.trailing_{{ name }},
{% endfor %}
{% for name in ["earnings"] + FIGURES %}
    shown.{{ name }}_change,
{% endfor %}
    {{ metrics.data_status("shown.messages_now") }} AS data_status
  FROM asked
  LEFT JOIN shown ON shown.page_name = asked.page_name
);
