{% import "macros/cooldown.jinja" as cooldown with context %}
{% import "macros/selection.jinja" as selection with context %}
{% import "macros/time.jinja" as time with context %}
{% set monday = time.local_day("@as_of") %}
{% set no_longer_counts %}
COALESCE(uses.schedule_id, '') IN UNNEST(@released) OR (uses.schedule_id IS NULL AND uses.used_on >= {{ monday }})
{%- endset %}
-- A selection made again, read-only, to see who was passed over: the captions of one tier group that were picked or that
-- score at least `final_score`, and the one asked about, each with its verdict. Captions held by the schedules in
-- `released` count as free, and so does what was sent in the week itself, which nobody could know when it was planned.
{{ selection.steps(
  "SELECT page_name, num_budget, num_mid, num_premium, num_bump, seed FROM UNNEST(@requests)",
  "@as_of", "@mode", no_longer_counts, with_blocked=True, always="@caption_id") }},
nearest_uses AS (
  SELECT uses.page_name, uses.caption_key, uses.used_on, uses.schedule_id
  FROM (
    {{ cooldown.uses_near(monday, "DATE_ADD(" ~ monday ~ ", INTERVAL 6 DAY)") | indent(4) }}
  ) AS uses
  JOIN requests ON requests.page_name = uses.page_name
  WHERE NOT ({{ no_longer_counts }})
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY uses.page_name, uses.caption_key
    ORDER BY ABS(DATE_DIFF(uses.used_on, {{ monday }}, DAY)), uses.used_on, uses.schedule_id) = 1
),
judged AS (
  SELECT
    scored.page_name,
    scored.price_group,
    scored.caption_id,
    scored.caption_key,
    scored.price_tier,
    scored.content_category,
    scored.has_urgency,
    scored.thompson_score,
    scored.expected_emv,
    scored.final_score,
    scored.price AS recommended_price,
    {{ "believed." ~ selection.EVIDENCE | join(", believed.") }},
    ranked.place,
    CASE
      WHEN scored.blocked_by IS NOT NULL THEN scored.blocked_by
      WHEN picked.caption_id IS NOT NULL THEN 'picked'
      WHEN under_urgent_cap.caption_id IS NULL THEN 'urgent cap'
      WHEN under_both_caps.caption_id IS NULL THEN 'category cap'
      ELSE 'not needed'
    END AS verdict
  FROM scored
  JOIN believed ON believed.page_name = scored.page_name AND believed.caption_id = scored.caption_id
  LEFT JOIN ranked ON ranked.page_name = scored.page_name AND ranked.caption_id = scored.caption_id
  LEFT JOIN under_urgent_cap
    ON under_urgent_cap.page_name = scored.page_name AND under_urgent_cap.caption_id = scored.caption_id
  LEFT JOIN under_both_caps
    ON under_both_caps.page_name = scored.page_name AND under_both_caps.caption_id = scored.caption_id
  LEFT JOIN picked ON picked.page_name = scored.page_name AND picked.caption_id = scored.caption_id
)
SELECT
  judged.caption_id,
  judged.caption_key,
  texts.caption_text,
  judged.price_tier,
  judged.content_category,
  judged.has_urgency,
  judged.thompson_score,
  judged.expected_emv,
  judged.final_score,
  judged.recommended_price,
  {{ "judged." ~ selection.EVIDENCE | join(", judged.") }},
  judged.place,
  supply.captions - supply.cooling - supply.restricted AS free_captions,
  judged.verdict,
  nearest_uses.used_on,
  nearest_uses.schedule_id AS used_by
FROM judged
JOIN {{ ref("caption_bank") }} AS texts ON texts.caption_id = judged.caption_id
JOIN supply ON supply.page_name = judged.page_name AND supply.price_group = judged.price_group
LEFT JOIN nearest_uses
  ON nearest_uses.page_name = judged.page_name AND nearest_uses.caption_key = judged.caption_key
WHERE judged.price_group = @price_group
  AND (judged.verdict = 'picked' OR judged.final_score >= @final_score OR judged.caption_id = @caption_id)
ORDER BY judged.final_score DESC, judged.caption_key
