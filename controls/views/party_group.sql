-- Which group of companies a party belongs to, and when. Half-open; NULL = open on that side.
-- A stated history decides: before, between and after its rows a party stands for itself, because a group it joined
-- in March was not its group in February. A party without any history takes the group of its master record, which
-- carries no dates. Where two rows overlap (a failed reliability check) the one that begins later holds.
WITH stated AS (
    SELECT
        party_id,
        valid_from,
        MIN(group_id) AS group_id,
        CASE WHEN COUNT(*) = COUNT(valid_to) THEN MAX(valid_to) END AS stated_to
    FROM party_group_hist
    GROUP BY
        party_id,
        valid_from
),

in_order AS (
    SELECT
        party_id,
        group_id,
        valid_from,
        LEAST(stated_to, LEAD(valid_from) OVER history) AS valid_to,
        LEAD(valid_from) OVER history AS next_from,
        ROW_NUMBER() OVER history AS place
    FROM stated
    WINDOW history AS (PARTITION BY party_id ORDER BY valid_from)
)

SELECT
    party_id,
    COALESCE(group_id, party_id) AS group_id,
    valid_from,
    valid_to
FROM in_order
UNION ALL
SELECT
    party_id,
    party_id AS group_id,
    CAST(NULL AS DATE) AS valid_from,
    valid_from AS valid_to
FROM in_order
WHERE place = 1
UNION ALL
SELECT
    party_id,
    party_id AS group_id,
    valid_to AS valid_from,
    next_from AS valid_to
FROM in_order
WHERE
    valid_to IS NOT NULL
    AND (next_from IS NULL OR valid_to < next_from)
UNION ALL
SELECT
    party.party_id,
    COALESCE(party.group_id, party.party_id) AS group_id,
    CAST(NULL AS DATE) AS valid_from,
    CAST(NULL AS DATE) AS valid_to
FROM party
WHERE NOT EXISTS (
    SELECT 1 FROM stated
    WHERE stated.party_id = party.party_id
)
