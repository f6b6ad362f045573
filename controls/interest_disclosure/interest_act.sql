-- The substantive acts of the person in the matter of each pair, in the lots the party takes part in.
SELECT DISTINCT
    involved.context_type,
    involved.context_id,
    involved.person_id,
    involved.party_id,
    act.action_ref,
    act.action,
    act.acted_at
FROM involved_interest AS involved
INNER JOIN interest_pair AS pair
    ON
        involved.context_type = pair.context_type
        AND involved.context_id = pair.context_id
        AND involved.person_id = pair.person_id
        AND involved.party_id = pair.party_id
INNER JOIN participation_action AS act
    ON
        involved.context_type = act.context_type
        AND involved.context_id = act.context_id
        AND involved.lot_id = act.lot_id
        AND involved.person_id = act.person_id
WHERE act.is_flagged OR NOT LIST_CONTAINS($administrative_actions, act.action)
