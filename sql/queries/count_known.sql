-- How many of the given keys the warehouse knows, by table. Reads the key columns only and writes nothing.
SELECT
  (SELECT COUNT(*) FROM {{ ref("creators") }} WHERE page_name IN UNNEST(@page_names)) AS creators,
  (SELECT COUNT(*) FROM {{ ref("caption_bank") }} WHERE caption_id IN UNNEST(@caption_ids)) AS captions,
  (SELECT COUNT(*) FROM {{ ref("mass_messages") }} WHERE message_id IN UNNEST(@message_ids)) AS messages;
