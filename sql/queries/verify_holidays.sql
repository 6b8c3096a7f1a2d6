-- The holidays of a week, one row each.
SELECT
  holiday_date,
  holiday_name,
  saturation_impact_factor
FROM {{ ref("holiday_calendar") }}
WHERE holiday_date BETWEEN @week_start AND DATE_ADD(@week_start, INTERVAL 6 DAY)
ORDER BY holiday_date, holiday_name
