-- The pairs for which the registers, other than the declarations themselves, show a hard link between the first act and
-- the decision.
WITH linked AS (
    SELECT DISTINCT
        context_type,
        context_id,
        person_id,
        party_id
    FROM linked_action
    WHERE strength = 'hard' AND NOT STARTS_WITH(link_kind, 'declared_')
)

SELECT
    pair.context_type,
    pair.context_id,
    pair.person_id,
    pair.party_id,
    pair.late_arriving,
    pair.event_date,
    pair.amount,
    pair.currency,
    pair.org_unit_id,
    pair.roles,
    pair.is_deciding_member
FROM interest_pair AS pair
INNER JOIN linked
    ON
        pair.context_type = linked.context_type
        AND pair.context_id = linked.context_id
        AND pair.person_id = linked.person_id
        AND pair.party_id = linked.party_id
