{% import "macros/selection.jinja" as selection with context %}
{% set known_segments = c.segments | list + c.segment_aliases | list %}
CREATE OR REPLACE PROCEDURE {{ ref("select_captions_for_creator") }}(
  p_page_name STRING,
  p_behavioral_segment STRING,
  p_num_budget INT64,
  p_num_mid INT64,
  p_num_premium INT64,
  p_num_bump INT64,
  p_as_of TIMESTAMP,
  p_seed STRING)
BEGIN
  IF p_page_name IS NULL OR p_as_of IS NULL OR p_seed IS NULL THEN
    RAISE USING MESSAGE = 'select_captions_for_creator: p_page_name, p_as_of and p_seed must not be NULL';
  END IF;
  IF p_num_budget IS NULL OR p_num_mid IS NULL OR p_num_premium IS NULL OR p_num_bump IS NULL
    OR p_num_budget < 0 OR p_num_mid < 0 OR p_num_premium < 0 OR p_num_bump < 0 THEN
    RAISE USING MESSAGE = 'select_captions_for_creator: the four numbers of captions must be 0 or more';
  END IF;
  IF p_behavioral_segment IS NULL OR p_behavioral_segment NOT IN ({{ known_segments | literal }}) THEN
    RAISE USING MESSAGE = CONCAT(
      'select_captions_for_creator: unknown segment ', COALESCE(p_behavioral_segment, 'NULL'),
      {{ (": use one of " ~ known_segments | join(", ")) | literal }});
  END IF;
  IF NOT EXISTS (SELECT page_name FROM {{ ref("creators") }} WHERE page_name = p_page_name) THEN
    RAISE USING MESSAGE = CONCAT('select_captions_for_creator: unknown page ', p_page_name, ': import it with its creator first');
  END IF;

  {{ selection.select_captions(
    "SELECT p_page_name AS page_name, p_num_budget AS num_budget, p_num_mid AS num_mid, "
      ~ "p_num_premium AS num_premium, p_num_bump AS num_bump, p_seed AS seed",
    "p_as_of", "'optimize'") | indent(2) }};
END;
