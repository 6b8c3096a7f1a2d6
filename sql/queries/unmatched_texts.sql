-- The texts of messages that have no caption; of the spellings under one key the first and the last.
SELECT
  caption_key,
  MIN(message) AS first_text,
  MAX(message) AS last_text,
  COUNT(*) AS messages
FROM {{ ref("mass_messages") }}
WHERE caption_id IS NULL
GROUP BY caption_key
ORDER BY caption_key;
