-- Every pair of a person and a counterparty in a matter decided in the quarter for which a link or a declared interest
-- exists: one row per tender, contract or order, person and party, all lots of the party together. Amounts of lots in
-- two currencies are not added.
WITH paired AS (
    SELECT
        context_type,
        context_id,
        person_id,
        party_id
    FROM linked_action
    UNION
    SELECT
        context_type,
        context_id,
        person_id,
        party_id
    FROM declared_interest
)

SELECT
    involved.context_type,
    involved.context_id,
    involved.person_id,
    involved.party_id,
    BOOL_AND(involved.late_arriving) AS late_arriving,
    MAX(involved.event_date) AS event_date,
    CASE WHEN COUNT(DISTINCT involved.currency) <= 1 THEN SUM(involved.amount) END AS amount,
    CASE WHEN COUNT(DISTINCT involved.currency) <= 1 THEN MIN(involved.currency) END AS currency,
    MIN(involved.org_unit_id) AS org_unit_id,
    MIN(involved.roles) AS roles,
    BOOL_OR(involved.is_deciding_member) AS is_deciding_member
FROM involved_interest AS involved
INNER JOIN paired
    ON
        involved.context_type = paired.context_type
        AND involved.context_id = paired.context_id
        AND involved.person_id = paired.person_id
        AND involved.party_id = paired.party_id
GROUP BY
    involved.context_type,
    involved.context_id,
    involved.person_id,
    involved.party_id
