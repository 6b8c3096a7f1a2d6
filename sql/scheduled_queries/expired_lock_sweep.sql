{% import "macros/jobs.jinja" as jobs with context %}
{% set hours = c.schedules.expired_lock_sweep.period_hours %}
-- Ends the locks whose send time is past. One DML statement, so that it needs no guard row; a swept caption cools down as before.
{% call jobs.once_per_period(
  "expired_lock_sweep",
  period=jobs.utc_period("@run_time", hours),
  period_before=jobs.utc_period("@run_time", hours, ago=1)) %}
UPDATE {{ ref("active_caption_assignments") }}
SET is_active = FALSE, deactivated_at = @run_time, deactivation_reason = 'past'
WHERE is_active AND scheduled_send_time < @run_time;
SET rows_changed = @@row_count;
{% endcall %}
