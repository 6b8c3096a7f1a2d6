CREATE TABLE IF NOT EXISTS {{ ref("caption_bandit_stats") }} (
  page_name STRING NOT NULL OPTIONS (description = 'The page'),
  caption_id INT64 NOT NULL OPTIONS (description = 'The caption that was sent'),
  caption_key STRING NOT NULL OPTIONS (description = 'Identity of its text; the selector pools captions that share it'),
  price_tier STRING NOT NULL OPTIONS (description = 'Tier of the caption when the row was computed'),
  successes INT64 NOT NULL OPTIONS (description = 'Purchases'),
  failures INT64 NOT NULL OPTIONS (description = 'Views that did not lead to a purchase'),
  sends INT64 NOT NULL OPTIONS (description = 'Recipients'),
  messages INT64 NOT NULL OPTIONS (description = 'Messages the counts come from'),
  revenue NUMERIC NOT NULL OPTIONS (description = 'Dollars earned'),
  median_price NUMERIC OPTIONS (description = 'Median price this page asked for this text; NULL when it was always free'),
  prior_a FLOAT64 NOT NULL OPTIONS (description = 'Prior pseudo-successes of the page and tier'),
  prior_b FLOAT64 NOT NULL OPTIONS (description = 'Prior pseudo-failures of the page and tier'),
  freshness FLOAT64 NOT NULL OPTIONS (description = '1 for a rested text, less after each use, at as_of'),
  confidence_lower_bound FLOAT64 NOT NULL OPTIONS (description = 'Wilson lower bound of the observed rate, z = 1.96'),
  confidence_upper_bound FLOAT64 NOT NULL OPTIONS (description = 'Wilson upper bound of the observed rate, z = 1.96'),
  exploration_score FLOAT64 NOT NULL OPTIONS (description = '1 / SQRT(n + 1)'),
  expected_emv FLOAT64 NOT NULL OPTIONS (description = 'Dollars one more message is expected to earn, by the posterior mean; 0 for bumps'),
  last_sent_at TIMESTAMP NOT NULL OPTIONS (description = 'Last use of the text on the page'),
  as_of TIMESTAMP NOT NULL OPTIONS (description = 'Newest event the row knows of')
)
CLUSTER BY page_name, caption_id
OPTIONS (description = 'What each page has learnt about each caption, recomputed from the messages');
