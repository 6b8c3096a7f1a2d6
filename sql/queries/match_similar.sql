-- Gives messages without a caption the one their text was meant to be. A message that has a caption keeps it, so a second time
-- changes nothing, and an exact match that arrived meanwhile wins.
CREATE TEMP TABLE given AS
SELECT
  meant.caption_key,
  meant.caption_id
FROM UNNEST(@matches) AS meant;

UPDATE {{ ref("mass_messages") }} AS sent
SET caption_id = given.caption_id
FROM given
WHERE sent.caption_id IS NULL AND sent.caption_key = given.caption_key;

SELECT @@row_count AS matched;
