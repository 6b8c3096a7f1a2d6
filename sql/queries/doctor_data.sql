-- How much data there is and how fresh it is, as of an instant; messages of the look-back only.
WITH recent AS (
  SELECT COUNT(*) AS messages, MAX(sending_time) AS newest_at
  FROM {{ ref("mass_messages") }}
  WHERE sending_time >= TIMESTAMP_SUB(@as_of, INTERVAL @lookback_days DAY)
    AND sending_time < @as_of
),
pages AS (
  SELECT COUNTIF(is_active) AS active_pages, MAX(updated_at) AS changed_at
  FROM {{ ref("creators") }}
),
bank AS (
  SELECT COUNTIF(is_active) AS captions
  FROM {{ ref("caption_bank") }}
),
learnt AS (
  SELECT MAX(as_of) AS learnt_as_of
  FROM {{ ref("bandit_priors") }}
)
SELECT
  pages.active_pages,
  pages.changed_at AS pages_changed_at,
  bank.captions,
  recent.messages,
  recent.newest_at AS newest_message_at,
  learnt.learnt_as_of
FROM pages
CROSS JOIN bank
CROSS JOIN recent
CROSS JOIN learnt
