-- Pages of an import: new ones are added, changed ones replaced, and no page is ever removed.
{% from "macros/upsert.jinja" import merge_staged with context %}
CREATE TEMP TABLE staged AS
SELECT
  page_name,
  display_name,
  is_active,
  audience,
  PARSE_JSON(settings) AS settings,
  @now AS updated_at
FROM {{ ref(stage) }};

{{ merge_staged(
    "creators",
    key=["page_name"],
    compared=["display_name", "is_active", "audience", "settings"],
    json_columns=["settings"],
    stamps=["updated_at"],
) }}
