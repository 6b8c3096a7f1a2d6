{% import "macros/volume.jinja" as volume with context %}
-- The volume factor of every day between two dates that has one; several holidays on a day: the strictest counts.
{{ volume.holiday_factors("@first_date", "@last_date") }}
ORDER BY holiday_date
