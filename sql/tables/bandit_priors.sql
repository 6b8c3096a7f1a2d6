CREATE TABLE IF NOT EXISTS {{ ref("bandit_priors") }} (
  page_name STRING NOT NULL OPTIONS (description = 'The page, or * for the agency, which a page without history inherits'),
  price_tier STRING NOT NULL OPTIONS (description = 'budget, mid, premium, luxury or bump'),
  rate FLOAT64 NOT NULL OPTIONS (description = 'Expected purchases per view (bump: views per recipient) of an unknown caption'),
  variation FLOAT64 NOT NULL OPTIONS (description = 'Coefficient of variation of that rate from caption to caption'),
  prior_a FLOAT64 NOT NULL OPTIONS (description = 'Pseudo-successes'),
  prior_b FLOAT64 NOT NULL OPTIONS (description = 'Pseudo-failures'),
  views_per_message FLOAT64 NOT NULL OPTIONS (description = 'Views an average PPV of the page gets'),
  as_of TIMESTAMP NOT NULL OPTIONS (description = 'Newest event the row knows of')
)
CLUSTER BY page_name
OPTIONS (description = 'Empirical-Bayes priors by page and price tier: what is expected of a caption never seen before');
