-- Messages without a caption get the one of the same text: the lowest id among active captions, so that copies of a text under
-- several ids share their evidence. Covers messages of earlier imports too, for captions may arrive later.
CREATE TEMP TABLE canonical AS
SELECT
  caption_key,
  MIN(caption_id) AS caption_id
FROM {{ ref("caption_bank") }}
WHERE is_active
GROUP BY caption_key;

CREATE TEMP TABLE match_counts AS
SELECT
  COUNTIF(canonical.caption_id IS NOT NULL) AS matched,
  COUNTIF(canonical.caption_id IS NULL) AS without_caption
FROM {{ ref("mass_messages") }} AS sent
LEFT JOIN canonical ON canonical.caption_key = sent.caption_key
WHERE sent.caption_id IS NULL;

UPDATE {{ ref("mass_messages") }} AS sent
SET caption_id = canonical.caption_id
FROM canonical
WHERE sent.caption_id IS NULL AND sent.caption_key = canonical.caption_key;

SELECT matched, without_caption
FROM match_counts;
