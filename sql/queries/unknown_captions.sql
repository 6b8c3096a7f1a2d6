-- The messages of an import that name a caption which the library does not know, with the first few of them. It runs after
-- the captions are merged: such an id is dropped, and the message gets the caption of its text, if there is one.
SELECT
  COUNT(*) AS messages,
  ARRAY_AGG(STRUCT(given.message_id, given.caption_id) ORDER BY given.message_id LIMIT 5) AS first_ones
FROM {{ ref(stage) }} AS given
LEFT JOIN {{ ref("caption_bank") }} AS bank ON bank.caption_id = given.caption_id
WHERE given.caption_id IS NOT NULL AND bank.caption_id IS NULL
