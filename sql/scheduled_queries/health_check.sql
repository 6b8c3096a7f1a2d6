{% import "macros/health.jinja" as health with context %}
{% import "macros/jobs.jinja" as jobs with context %}
{% set hours = c.schedules.health_check.period_hours %}
{% set parts = c.health.parts %}
-- Scores the system, keeps the row, and then fails if a hard gate tripped: a failed run is what raises the alarm. What cannot
-- be measured trips a gate too.
{% call jobs.once_per_period(
  "health_check",
  period=jobs.utc_period("@run_time", hours),
  period_before=jobs.utc_period("@run_time", hours, ago=1)) %}
{{ health.stage_jobs("@run_time") }};

CREATE OR REPLACE TEMP TABLE health_figures AS
WITH {{ health.outcomes("@run_time") }},
{{ health.spending("@run_time") }},
{{ health.duplicates() }},
{{ health.fences() }},
{{ health.ages("@run_time") }},
{{ health.pools("@run_time") }}
SELECT
  IF(outcomes.jobs > 0, outcomes.failed / GREATEST(outcomes.jobs - outcomes.conflicts - outcomes.verdicts, {{ c.health.minimum_jobs }}), NULL)
    AS job_success,
  messages.hours AS data_freshness,
  CAST(stuck.locks AS FLOAT64) AS stuck_locks,
  spending.dollars AS cost,
  durations.slow AS latency,
  pools.depth AS pool_depth,
  outcomes.jobs,
  outcomes.failed,
  outcomes.conflicts,
  outcomes.verdicts,
  duplicates.pairs AS active_duplicates,
  fences.regressed AS fences_regressed,
  daily_runs.hours AS daily_run_hours,
  pools.least_ppv,
  pools.least_bumps
FROM outcomes
CROSS JOIN durations
CROSS JOIN spending
CROSS JOIN duplicates
CROSS JOIN fences
CROSS JOIN daily_runs
CROSS JOIN messages
CROSS JOIN stuck
CROSS JOIN pools;

CREATE OR REPLACE TEMP TABLE health_verdict AS
WITH shares AS (
  SELECT
    {% for name, limits in parts.items() %}
    STRUCT({{ name }} AS figure, {{ health.share(name, limits) }} AS share, {{ limits.points }} AS points) AS {{ name }},
    {% endfor %}
    jobs, failed, conflicts, verdicts, active_duplicates, fences_regressed, daily_run_hours, least_ppv, least_bumps
  FROM health_figures
),
judged AS (
  SELECT
    {{ parts | join(", ") }},
    jobs, failed, conflicts, verdicts, active_duplicates, fences_regressed, daily_run_hours, least_ppv, least_bumps,
    ARRAY(
      SELECT part.name
      FROM UNNEST([
        {% for name in parts %}
        STRUCT({{ name | literal }} AS name, {{ name }}.share AS share){{ "," if not loop.last }}
        {% endfor %}
      ]) AS part
      WHERE part.share IS NULL
    ) AS missing
  FROM shares
),
gated AS (
  SELECT
    {{ parts | join(", ") }},
    jobs, failed, conflicts, verdicts, active_duplicates, fences_regressed, daily_run_hours, least_ppv, least_bumps, missing,
    ARRAY(
      SELECT gate.name
      FROM UNNEST([
        STRUCT('active_duplicate' AS name, active_duplicates > 0 AS is_tripped),
        STRUCT('fence_regression' AS name, fences_regressed > 0 AS is_tripped),
        STRUCT('daily_run_stale' AS name, daily_run_hours > {{ c.health.daily_run_stale_hours }} AS is_tripped),
        STRUCT('missing_input' AS name, ARRAY_LENGTH(missing) > 0 AS is_tripped)
      ]) AS gate
      WHERE COALESCE(gate.is_tripped, TRUE)
    ) AS gates
  FROM judged
),
scored AS (
  SELECT
    IF(ARRAY_LENGTH(gates) > 0, 0.0, ROUND(GREATEST(100.0
      {%- for name in parts %} - (1 - {{ name }}.share) * {{ name }}.points{% endfor %}, 0.0), 2)) AS score,
    TO_JSON(STRUCT(
      {{ parts | join(", ") }},
      jobs, failed, conflicts, verdicts, active_duplicates, fences_regressed, daily_run_hours, least_ppv, least_bumps, missing
    )) AS components,
    gates,
    {% for name in health.ALARMING_PARTS %}
    {{ name }}.share < 1 AS {{ name }}{{ "," if not loop.last }}
    {% endfor %}
  FROM gated
)
SELECT
  score,
  components,
  gates,
  ARRAY(
    SELECT alarm.name
    FROM UNNEST([
      STRUCT('health_low' AS name, score < {{ c.health.roll_back_below }} AS is_raised),
      {% for name in health.ALARMING_PARTS %}
      STRUCT({{ name | literal }} AS name, {{ name }} AS is_raised){{ "," if not loop.last }}
      {% endfor %}
    ]) AS alarm
    WHERE alarm.is_raised
  ) AS alarms
FROM scored;

DELETE FROM {{ ref("health_checks") }}
WHERE checked_at = @run_time;
INSERT INTO {{ ref("health_checks") }} (checked_at, score, components, hard_gates_tripped, release_id, formula_version)
SELECT @run_time, score, components, gates, {{ release | literal }}, {{ c.health.formula_version | literal }}
FROM health_verdict;
SET rows_changed = @@row_count;
{{ health.raise_alarms() }}
SET problem = (
  SELECT CONCAT({{ health.VERDICT | literal }}, ARRAY_TO_STRING(gates, ', '))
  FROM health_verdict
  WHERE ARRAY_LENGTH(gates) > 0
);
IF problem IS NOT NULL THEN
  RAISE USING MESSAGE = problem;
END IF;
{% endcall %}
