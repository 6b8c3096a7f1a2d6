-- Every known page, active or not.
SELECT page_name
FROM {{ ref("creators") }}
ORDER BY page_name;
