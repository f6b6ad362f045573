-- Everybody in the quarter's participations with a link to, or a declaration about, anything, against every party of
-- the same tender and lot, contract or order.
WITH concerned AS (
    SELECT person_id
    FROM person_party_link
    UNION
    SELECT person_id
    FROM coi_declaration
    WHERE nature IS NOT NULL
)

SELECT
    participation.context_type,
    participation.context_id,
    participation.lot_id,
    participation.person_id,
    context_party.party_id,
    participation.late_arriving,
    participation.event_date,
    participation.amount,
    participation.currency,
    participation.org_unit_id,
    participation.roles,
    participation.is_deciding_member
FROM participation
INNER JOIN context_party
    ON
        participation.context_type = context_party.context_type
        AND participation.context_id = context_party.context_id
        AND participation.lot_id = context_party.lot_id
WHERE participation.person_id IN (SELECT concerned.person_id FROM concerned)
