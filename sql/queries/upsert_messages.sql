-- Messages of an import. A caption id that the export gives counts when the library knows it; otherwise the caption that an
-- earlier import found by text stays. Captions are merged first.
{% from "macros/upsert.jinja" import merge_staged with context %}
CREATE TEMP TABLE staged AS
SELECT
  given.message_id,
  given.page_name,
  given.message,
  COALESCE(bank.caption_id, known.caption_id) AS caption_id,
  given.caption_key,
  given.sending_time,
  given.price,
  given.sent_count,
  given.viewed_count,
  given.purchased_count,
  given.earnings,
  given.message_type
FROM {{ ref(stage) }} AS given
LEFT JOIN {{ ref("caption_bank") }} AS bank ON bank.caption_id = given.caption_id
LEFT JOIN {{ ref("mass_messages") }} AS known
  ON known.message_id = given.message_id AND known.caption_key = given.caption_key;

{{ merge_staged(
    "mass_messages",
    key=["message_id"],
    compared=[
        "page_name",
        "message",
        "caption_id",
        "caption_key",
        "sending_time",
        "price",
        "sent_count",
        "viewed_count",
        "purchased_count",
        "earnings",
        "message_type",
    ],
) }}
