{% import "macros/report_comparisons.jinja" as comparisons with context %}
{% import "macros/report_course.jinja" as course with context %}
{% import "macros/report_page.jinja" as report with context %}
{% import "macros/report_sales.jinja" as sales with context %}
{% import "macros/sizes.jinja" as sizes with context %}
{% import "macros/time.jinja" as time with context %}
CREATE OR REPLACE PROCEDURE {{ ref("analyze_creator_performance") }}(
  IN p_page_name STRING,
  IN p_lookback_days INT64,
  IN p_as_of TIMESTAMP,
  OUT performance_report STRING)
BEGIN
  IF p_page_name IS NULL OR p_lookback_days IS NULL OR p_as_of IS NULL THEN
    RAISE USING MESSAGE = 'analyze_creator_performance: p_page_name, p_lookback_days and p_as_of must not be NULL';
  END IF;
  IF p_lookback_days NOT BETWEEN 1 AND {{ c.report.longest_lookback_days }} THEN
    RAISE USING MESSAGE = CONCAT(
      'analyze_creator_performance: p_lookback_days must be from 1 to {{ c.report.longest_lookback_days }}, not ',
      CAST(p_lookback_days AS STRING));
  END IF;
  IF NOT EXISTS (SELECT page_name FROM {{ ref("creators") }} WHERE page_name = p_page_name) THEN
    RAISE USING MESSAGE = CONCAT(
      'analyze_creator_performance: unknown page ', p_page_name, ': import it with its creator first');
  END IF;

  BEGIN
    DECLARE v_page DEFAULT (
      {{ report.page() | indent(6) }}
    );
    DECLARE v_sales DEFAULT (
      {{ sales.sales() | indent(6) }}
    );
    DECLARE v_compared DEFAULT (
      {{ comparisons.comparisons() | indent(6) }}
    );
    DECLARE v_course DEFAULT (
      {{ course.course() | indent(6) }}
    );

    SET performance_report = TO_JSON_STRING(STRUCT(
      v_page.page_name AS page_name,
      v_page.creator_name AS creator_name,
      {{ time.local_text("p_as_of") }} AS analysis_timestamp,
      p_lookback_days AS lookback_days,
      v_page.data_status AS data_status,
      v_page.account_size AS account_size,
      v_page.saturation_status AS saturation_status,
      v_page.saturation_score AS saturation_score,
      (SELECT avg_emv FROM UNNEST(v_course.types) WHERE message_type = 'PPV') AS avg_emv,
      STRUCT(v_page.ppv AS ppv, v_page.bump AS bump) AS recommended_volume,
      {{ time.coming_monday("p_as_of") }} AS recommended_week,
      v_page.behavioral_segment AS behavioral_segment,
      STRUCT(
        {{ time.local_text("v_page.last_message_at") }} AS last_message_at,
        ROUND(TIMESTAMP_DIFF(p_as_of, v_page.last_message_at, SECOND) / 3600, 1) AS hours_since_last_message,
        v_page.messages AS messages
      ) AS data_freshness,
      STRUCT(
        v_page.account_size AS size_tier,
        v_page.avg_audience AS avg_audience,
        ROUND(CAST(v_page.total_revenue_period AS FLOAT64), 2) AS total_revenue_period,
        ROUND({{ sizes.by_size("v_page.account_size", "ppv_range", 0) }} / 7, 4) AS daily_ppv_target_min,
        ROUND({{ sizes.by_size("v_page.account_size", "ppv_range", 1) }} / 7, 4) AS daily_ppv_target_max,
        ROUND({{ sizes.by_size("v_page.account_size", "base_bump") }} / 7, 4) AS daily_bump_target,
        {{ sizes.by_size("v_page.account_size", "base_ppv") }} AS weekly_ppv_target,
        {{ sizes.by_size("v_page.account_size", "base_bump") }} AS weekly_bump_target,
        {{ sizes.by_size("v_page.account_size", "min_gap_minutes") }} AS min_ppv_gap_minutes,
        {{ c.saturation.tolerance }} AS saturation_tolerance,
        v_page.data_status AS data_status
      ) AS account_classification,
      STRUCT(
        v_page.behavioral_segment AS segment_label,
        v_sales.segment.avg_rpr AS avg_rpr,
        v_sales.segment.avg_conv AS avg_conv,
        v_sales.segment.rpr_price_slope AS rpr_price_slope,
        v_sales.segment.rpr_price_corr AS rpr_price_corr,
        v_sales.segment.conv_price_elasticity_proxy AS conv_price_elasticity_proxy,
        v_sales.segment.category_entropy AS category_entropy,
        v_sales.segment.sample_size AS sample_size
      ) AS behavioral_segment_analysis,
      STRUCT(
        v_page.saturation_score AS saturation_score,
        v_page.saturation_status AS saturation_status,
        v_page.unlock_rate_deviation AS unlock_rate_deviation,
        v_page.emv_deviation AS emv_deviation,
        v_page.consecutive_underperform_days AS consecutive_underperform_days,
        v_page.recommended_action AS recommended_action,
        v_page.volume_adjustment_factor AS volume_adjustment_factor,
        v_page.confidence_score AS confidence_score,
        v_page.exclusion_reason AS exclusion_reason,
        v_page.saturation_data_status AS data_status
      ) AS saturation,
      v_course.types AS message_type_performance,
      STRUCT(
        {{ c.report.window_days }} AS window_days,
        v_course.changes.earnings_change_pct AS earnings_change_pct,
        v_course.changes.view_rate_change_pct AS view_rate_change_pct,
        v_course.changes.purchase_rate_change_pct AS purchase_rate_change_pct,
        v_course.changes.revenue_per_recipient_change_pct AS revenue_per_recipient_change_pct,
        v_course.days AS days
      ) AS recent_trend,
      v_course.anomalies AS anomalies,
      v_compared.triggers AS psychological_trigger_analysis,
      v_sales.categories AS content_category_performance,
      v_compared.days AS day_of_week_patterns,
      v_sales.windows AS time_window_optimization,
      v_page.available_categories AS available_categories
    ));
  END;
END;
