-- The recusals that apply to each participation of the quarter. A recusal from a whole tender covers its lots, and goes
-- on for the contracts that follow from it and the orders under them: a conflict does not end with the award.
SELECT
    participation.context_type,
    participation.context_id,
    participation.lot_id,
    participation.person_id,
    recusal.recusal_id,
    recusal.recused_at,
    recusal.ended_at,
    recusal.recorded_in
FROM participation
INNER JOIN recusal
    ON
        participation.person_id = recusal.person_id
        AND participation.context_type = recusal.context_type
        AND participation.context_id = recusal.context_id
WHERE recusal.lot_id IS NULL OR recusal.lot_id = participation.lot_id
UNION
SELECT
    participation.context_type,
    participation.context_id,
    participation.lot_id,
    participation.person_id,
    recusal.recusal_id,
    recusal.recused_at,
    recusal.ended_at,
    recusal.recorded_in
FROM participation
INNER JOIN recusal
    ON participation.person_id = recusal.person_id AND participation.contract_id = recusal.context_id
WHERE participation.context_type = 'po' AND recusal.context_type = 'contract'
UNION
SELECT
    participation.context_type,
    participation.context_id,
    participation.lot_id,
    participation.person_id,
    recusal.recusal_id,
    recusal.recused_at,
    recusal.ended_at,
    recusal.recorded_in
FROM participation
INNER JOIN recusal
    ON participation.person_id = recusal.person_id AND participation.tender_id = recusal.context_id
WHERE
    participation.context_type IN ('contract', 'po')
    AND recusal.context_type = 'tender'
    AND (recusal.lot_id IS NULL OR participation.award_lot_id IS NULL OR recusal.lot_id = participation.award_lot_id)
