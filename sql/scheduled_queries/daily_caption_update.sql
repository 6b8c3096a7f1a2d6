{% import "macros/jobs.jinja" as jobs with context %}
{% import "macros/time.jinja" as time with context %}
-- 2 AM in Los Angeles, summer and winter: of the two firings of a night, an hour apart, it acts at the first that is past 2 there.
{% call jobs.once_per_period(
  "daily_caption_update",
  period=jobs.day_period("@run_time"),
  period_before=jobs.day_period("@run_time", ago=1),
  due=time.local_hour("@run_time") ~ " >= " ~ c.schedules.daily_caption_update.first_local_hour) %}
CALL {{ ref("update_caption_performance") }}();
SET rows_changed = (SELECT COUNT(*) FROM {{ ref("caption_bandit_stats") }});
{% endcall %}
