CREATE TABLE IF NOT EXISTS {{ ref("holiday_calendar") }} (
  holiday_date DATE NOT NULL OPTIONS (description = 'Local date'),
  holiday_name STRING NOT NULL OPTIONS (description = 'Name'),
  type STRING NOT NULL OPTIONS (description = 'FEDERAL, CULTURAL or COMMERCIAL'),
  is_major_holiday BOOL NOT NULL OPTIONS (description = 'Whether most people are away from their routine'),
  saturation_impact_factor FLOAT64 NOT NULL OPTIONS (description = 'Share of the usual volume to send that day')
)
OPTIONS (description = 'Holidays that change volume and are kept out of baselines');
