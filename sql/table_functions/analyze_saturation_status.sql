{% import "macros/metrics.jinja" as metrics with context %}
{% import "macros/pages.jinja" as pages with context %}
{% import "macros/saturation.jinja" as saturation with context %}
{% import "macros/statistics.jinja" as statistics with context %}
{% import "macros/time.jinja" as time with context %}
{% set today = time.local_day("p_as_of") %}
{% set MEASURED = ("page_name", "baseline_days", "has_recent", "sending_days", "usable_days", "holidays", "platform_days", "bad_days",
  "view_deviation", "earnings_deviation", "view_error", "earnings_error") %}
{% set JUDGED = ("view_beyond_chance", "earnings_beyond_chance", "confidence", "view_points", "earnings_points", "run_points",
  "exclusion_reason") %}
CREATE OR REPLACE TABLE FUNCTION {{ ref("analyze_saturation_status") }}(
  p_page_name STRING, p_lookback_days INT64, p_as_of TIMESTAMP)
RETURNS TABLE<
  page_name STRING, saturation_score FLOAT64, saturation_status STRING, unlock_rate_deviation FLOAT64,
  emv_deviation FLOAT64, consecutive_underperform_days INT64, volume_adjustment_factor FLOAT64,
  confidence_score FLOAT64, exclusion_reason STRING, recommended_action STRING, sending_days INT64,
  usable_days INT64, holiday_days INT64, platform_days INT64, baseline_days INT64, unlock_rate_error FLOAT64,
  emv_error FLOAT64, unlock_rate_beyond_chance FLOAT64, emv_beyond_chance FLOAT64, unlock_rate_points FLOAT64,
  emv_points FLOAT64, run_points FLOAT64, data_status STRING>
