-- The generated holiday calendar: a changed factor is replaced, and no day is ever removed.
{% from "macros/upsert.jinja" import merge_staged with context %}
CREATE TEMP TABLE staged AS
SELECT
  holiday_date,
  holiday_name,
  type,
  is_major_holiday,
  saturation_impact_factor
FROM {{ ref(stage) }};

{{ merge_staged(
    "holiday_calendar",
    key=["holiday_date", "holiday_name"],
    compared=["type", "is_major_holiday", "saturation_impact_factor"],
) }}
