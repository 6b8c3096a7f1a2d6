-- The texts of the active captions, lowest id first: what a message's text may have been meant to be.
SELECT
  caption_id,
  caption_key,
  caption_text
FROM {{ ref("caption_bank") }}
WHERE is_active
ORDER BY caption_id;
