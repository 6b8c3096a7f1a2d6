-- One guard row per page named (none named: every page) and the sentinel, '*'. The sentinel is updated first: two sessions that
-- seed at once conflict there, where two INSERTs would both succeed. Only the first of all seedings has nothing to conflict on;
-- deployment does it, before anybody else comes. Should two deployments have seeded at once, the next seeding leaves one sentinel.
BEGIN TRANSACTION;
UPDATE {{ ref("creator_lock") }}
SET updated_at = CURRENT_TIMESTAMP()
WHERE page_name = '*';
IF @@row_count != 1 THEN
  DELETE FROM {{ ref("creator_lock") }}
  WHERE page_name = '*';
  INSERT INTO {{ ref("creator_lock") }} (page_name, fence, updated_at)
  VALUES ('*', 0, CURRENT_TIMESTAMP());
END IF;
INSERT INTO {{ ref("creator_lock") }} (page_name, fence, updated_at)
SELECT creators.page_name, 0, CURRENT_TIMESTAMP()
FROM {{ ref("creators") }} AS creators
LEFT JOIN {{ ref("creator_lock") }} AS guard ON guard.page_name = creators.page_name
WHERE guard.page_name IS NULL
  AND (COALESCE(ARRAY_LENGTH(@page_names), 0) = 0 OR creators.page_name IN UNNEST(@page_names));
COMMIT TRANSACTION;
