{% import "macros/learning.jinja" as learning with context %}
{% import "macros/metrics.jinja" as metrics with context %}
{% import "macros/pages.jinja" as pages with context %}
{% import "macros/statistics.jinja" as statistics with context %}
{% import "macros/time.jinja" as time with context %}
{% set CAPTION_FACTS = ("content_category", "price_tier", "psychological_trigger") %}
{% set COUNTS = ("dimension", "dimension_value", "messages", "sent", "viewed", "purchased", "earnings") %}
{% set RATES = ("purchase_rate", "shrunk_rate", "rate_lower", "rate_upper", "rest_rate", "lift", "revenue_per_recipient",
  "revenue_lift", "z", "p_value") %}
{% set FAMILY = "PARTITION BY page_name, dimension" %}
{# Sums over the dimension without the row's own value, over the whole dimension, and over the page: every message has an hour. #}
{% set REST = "(SUM({}) OVER (" ~ FAMILY ~ ") - COALESCE({}, 0))" %}
{% set DIMENSION = "SUM({}) OVER (" ~ FAMILY ~ ")" %}
{% set PAGE = "SUM(IF(dimension = 'hour_of_day', {}, NULL)) OVER (PARTITION BY page_name)" %}
CREATE OR REPLACE TABLE FUNCTION {{ ref("calculate_engagement_rates") }}(
  p_page_name STRING, p_lookback_days INT64, p_as_of TIMESTAMP)
RETURNS TABLE<
  page_name STRING, dimension STRING, dimension_value STRING, messages INT64, sent INT64, viewed INT64,
  purchased INT64, earnings NUMERIC, purchase_rate FLOAT64, shrunk_rate FLOAT64, rate_lower FLOAT64,
  rate_upper FLOAT64, rest_rate FLOAT64, lift FLOAT64, revenue_per_recipient FLOAT64, revenue_lift FLOAT64,
  z FLOAT64, p_value FLOAT64, p_value_adjusted FLOAT64, is_significant BOOL, data_status STRING>
AS (
  WITH asked AS (
    {{ pages.asked_for() | indent(4) }}
  ),
  sold AS (
    SELECT
      page_name,
      caption_id,
      caption_key,
      FORMAT_DATE('%A', {{ time.local_day("sending_time") }}) AS day_of_week,
      CAST({{ time.local_hour("sending_time") }} AS STRING) AS hour_of_day,
      sent_count,
      viewed_count,
      purchased_count,
      earnings
    FROM {{ ref("mass_messages") }}
    WHERE {{ time.on_completed_days("sending_time", "p_lookback_days") }}
      AND {{ pages.is_asked_for() }}
      AND message_type = 'PPV'
  ),
  described AS (
    SELECT
      sold.page_name,
{% for fact in CAPTION_FACTS %}
      {{ learning.caption_fact(fact) }},
{% endfor %}
      sold.day_of_week,
      sold.hour_of_day,
      sold.sent_count,
      sold.viewed_count,
      sold.purchased_count,
      sold.earnings
    FROM sold
    {{ learning.with_caption("sold") | indent(4) }}
  ),
  valued AS (
    SELECT
      described.page_name,
      trait.dimension,
      trait.dimension_value,
      described.sent_count,
      described.viewed_count,
      described.purchased_count,
      described.earnings
    FROM described
    CROSS JOIN UNNEST([
{% for dimension in CAPTION_FACTS + ("day_of_week", "hour_of_day") %}
      STRUCT({{ dimension | literal }} AS dimension, described.{{ dimension }} AS dimension_value){{ "," if not loop.last }}
{% endfor %}
    ]) AS trait
    WHERE trait.dimension_value IS NOT NULL
  ),
  sums AS (
    SELECT
      page_name,
      dimension,
      dimension_value,
      {{ metrics.totals() | indent(6) }}
    FROM valued
    GROUP BY page_name, dimension, dimension_value
  ),
  compared AS (
    SELECT
      page_name,
      {{ COUNTS | join(",\n      ") }},
      purchase_hits,
      purchase_trials,
      {{ metrics.ratio("purchase_rate") }} AS purchase_rate,
      {{ metrics.interval("purchase") }} AS purchase_interval,
      {{ metrics.ratio("purchase_rate", REST) }} AS rest_rate,
      {{ REST | replace("{}", "purchase_trials") }} AS rest_trials,
      {{ metrics.ratio("purchase_rate", DIMENSION) }} AS pooled_rate,
      {{ metrics.ratio("purchase_rate", PAGE) }} AS page_rate,
      {{ metrics.ratio("revenue_per_recipient") }} AS revenue_per_recipient,
      {{ metrics.ratio("revenue_per_recipient", REST) }} AS rest_revenue
    FROM sums
  ),
  rated AS (
    SELECT
      page_name,
      {{ COUNTS | join(",\n      ") }},
      purchase_rate,
      {{ statistics.shrunk("COALESCE(purchase_hits, 0)", "COALESCE(purchase_trials, 0)", "page_rate") }} AS shrunk_rate,
      purchase_interval.lower_bound AS rate_lower,
      purchase_interval.upper_bound AS rate_upper,
      rest_rate,
      SAFE_DIVIDE(purchase_rate, rest_rate) - 1 AS lift,
      revenue_per_recipient,
      -- Against a rest that lost money a quotient says nothing.
      revenue_per_recipient / IF(rest_revenue > 0, rest_revenue, NULL) - 1 AS revenue_lift,
      SAFE_DIVIDE(purchase_rate - rest_rate, SQRT(pooled_rate * (1 - pooled_rate)
        * (SAFE_DIVIDE(1, purchase_trials) + SAFE_DIVIDE(1, rest_trials)))) AS z
    FROM compared
  ),
  tested AS (
    SELECT
      page_name,
      {{ (COUNTS + RATES) | reject("equalto", "p_value") | join(",\n      ") }},
      LEAST(2 * {{ statistics.normal_cdf_below("ABS(z)") | indent(6) }}, 1.0) AS p_value
    FROM rated
  ),
  ranked AS (
    SELECT
      page_name,
      {{ (COUNTS + RATES) | join(",\n      ") }},
      COUNT(p_value) OVER ({{ FAMILY }}) AS tests,
      ROW_NUMBER() OVER ({{ FAMILY }} ORDER BY p_value IS NULL, p_value, dimension_value) AS place
    FROM tested
  ),
  -- Benjamini and Hochberg (1995): from the largest p value down, none is adjusted to more than a larger one, or than 1.
  adjusted AS (
    SELECT
      page_name,
      {{ (COUNTS + RATES) | join(",\n      ") }},
      MIN(p_value * tests / place) OVER (
        {{ FAMILY }} ORDER BY place DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS p_value_adjusted
    FROM ranked
  )
  SELECT
    asked.page_name,
{% for name in COUNTS + RATES %}
    adjusted.{{ name }},
{% endfor %}
    adjusted.p_value_adjusted,
    IF(adjusted.messages IS NULL, NULL,
      COALESCE(adjusted.p_value_adjusted < {{ c.significant_below }}, FALSE)) AS is_significant,
    {{ metrics.data_status("adjusted.messages") }} AS data_status
  FROM asked
  LEFT JOIN adjusted ON adjusted.page_name = asked.page_name
);
