{% import "macros/metrics.jinja" as metrics with context %}
{% import "macros/pages.jinja" as pages with context %}
{% import "macros/statistics.jinja" as statistics with context %}
{% import "macros/time.jinja" as time with context %}
{% set strength = c.performance.slot_prior_messages %}
CREATE OR REPLACE TABLE FUNCTION {{ ref("get_creator_baseline") }}(
  p_page_name STRING, p_lookback_days INT64, p_as_of TIMESTAMP)
RETURNS TABLE<
  page_name STRING, day_of_week INT64, hour_of_day INT64, n INT64, views_per_message FLOAT64,
  purchase_rate FLOAT64, revenue_per_message FLOAT64, slot_multiplier FLOAT64, data_status STRING>
AS (
  WITH asked AS (
    {{ pages.asked_for() | indent(4) }}
  ),
  messages AS (
    SELECT
      page_name,
      {{ time.local_weekday("sending_time") }} AS day_of_week,
      {{ time.local_hour("sending_time") }} AS hour_of_day,
      {{ metrics.hits("view") }} AS views,
      IF(message_type = 'PPV', {{ metrics.hits("purchase") }}, NULL) AS purchases,
      IF(message_type = 'PPV', {{ metrics.trials("purchase") }}, NULL) AS readers,
      IF(message_type = 'PPV', earnings, NULL) AS revenue
    FROM {{ ref("mass_messages") }}
    WHERE {{ time.on_completed_days("sending_time", "p_lookback_days") }}
      AND {{ pages.is_asked_for() }}
  ),
  slots AS (
    SELECT
      page_name,
      day_of_week,
      hour_of_day,
      COUNT(*) AS n,
      COUNT(views) AS view_messages,
      COUNT(purchases) AS purchase_messages,
      COUNT(revenue) AS revenue_messages,
      COALESCE(SUM(views), 0) AS views,
      COALESCE(SUM(purchases), 0) AS purchases,
      COALESCE(SUM(readers), 0) AS readers,
      COALESCE(SUM(revenue), 0) AS revenue
    FROM messages
    GROUP BY page_name, day_of_week, hour_of_day
  ),
  -- The page's usual beside each of its slots: sums of one scan, added up again.
  usual AS (
    SELECT
      page_name,
      day_of_week,
      hour_of_day,
      n,
      view_messages,
      revenue_messages,
      views,
      purchases,
      readers,
      CAST(revenue AS FLOAT64) AS revenue,
      SUM(n) OVER page AS page_n,
      SAFE_DIVIDE(SUM(views) OVER page, SUM(view_messages) OVER page) AS usual_views,
      SAFE_DIVIDE(SUM(purchases) OVER page, SUM(purchase_messages) OVER page) AS usual_purchases,
      SAFE_DIVIDE(SUM(readers) OVER page, SUM(purchase_messages) OVER page) AS usual_readers,
      SAFE_DIVIDE(CAST(SUM(revenue) OVER page AS FLOAT64), SUM(revenue_messages) OVER page) AS usual_revenue
    FROM slots
    WINDOW page AS (PARTITION BY page_name)
  ),
  shrunk AS (
    SELECT
      page_name,
      day_of_week,
      hour_of_day,
      n,
      page_n,
      {{ statistics.pulled("views", "view_messages", "usual_views", 1, strength) }} AS views_per_message,
      {{ statistics.pulled("purchases", "readers", "usual_purchases", "usual_readers", strength) }} AS purchase_rate,
      {{ statistics.pulled("revenue", "revenue_messages", "usual_revenue", 1, strength) }} AS revenue_per_message,
      usual_revenue
    FROM usual
  )
  SELECT
    asked.page_name,
    shrunk.day_of_week,
    shrunk.hour_of_day,
    shrunk.n,
    shrunk.views_per_message,
    shrunk.purchase_rate,
    shrunk.revenue_per_message,
    -- Where nothing was earned, no hour is better than another.
    IF(shrunk.n IS NULL, NULL,
      COALESCE(SAFE_DIVIDE(shrunk.revenue_per_message, shrunk.usual_revenue), 1.0)) AS slot_multiplier,
    {{ metrics.data_status("shrunk.page_n") }} AS data_status
  FROM asked
  LEFT JOIN shrunk ON shrunk.page_name = asked.page_name
);
