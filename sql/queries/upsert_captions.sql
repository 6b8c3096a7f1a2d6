-- Captions of an import: new ones are added, changed ones replaced, and no caption is ever removed.
{% from "macros/upsert.jinja" import merge_staged with context %}
CREATE TEMP TABLE staged AS
SELECT
  caption_id,
  caption_text,
  caption_key,
  content_category,
  price_tier,
  has_urgency,
  psychological_trigger,
  is_active,
  created_at
FROM {{ ref(stage) }};

{{ merge_staged(
    "caption_bank",
    key=["caption_id"],
    compared=[
        "caption_text",
        "caption_key",
        "content_category",
        "price_tier",
        "has_urgency",
        "psychological_trigger",
        "is_active",
        "created_at",
    ],
) }}
