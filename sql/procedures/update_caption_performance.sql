{% import "macros/learning.jinja" as learning with context %}
{% import "macros/pricing.jinja" as pricing with context %}
{% import "macros/statistics.jinja" as statistics with context %}
{% import "macros/time.jinja" as time with context %}
{# Below this many captions a page's own variation is a guess, and the agency's is used. #}
{% set CAPTIONS_FOR_A_VARIATION = 30 %}
{% set LEAST_VARIATION = 0.2 %}
{% set LARGEST_VARIATION = 1.0 %}
CREATE OR REPLACE PROCEDURE {{ ref("update_caption_performance") }}()
BEGIN
  DECLARE as_of TIMESTAMP;
  DECLARE sentinels INT64;
  SET as_of = (SELECT MAX(sending_time) FROM {{ ref("mass_messages") }});

  -- Every message whose caption is known, by its id or else by its text.
  CREATE OR REPLACE TEMP TABLE learning_events AS
  WITH same_text AS (
    {{ learning.canonical_captions() | indent(4) }}
  ),
  identified AS (
    SELECT
      messages.page_name,
      COALESCE(by_id.caption_id, same_text.caption_id) AS caption_id,
      messages.sending_time,
      messages.message_type,
      messages.price,
      messages.sent_count,
      messages.viewed_count,
      messages.purchased_count,
      messages.earnings
    FROM {{ ref("mass_messages") }} AS messages
    LEFT JOIN {{ ref("caption_bank") }} AS by_id ON by_id.caption_id = messages.caption_id
    LEFT JOIN same_text ON same_text.caption_key = messages.caption_key
    WHERE messages.sending_time <= as_of
  )
  SELECT
    identified.page_name,
    bank.caption_id,
    bank.caption_key,
    bank.price_tier,
    identified.sending_time,
    (identified.message_type = 'Bump') = (bank.price_tier = 'bump') AS is_fair_trial,
    IF(identified.message_type = 'PPV' AND identified.price > 0, identified.price, NULL) AS asked_price,
    {{ learning.purchases() }} AS successes,
    {{ learning.missed_views() }} AS failures,
    {{ learning.recipients() }} AS sends,
    COALESCE(identified.earnings, 0) AS revenue
  FROM identified
  JOIN {{ ref("caption_bank") }} AS bank ON bank.caption_id = identified.caption_id;

  CREATE OR REPLACE TEMP TABLE caption_counts AS
  SELECT
    page_name,
    caption_id,
    caption_key,
    price_tier,
    SUM(IF(is_fair_trial, successes, 0)) AS successes,
    SUM(IF(is_fair_trial, failures, 0)) AS failures,
    SUM(IF(is_fair_trial, sends, 0)) AS sends,
    COUNTIF(is_fair_trial) AS messages,
    SUM(IF(is_fair_trial, revenue, 0)) AS revenue
  FROM learning_events
  GROUP BY page_name, caption_id, caption_key, price_tier;

  CREATE OR REPLACE TEMP TABLE fresh_priors AS
  WITH judged AS (
    SELECT
      page_name,
      price_tier,
      IF(price_tier = 'bump', 'bump', 'ppv') AS kind,
      -- Squares and products of counts do not fit INT64.
      CAST({{ learning.hits() }} AS FLOAT64) AS hits,
      CAST({{ learning.hits() }} + {{ learning.misses() }} AS FLOAT64) AS trials
    FROM caption_counts
    WHERE messages > 0
  ),
  tiers AS (
    {% for tier, rate in c.bandit.tier_rate.items() %}
    SELECT {{ tier | literal }} AS price_tier, {{ ("bump" if tier == "bump" else "ppv") | literal }} AS kind, {{ rate }} AS rate{{ " UNION ALL" if not loop.last }}
    {% endfor %}
  ),
  agency_totals AS (
    SELECT price_tier, SUM(hits) AS hits, SUM(trials) AS trials
    FROM judged
    GROUP BY price_tier
  ),
  agency AS (
    SELECT
      tiers.price_tier,
      tiers.kind,
      {{ statistics.shrunk("COALESCE(agency_totals.hits, 0)", "COALESCE(agency_totals.trials, 0)", "tiers.rate") }} AS rate
    FROM tiers
    LEFT JOIN agency_totals ON agency_totals.price_tier = tiers.price_tier
  ),
  page_totals AS (
    SELECT
      page_name,
      price_tier,
      kind,
      SUM(hits) AS hits,
      SUM(trials) AS trials,
      COUNTIF(trials > 0) AS captions,
      SUM(SAFE_DIVIDE(hits * hits, trials)) AS squared_hits,
      SUM(trials * trials) AS squared_trials
    FROM judged
    GROUP BY page_name, price_tier, kind
  ),
  -- How good a page is over all its tiers, 1 for the agency's average.
  levels AS (
    SELECT
      page_totals.page_name,
      page_totals.kind,
      {{ statistics.shrunk("SUM(page_totals.hits)", "SUM(page_totals.trials * agency.rate)", "1.0") }} AS level
    FROM page_totals
    JOIN agency ON agency.price_tier = page_totals.price_tier
    GROUP BY page_totals.page_name, page_totals.kind
  ),
  -- Spread of true rates from caption to caption by the method of moments: what binomial chance leaves unexplained.
  moments AS (
    SELECT
      page_name,
      kind,
      captions,
      squared_hits - SAFE_DIVIDE(hits * hits, trials)
        - (captions - 1) * SAFE_DIVIDE(hits, trials) * (1 - SAFE_DIVIDE(hits, trials)) AS unexplained,
      (trials - SAFE_DIVIDE(squared_trials, trials))
        * SAFE_DIVIDE(hits, trials) * SAFE_DIVIDE(hits, trials) AS scale
    FROM page_totals
    WHERE trials > 0
  ),
  agency_variation AS (
    SELECT
      kind,
      IF(SUM(captions) >= {{ CAPTIONS_FOR_A_VARIATION }},
        SQRT(GREATEST(SAFE_DIVIDE(SUM(unexplained), SUM(scale)), 0)), NULL) AS variation
    FROM moments
    GROUP BY kind
  ),
  page_variation AS (
    SELECT
      page_name,
      kind,
      IF(SUM(captions) >= {{ CAPTIONS_FOR_A_VARIATION }},
        SQRT(GREATEST(SAFE_DIVIDE(SUM(unexplained), SUM(scale)), 0)), NULL) AS variation
    FROM moments
    GROUP BY page_name, kind
  ),
  page_views AS (
    SELECT page_name, AVG(successes + failures) AS views_per_message
    FROM learning_events
    WHERE price_tier != 'bump' AND is_fair_trial
      AND sending_time > TIMESTAMP_SUB(as_of, INTERVAL {{ c.lookback_days }} DAY)
    GROUP BY page_name
  ),
  agency_views AS (
    SELECT COALESCE({{ statistics.median("views_per_message") }}, 0) AS views_per_message
    FROM page_views
  ),
  pages AS (
    SELECT DISTINCT page_name
    FROM learning_events
    UNION ALL
    SELECT '*' AS page_name
    FROM agency_views
    WHERE as_of IS NOT NULL
  ),
  expected AS (
    SELECT
      pages.page_name,
      agency.price_tier,
      agency.kind,
      LEAST(agency.rate * COALESCE(levels.level, 1), 0.95) AS expected_rate,
      COALESCE(page_totals.hits, 0) AS hits,
      COALESCE(page_totals.trials, 0) AS trials,
      COALESCE(page_views.views_per_message, agency_views.views_per_message) AS views_per_message,
      LEAST(GREATEST(
        COALESCE(page_variation.variation, agency_variation.variation, {{ c.bandit.prior_cv }}),
        {{ LEAST_VARIATION }}), {{ LARGEST_VARIATION }}) AS variation
    FROM pages
    CROSS JOIN agency
    CROSS JOIN agency_views
    LEFT JOIN levels ON levels.page_name = pages.page_name AND levels.kind = agency.kind
    LEFT JOIN page_totals ON page_totals.page_name = pages.page_name AND page_totals.price_tier = agency.price_tier
    LEFT JOIN page_variation ON page_variation.page_name = pages.page_name AND page_variation.kind = agency.kind
    LEFT JOIN agency_variation ON agency_variation.kind = agency.kind
    LEFT JOIN page_views ON page_views.page_name = pages.page_name
  ),
  rated AS (
    SELECT
      page_name,
      price_tier,
      variation,
      views_per_message,
      {{ statistics.shrunk("hits", "trials", "expected_rate") }} AS rate
    FROM expected
  )
  SELECT
    page_name,
    price_tier,
    ROUND(rate, 9) AS rate,
    ROUND(variation, 9) AS variation,
    ROUND(rate * {{ learning.prior_strength("rate", "variation") }}, 9) AS prior_a,
    ROUND((1 - rate) * {{ learning.prior_strength("rate", "variation") }}, 9) AS prior_b,
    ROUND(views_per_message, 6) AS views_per_message,
    as_of
  FROM rated;

  CREATE OR REPLACE TEMP TABLE fresh_stats AS
  WITH prices AS (
    SELECT page_name, caption_key, {{ statistics.median("asked_price") }} AS median_price
    FROM learning_events
    WHERE asked_price IS NOT NULL
    GROUP BY page_name, caption_key
  ),
  uses AS (
    SELECT
      page_name,
      caption_key,
      sending_time,
      ROW_NUMBER() OVER (PARTITION BY page_name, caption_key ORDER BY sending_time DESC) - 1 AS uses_since
    FROM learning_events
  ),
  -- Each use takes its share of the freshness that was left; later uses shrink what earlier ones took.
  rested AS (
    SELECT
      page_name,
      caption_key,
      MAX(sending_time) AS last_sent_at,
      1 - SUM({{ c.bandit.fatigue_drop }} * POW({{ 1 - c.bandit.fatigue_drop }}, uses_since)
        * {{ learning.fatigue_left(learning.days_between("as_of", "sending_time")) }}) AS freshness
    FROM uses
    GROUP BY page_name, caption_key
  ),
  learnt AS (
    SELECT
      counts.page_name,
      counts.caption_id,
      counts.caption_key,
      counts.price_tier,
      counts.successes,
      counts.failures,
      counts.sends,
      counts.messages,
      counts.revenue,
      prices.median_price,
      priors.prior_a,
      priors.prior_b,
      priors.views_per_message,
      LEAST(GREATEST(rested.freshness, 0), 1) AS freshness,
      rested.last_sent_at,
      CAST({{ learning.hits("counts.", "counts.price_tier") }} AS FLOAT64) AS hits,
      CAST({{ learning.misses("counts.", "counts.price_tier") }} AS FLOAT64) AS misses
    FROM caption_counts AS counts
    JOIN rested ON rested.page_name = counts.page_name AND rested.caption_key = counts.caption_key
    JOIN fresh_priors AS priors ON priors.page_name = counts.page_name AND priors.price_tier = counts.price_tier
    LEFT JOIN prices ON prices.page_name = counts.page_name AND prices.caption_key = counts.caption_key
  )
  SELECT
    page_name,
    caption_id,
    caption_key,
    price_tier,
    successes,
    failures,
    sends,
    messages,
    revenue,
    ROUND(median_price, 2) AS median_price,
    prior_a,
    prior_b,
    ROUND(freshness, 9) AS freshness,
    ROUND({{ ref("wilson_score_bounds") }}(hits, misses).lower_bound, 9) AS confidence_lower_bound,
    ROUND({{ ref("wilson_score_bounds") }}(hits, misses).upper_bound, 9) AS confidence_upper_bound,
    ROUND({{ ref("wilson_score_bounds") }}(hits, misses).exploration_bonus, 9) AS exploration_score,
    ROUND(CAST({{ pricing.price_for("price_tier", "median_price") }} AS FLOAT64)
      * (hits + prior_a) / (hits + misses + prior_a + prior_b) * freshness * views_per_message, 6) AS expected_emv,
    last_sent_at,
    as_of
  FROM learnt;

  -- MERGEs that only insert do not conflict, so two sessions would both add their rows: they conflict on the sentinel instead.
  BEGIN TRANSACTION;
  UPDATE {{ ref("creator_lock") }}
  SET updated_at = COALESCE(as_of, updated_at)
  WHERE page_name = '*';
  SET sentinels = @@row_count;
  IF sentinels != 1 THEN
    RAISE USING MESSAGE = 'update_caption_performance: the sentinel guard row is missing: run queries/ensure_guard_rows.sql';
  END IF;

  -- A page with a key that occurs twice is written anew.
  DELETE FROM {{ ref("bandit_priors") }}
  WHERE page_name IN (
    SELECT page_name FROM {{ ref("bandit_priors") }} GROUP BY page_name, price_tier HAVING COUNT(*) > 1);
  DELETE FROM {{ ref("caption_bandit_stats") }}
  WHERE page_name IN (
    SELECT page_name FROM {{ ref("caption_bandit_stats") }} GROUP BY page_name, caption_id HAVING COUNT(*) > 1);

  MERGE {{ ref("bandit_priors") }} AS kept
  USING fresh_priors AS fresh
  ON kept.page_name = fresh.page_name AND kept.price_tier = fresh.price_tier
  WHEN MATCHED AND (
    {% for column in ("rate", "variation", "prior_a", "prior_b", "views_per_message", "as_of") %}
    kept.{{ column }} != fresh.{{ column }}{{ " OR" if not loop.last }}
    {% endfor %}
  ) THEN UPDATE SET
    {% for column in ("rate", "variation", "prior_a", "prior_b", "views_per_message", "as_of") %}
    {{ column }} = fresh.{{ column }}{{ "," if not loop.last }}
    {% endfor %}
  WHEN NOT MATCHED BY TARGET THEN
    INSERT (page_name, price_tier, rate, variation, prior_a, prior_b, views_per_message, as_of)
    VALUES (fresh.page_name, fresh.price_tier, fresh.rate, fresh.variation, fresh.prior_a, fresh.prior_b,
      fresh.views_per_message, fresh.as_of)
  WHEN NOT MATCHED BY SOURCE THEN DELETE;

  {% set figures = ("caption_key", "price_tier", "successes", "failures", "sends", "messages", "revenue", "median_price",
    "prior_a", "prior_b", "freshness", "confidence_lower_bound", "confidence_upper_bound", "exploration_score",
    "expected_emv", "last_sent_at", "as_of") %}
  MERGE {{ ref("caption_bandit_stats") }} AS kept
  USING fresh_stats AS fresh
  ON kept.page_name = fresh.page_name AND kept.caption_id = fresh.caption_id
  WHEN MATCHED AND (
    {% for column in figures %}
    kept.{{ column }} IS DISTINCT FROM fresh.{{ column }}{{ " OR" if not loop.last }}
    {% endfor %}
  ) THEN UPDATE SET
    {% for column in figures %}
    {{ column }} = fresh.{{ column }}{{ "," if not loop.last }}
    {% endfor %}
  WHEN NOT MATCHED BY TARGET THEN
    INSERT (page_name, caption_id, {{ figures | join(", ") }})
    VALUES (fresh.page_name, fresh.caption_id, fresh.{{ figures | join(", fresh.") }})
  WHEN NOT MATCHED BY SOURCE THEN DELETE;

  COMMIT TRANSACTION;
END;
