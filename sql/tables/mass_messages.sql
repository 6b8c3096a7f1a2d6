CREATE TABLE IF NOT EXISTS {{ ref("mass_messages") }} (
  message_id STRING NOT NULL OPTIONS (description = 'Identity of the message in the export it came from'),
  page_name STRING NOT NULL OPTIONS (description = 'The page that sent it'),
  message STRING NOT NULL OPTIONS (description = 'Text as sent'),
  caption_id INT64 OPTIONS (description = 'Caption of the bank it was made from, when known'),
  caption_key STRING NOT NULL OPTIONS (description = 'Identity of the text, made by the import'),
  sending_time TIMESTAMP NOT NULL OPTIONS (description = 'Instant of sending'),
  price NUMERIC OPTIONS (description = 'Dollars to unlock; NULL or 0 when free'),
  sent_count INT64 NOT NULL OPTIONS (description = 'Recipients'),
  viewed_count INT64 OPTIONS (description = 'Recipients who opened it'),
  purchased_count INT64 OPTIONS (description = 'Recipients who unlocked it; NULL when not reported'),
  earnings NUMERIC OPTIONS (description = 'Gross dollars earned by the message'),
  message_type STRING NOT NULL OPTIONS (description = 'PPV or Bump')
)
PARTITION BY DATE(sending_time)
CLUSTER BY page_name
OPTIONS (description = 'Every mass message that was sent: the events everything is learnt from');
