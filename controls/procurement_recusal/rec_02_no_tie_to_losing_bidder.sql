-- REC-02 Whoever has a tie to a bidder that did not win was recused before acting.
-- As REC-01, for the parties that bid without winning: influence can be the exclusion of a rival.
SELECT
    participation.context_type,
    participation.context_id,
    participation.lot_id,
    participation.person_id,
    COALESCE(participation.roles, 'no committee role') AS roles,
    participation.org_unit_id,
    COALESCE(tied.party_id, party_of_context.first_party_id) AS party_id,
    participation.event_date,
    participation.amount,
    participation.currency,
    participation.late_arriving,
    participation.matter,
    tied.first_open_at AS first_act,
    tied.first_recused_at AS recused_at,
    CASE
        WHEN tied.finding IS NOT NULL THEN tied.finding
        WHEN party_of_context.parties_without_owner <> 0
            THEN CONCAT(
                'no tie is known, but no owner or officer is on record for ', party_of_context.parties_without_owner,
                ' of ', party_of_context.parties, ' parties'
            )
        ELSE 'no tie is known'
    END AS finding,
    CASE WHEN participation.is_called_off THEN 'low' ELSE 'high' END AS severity,
    tied.evidence,
    CASE
        WHEN tied.verdict IS NOT NULL THEN tied.verdict
        WHEN NOT participation.is_context_known THEN 'NOT_TESTED:context_unknown'
        WHEN participation.is_competitive AND participation.bids = 0 THEN 'NOT_TESTED:bids_missing'
        WHEN party_of_context.parties IS NULL THEN 'NOT_APPLICABLE:no_losing_bidder'
        WHEN
            party_of_context.parties_without_owner > 0 AND $owner_register = 'required'
            THEN 'NOT_TESTED:owners_unknown'
        WHEN tied.is_idle THEN 'NOT_APPLICABLE:no_substantive_action'
        ELSE 'PASS'
    END AS result
FROM participation
LEFT JOIN party_of_context
    ON
        participation.context_type = party_of_context.context_type
        AND participation.context_id = party_of_context.context_id
        AND participation.lot_id = party_of_context.lot_id
        AND NOT party_of_context.is_winner
LEFT JOIN tied_participation AS tied
    ON
        participation.context_type = tied.context_type
        AND participation.context_id = tied.context_id
        AND participation.lot_id = tied.lot_id
        AND participation.person_id = tied.person_id
        AND NOT tied.is_winner
ORDER BY
    participation.context_type,
    participation.context_id,
    participation.lot_id,
    participation.person_id
