-- The volume factor of every day between two dates that has one; several holidays on a day: the strictest counts.
SELECT
  holiday_date,
  MIN(saturation_impact_factor) AS factor
FROM {{ ref("holiday_calendar") }}
WHERE holiday_date BETWEEN @first_date AND @last_date
GROUP BY holiday_date
ORDER BY holiday_date
