-- Every page that was ever imported.
SELECT page_name, is_active
FROM {{ ref("creators") }}
ORDER BY page_name
