-- The population: every register entry this quarter owns, accepted or not.
-- The day of receipt decides; an entry registered after that quarter's cut-off is late and belongs to the quarter in
-- which it became known. Without a day of receipt the registration decides; with neither, the entry is always included.
SELECT
    gift_id,
    COALESCE(event_on < $period_start, FALSE) AS late_arriving,
    person_id,
    beneficiary_person_id,
    giver_name,
    giver_party_id,
    giver_group_id,
    giver_certain,
    category,
    description,
    value,
    currency,
    value_base,
    value_problem,
    value_basis,
    register_states_basis,
    event_on,
    registered_at,
    disposition,
    is_given,
    accepted,
    approval_required,
    approved_by,
    approved_at
FROM gift_base
WHERE
    (event_on IS NULL OR event_on < $period_end)
    AND (
        event_on >= $period_start
        OR registered_at >= $previous_cut_off
        OR (event_on IS NULL AND registered_at IS NULL)
    )
