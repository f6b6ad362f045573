-- Per tender and lot, contract or order: how many parties won or only bid, and for how many of them no owner is
-- recorded.
SELECT
    context_party.context_type,
    context_party.context_id,
    context_party.lot_id,
    context_party.is_winner,
    COUNT(*) AS parties,
    COUNT(*) FILTER (WHERE NOT COALESCE(party_register.is_owner_known, FALSE)) AS parties_without_owner,
    MIN(context_party.party_id) AS first_party_id
FROM context_party
LEFT JOIN party_register ON context_party.party_id = party_register.party_id
GROUP BY
    context_party.context_type,
    context_party.context_id,
    context_party.lot_id,
    context_party.is_winner
