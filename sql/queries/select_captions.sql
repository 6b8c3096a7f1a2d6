{% import "macros/selection.jinja" as selection with context %}
-- The selector for many pages at once: the same rows as select_captions_for_creator gives page by page.
DECLARE problem STRING;

SET problem = (
  SELECT CASE
    WHEN @as_of IS NULL THEN 'as_of must not be NULL'
    WHEN COALESCE(@mode, '') NOT IN ({{ c.modes | list | literal }}) THEN
      CONCAT('unknown mode ', COALESCE(@mode, 'NULL'), {{ (": use one of " ~ c.modes | join(", ")) | literal }})
    WHEN COUNT(*) != COUNT(DISTINCT requests.page_name) THEN 'a page is asked for twice, or has no name'
    WHEN COUNTIF(creators.page_name IS NULL) > 0 THEN
      CONCAT('unknown page ', STRING_AGG(IF(creators.page_name IS NULL, requests.page_name, NULL), ', '))
    WHEN COUNTIF(requests.seed IS NULL) > 0 THEN 'a request has no seed'
    WHEN COUNTIF(COALESCE(LEAST(requests.num_budget, requests.num_mid, requests.num_premium, requests.num_bump), -1) < 0) > 0
      THEN 'the four numbers of captions must be 0 or more'
  END
  FROM UNNEST(@requests) AS requests
  LEFT JOIN {{ ref("creators") }} AS creators ON creators.page_name = requests.page_name
);
IF problem IS NOT NULL THEN
  RAISE USING MESSAGE = CONCAT('select_captions: ', problem);
END IF;

{{ selection.select_captions(
  "SELECT page_name, num_budget, num_mid, num_premium, num_bump, seed FROM UNNEST(@requests)",
  "@as_of", "@mode", with_page=True, released="COALESCE(uses.schedule_id, '') IN UNNEST(@supersede)") }};
