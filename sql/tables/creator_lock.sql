CREATE TABLE IF NOT EXISTS {{ ref("creator_lock") }} (
  page_name STRING NOT NULL OPTIONS (description = 'The page, or * for the sentinel row'),
  fence INT64 NOT NULL OPTIONS (description = 'Grows by one with every lock of the page'),
  request_id STRING OPTIONS (description = 'Last request that took the guard row'),
  updated_at TIMESTAMP OPTIONS (description = 'When that was')
)
OPTIONS (description = 'One guard row per page: whoever changes assignments updates it first');
