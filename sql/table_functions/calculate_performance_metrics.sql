{% import "macros/metrics.jinja" as metrics with context %}
{% import "macros/pages.jinja" as pages with context %}
{% import "macros/time.jinja" as time with context %}
CREATE OR REPLACE TABLE FUNCTION {{ ref("calculate_performance_metrics") }}(
  p_page_name STRING, p_lookback_days INT64, p_as_of TIMESTAMP)
RETURNS TABLE<
  page_name STRING, message_type STRING, messages INT64, sent INT64, viewed INT64, purchased INT64,
  earnings NUMERIC, view_rate FLOAT64, view_rate_lower FLOAT64, view_rate_upper FLOAT64, purchase_rate FLOAT64,
  purchase_rate_lower FLOAT64, purchase_rate_upper FLOAT64, unlock_rate FLOAT64, unlock_rate_lower FLOAT64,
  unlock_rate_upper FLOAT64, revenue_per_recipient FLOAT64, revenue_per_view FLOAT64, average_price FLOAT64,
  avg_emv FLOAT64, data_status STRING>
AS (
  WITH asked AS (
    {{ pages.asked_for() | indent(4) }}
  ),
  sums AS (
    SELECT
      page_name,
      message_type,
      {{ metrics.totals() | indent(6) }},
      SUM(IF(price > 0, price, NULL)) AS prices,
      COUNTIF(price > 0) AS priced_messages
    FROM {{ ref("mass_messages") }}
    WHERE {{ time.on_completed_days("sending_time", "p_lookback_days") }}
      AND {{ pages.is_asked_for() }}
    GROUP BY page_name, message_type
  ),
  measured AS (
    SELECT
      page_name,
      message_type,
      messages,
      sent,
      viewed,
      purchased,
      earnings,
{% for name in metrics.RATIOS %}
      {{ metrics.ratio(name) }} AS {{ name }},
{% endfor %}
{% for rate in metrics.RATES %}
      {{ metrics.interval(rate) }} AS {{ rate }}_interval,
{% endfor %}
      SAFE_DIVIDE(CAST(prices AS FLOAT64), priced_messages) AS average_price
    FROM sums
  )
  SELECT
    asked.page_name,
    measured.message_type,
    measured.messages,
    measured.sent,
    measured.viewed,
    measured.purchased,
    measured.earnings,
{% for rate in metrics.RATES %}
    measured.{{ rate }}_rate,
    measured.{{ rate }}_interval.lower_bound AS {{ rate }}_rate_lower,
    measured.{{ rate }}_interval.upper_bound AS {{ rate }}_rate_upper,
{% endfor %}
    measured.revenue_per_recipient,
    measured.revenue_per_view,
    measured.average_price,
    measured.avg_emv,
    {{ metrics.data_status("measured.messages") }} AS data_status
  FROM asked
  LEFT JOIN measured ON measured.page_name = asked.page_name
);