AS (
  WITH asked AS (
    {{ pages.asked_for() | indent(4) }}
  ),
  -- Every page, whatever was asked for: what happened to all of them is no page's own fault.
  sums AS (
    SELECT
      page_name,
      {{ time.local_day("sending_time") }} AS day,
      SUM({{ metrics.trials("view") }}) AS view_recipients,
      SUM({{ metrics.hits("view") }}) AS viewed,
      SUM(IF(earnings IS NULL, NULL, sent_count)) AS earning_recipients,
      CAST(SUM(earnings) AS FLOAT64) AS earnings
    FROM {{ ref("mass_messages") }}
    WHERE {{ time.on_completed_days("sending_time", "p_lookback_days") }}
      AND message_type = 'PPV'
    GROUP BY page_name, day
    HAVING SUM(sent_count) > 0
  ),
  holidays AS (
    SELECT DISTINCT holiday_date
    FROM {{ ref("holiday_calendar") }}
    WHERE saturation_impact_factor < 1
  ),
  days AS (
    SELECT
      sums.page_name,
      sums.day,
      sums.view_recipients,
      sums.viewed,
      sums.earning_recipients,
      sums.earnings,
      SAFE_DIVIDE(sums.viewed, sums.view_recipients) AS view_rate,
      SAFE_DIVIDE(sums.earnings, sums.earning_recipients) AS earnings_rate,
      EXTRACT(DAYOFWEEK FROM sums.day) AS weekday,
      DATE_DIFF({{ today }}, sums.day, DAY) <= {{ c.saturation.recent_days }} AS is_recent,
      holidays.holiday_date IS NOT NULL AS is_holiday
    FROM sums
    LEFT JOIN holidays ON holidays.holiday_date = sums.day
  ),
  usual_weekday AS (
    SELECT
      page_name,
      weekday,
      COUNT(view_rate) AS view_days,
      COUNT(earnings_rate) AS earnings_days,
      {{ statistics.median("view_rate") }} AS view_rate,
      {{ statistics.median("earnings_rate") }} AS earnings_rate
    FROM days
    WHERE NOT is_recent AND NOT is_holiday
    GROUP BY page_name, weekday
  ),
  usual_day AS (
    SELECT
      page_name,
      {{ statistics.median("view_rate") }} AS view_rate,
      {{ statistics.median("earnings_rate") }} AS earnings_rate
    FROM days
    WHERE NOT is_recent AND NOT is_holiday
    GROUP BY page_name
  ),
  expected AS (
    SELECT
      days.page_name,
      days.day,
      days.view_recipients,
      days.viewed,
      days.earning_recipients,
      days.earnings,
      days.view_rate,
      days.earnings_rate,
      days.is_recent,
      days.is_holiday,
      IF(usual_weekday.view_days >= {{ saturation.DAYS_FOR_A_WEEKDAY }},
        usual_weekday.view_rate, usual_day.view_rate) AS usual_view_rate,
      IF(usual_weekday.earnings_days >= {{ saturation.DAYS_FOR_A_WEEKDAY }},
        usual_weekday.earnings_rate, usual_day.earnings_rate) AS usual_earnings_rate
    FROM days
    LEFT JOIN usual_weekday ON usual_weekday.page_name = days.page_name AND usual_weekday.weekday = days.weekday
    LEFT JOIN usual_day ON usual_day.page_name = days.page_name
  ),
  ratios AS (
    SELECT
      page_name,
      day,
      view_recipients,
      viewed,
      earning_recipients,
      earnings,
      usual_view_rate,
      usual_earnings_rate,
      is_recent,
      is_holiday,
      SAFE_DIVIDE(view_rate, usual_view_rate) AS view_ratio,
      SAFE_DIVIDE(earnings_rate, IF(usual_earnings_rate > 0, usual_earnings_rate, NULL)) AS earnings_ratio
    FROM expected
  ),
  spread AS (
    SELECT
      page_name,
      COUNT(view_ratio) AS view_days,
      COUNT(earnings_ratio) AS earnings_days,
      STDDEV_SAMP(view_ratio) AS view_spread,
      STDDEV_SAMP(earnings_ratio) AS earnings_spread
    FROM ratios
    WHERE NOT is_recent AND NOT is_holiday
    GROUP BY page_name
  ),
  platform AS (
    SELECT
      day,
      COUNT(view_ratio) AS view_pages,
      SUM({{ saturation.clipped("view_ratio") }}) AS view_ratios,
      COUNTIF(view_ratio < {{ 1 - saturation.PLATFORM_FALL }}) AS fallen_pages,
      COUNT(earnings_ratio) AS earnings_pages,
      SUM({{ saturation.clipped("earnings_ratio") }}) AS earnings_ratios
    FROM ratios
    WHERE is_recent
    GROUP BY day
  ),
  -- The other pages on the same day: a page is never measured against itself.
  others AS (
    SELECT
      ratios.page_name,
      ratios.day,
      ratios.view_recipients,
      ratios.viewed,
      ratios.earning_recipients,
      ratios.earnings,
      ratios.usual_view_rate,
      ratios.usual_earnings_rate,
      ratios.is_holiday,
      ratios.view_ratio,
      ratios.earnings_ratio,
      platform.view_pages - IF(ratios.view_ratio IS NULL, 0, 1) AS view_pages,
      platform.view_ratios - COALESCE({{ saturation.clipped("ratios.view_ratio") }}, 0) AS view_ratios,
      platform.fallen_pages
        - IF(ratios.view_ratio < {{ 1 - saturation.PLATFORM_FALL }}, 1, 0) AS fallen_pages,
      platform.earnings_pages - IF(ratios.earnings_ratio IS NULL, 0, 1) AS earnings_pages,
      platform.earnings_ratios - COALESCE({{ saturation.clipped("ratios.earnings_ratio") }}, 0) AS earnings_ratios
    FROM ratios
    JOIN platform ON platform.day = ratios.day
    WHERE ratios.is_recent
  ),
  recent AS (
    SELECT
      page_name,
      day,
      viewed,
      earnings,
      is_holiday,
      view_recipients * usual_view_rate * IF(view_pages >= {{ saturation.PAGES_FOR_A_PLATFORM }},
        view_ratios / view_pages, 1.0) AS expected_views,
      earning_recipients * GREATEST(usual_earnings_rate, 0) * IF(earnings_pages >= {{ saturation.PAGES_FOR_A_PLATFORM }},
        earnings_ratios / earnings_pages, 1.0) AS expected_earnings,
      view_pages >= {{ saturation.PAGES_FOR_A_PLATFORM }}
        AND fallen_pages >= {{ saturation.PLATFORM_SHARE }} * view_pages AS is_platform_issue,
      NOT is_holiday
        AND view_ratio IS NOT NULL
        AND NOT (view_pages >= {{ saturation.PAGES_FOR_A_PLATFORM }}
          AND fallen_pages >= {{ saturation.PLATFORM_SHARE }} * view_pages) AS is_usable
    FROM others
  ),
  judged AS (
    SELECT
      page_name,
      day,
      viewed,
      earnings,
      expected_views,
      expected_earnings,
      is_holiday,
      is_platform_issue,
      is_usable,
      is_usable
        AND viewed < expected_views * {{ 1 + saturation.BAD_DAY_VIEWS }}
        AND earnings < expected_earnings * {{ 1 + saturation.BAD_DAY_EARNINGS }} AS is_bad
    FROM recent
  ),
  runs AS (
    SELECT
      page_name,
      viewed,
      earnings,
      expected_views,
      expected_earnings,
      is_holiday,
      is_platform_issue,
      is_usable,
      is_bad,
      day > COALESCE(
        MAX(IF(is_usable AND NOT is_bad, day, NULL)) OVER (PARTITION BY page_name),
        DATE '0001-01-01') AS is_after_last_good_day
    FROM judged
  ),
  weeks AS (
    SELECT
      page_name,
      COUNT(*) AS sending_days,
      COUNTIF(is_usable) AS usable_days,
      COUNTIF(is_usable AND earnings IS NOT NULL) AS earnings_days,
      COUNTIF(is_holiday) AS holidays,
      COUNTIF(is_platform_issue) AS platform_days,
      COUNTIF(is_bad AND is_after_last_good_day) AS bad_days,
      SAFE_DIVIDE(SUM(IF(is_usable, viewed, NULL)), SUM(IF(is_usable, expected_views, NULL))) - 1 AS view_deviation,
      SAFE_DIVIDE(SUM(IF(is_usable, earnings, NULL)), SUM(IF(is_usable, expected_earnings, NULL))) - 1
        AS earnings_deviation
    FROM runs
    GROUP BY page_name
  ),
  measured AS (
    SELECT
      asked.page_name,
      spread.view_days AS baseline_days,
      weeks.page_name IS NOT NULL AS has_recent,
      COALESCE(weeks.sending_days, 0) AS sending_days,
      COALESCE(weeks.usable_days, 0) AS usable_days,
      COALESCE(weeks.holidays, 0) AS holidays,
      COALESCE(weeks.platform_days, 0) AS platform_days,
      COALESCE(weeks.bad_days, 0) AS bad_days,
      weeks.view_deviation,
      weeks.earnings_deviation,
      IF(spread.view_days >= {{ saturation.DAYS_FOR_A_BASELINE }},
        SAFE_DIVIDE(spread.view_spread, SQRT(weeks.usable_days)), NULL) AS view_error,
      IF(spread.earnings_days >= {{ saturation.DAYS_FOR_A_BASELINE }},
        SAFE_DIVIDE(spread.earnings_spread, SQRT(weeks.earnings_days)), NULL) AS earnings_error
    FROM asked
    LEFT JOIN weeks ON weeks.page_name = asked.page_name AND weeks.sending_days > 0
    LEFT JOIN spread ON spread.page_name = asked.page_name
  ),
  trusted AS (
    SELECT
      {{ MEASURED | join(", ") }},
      {{ saturation.beyond_chance("view_deviation", "view_error") }} AS view_beyond_chance,
      {{ saturation.beyond_chance("earnings_deviation", "earnings_error") }} AS earnings_beyond_chance,
      0.4 * LEAST(usable_days, {{ c.saturation.recent_days }}) / {{ c.saturation.recent_days }}
        + 0.3 * (1 - COALESCE(SAFE_DIVIDE(platform_days, sending_days), 0))
        + {{ saturation.significance_part("GREATEST(COALESCE(ABS(SAFE_DIVIDE(view_deviation, view_error)), 0), "
          ~ "COALESCE(ABS(SAFE_DIVIDE(earnings_deviation, earnings_error)), 0))") }} AS confidence
    FROM measured
  ),
  excused AS (
    SELECT
      {{ MEASURED | join(", ") }},
      view_beyond_chance,
      earnings_beyond_chance,
      confidence,
      {{ saturation.view_part("view_beyond_chance") }} AS view_points,
      {{ saturation.earnings_part("earnings_beyond_chance") }} AS earnings_points,
      {{ saturation.run_part("bad_days") }} AS run_points,
      CASE
        WHEN holidays >= 3 THEN 'HOLIDAY'
        WHEN platform_days >= 2 THEN 'PLATFORM_HEADWIND'
        WHEN confidence < 0.5 THEN 'LOW_CONFIDENCE'
      END AS exclusion_reason
    FROM trusted
  ),
  scored AS (
    SELECT
      {{ (MEASURED + JUDGED) | join(", ") }},
      baseline_days IS NOT NULL OR has_recent AS has_history,
      COALESCE(baseline_days, 0) >= {{ saturation.DAYS_FOR_A_BASELINE }} AND usable_days > 0 AS has_enough,
      ROUND((view_points + earnings_points + run_points) * IF(exclusion_reason IS NULL, 1.0, 0.5), 4) AS score
    FROM excused
  ),
  zoned AS (
    SELECT
      {{ (MEASURED + JUDGED) | join(", ") }},
      has_history,
      has_enough,
      score,
      {{ saturation.zone_of("score") }} AS zone
    FROM scored
  )
  SELECT
    page_name,
    IF(has_history, score, NULL) AS saturation_score,
    IF(has_history, zone, NULL) AS saturation_status,
    ROUND(view_deviation, 6) AS unlock_rate_deviation,
    ROUND(earnings_deviation, 6) AS emv_deviation,
    IF(has_history, bad_days, NULL) AS consecutive_underperform_days,
    IF(has_history, {{ saturation.by_zone("zone", "ppv_multiplier") }}, NULL) AS volume_adjustment_factor,
    IF(has_history, ROUND(confidence, 4), NULL) AS confidence_score,
    IF(has_history, exclusion_reason, NULL) AS exclusion_reason,
    IF(NOT has_history, NULL, CASE zone
      WHEN 'GREEN' THEN 'Send the usual volume'
      WHEN 'YELLOW' THEN 'Send a quarter less PPV, a fifth more bumps, with longer gaps'
      WHEN 'RED' THEN 'Send no PPV for two days, then half the usual, and twice the bumps'
    END) AS recommended_action,
    IF(has_history, sending_days, NULL) AS sending_days,
    IF(has_history, usable_days, NULL) AS usable_days,
    IF(has_history, holidays, NULL) AS holiday_days,
    IF(has_history, platform_days, NULL) AS platform_days,
    IF(has_history, COALESCE(baseline_days, 0), NULL) AS baseline_days,
    ROUND(view_error, 6) AS unlock_rate_error,
    ROUND(earnings_error, 6) AS emv_error,
    ROUND(view_beyond_chance, 6) AS unlock_rate_beyond_chance,
    ROUND(earnings_beyond_chance, 6) AS emv_beyond_chance,
    IF(has_history, view_points, NULL) AS unlock_rate_points,
    IF(has_history, earnings_points, NULL) AS emv_points,
    IF(has_history, run_points, NULL) AS run_points,
    CASE
      WHEN NOT has_history THEN 'no_history'
      WHEN NOT has_enough THEN 'insufficient'
      ELSE 'ok'
    END AS data_status
  FROM zoned
);
