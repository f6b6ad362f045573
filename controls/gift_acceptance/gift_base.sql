-- Every entry of the gift register known at the cut-off, valued in the reporting currency, its giver grouped.
-- * The day of an entry is the receipt; a gift never received (declined) stands on the day it was offered.
-- * Accepted = kept, used or shared. A gift to a relative, to the household or to the unit counts as the recipient's.
-- * A value below zero cannot be set against other gifts: it counts as no value. Zero is a value here, GFT-08 asks why.
-- * The giver's group is that of the day of receipt. A giver without a party id goes under the written name; whether
--   that is certain depends on the register: one that never states a party id groups by name throughout, in one that
--   does a nameless or unmapped giver could be anybody.
WITH entry AS (
    SELECT
        gift_id,
        recipient_person_id AS person_id,
        beneficiary_person_id,
        giver_name,
        giver_party_id,
        category,
        description,
        value,
        currency,
        value_basis,
        received_at,
        registered_at,
        disposition,
        accepted_at,
        approval_required,
        approved_by,
        approved_at,
        exemption_code,
        context_ref,
        GREATEST(COALESCE(shared_with_n, 1), 1) AS sharers,
        COALESCE(direction = 'given', FALSE) AS is_given,
        CASE
            WHEN direction = 'given' THEN FALSE
            ELSE disposition IN ('accepted_kept', 'accepted_used', 'accepted_shared')
        END AS accepted,
        CAST(COALESCE(received_at, offered_at) AS DATE) AS event_on,
        NULLIF(UPPER(TRIM(REGEXP_REPLACE(giver_name, '\s+', ' ', 'g'))), '') AS name_key,
        COUNT(giver_party_id) OVER () > 0 AS register_maps_givers,
        COUNT(value_basis) OVER () > 0 AS register_states_basis
    FROM gift
    WHERE
        registered_at IS NULL
        OR registered_at < $cut_off
),

valued AS (
    SELECT
        entry.gift_id,
        CASE
            WHEN entry.value < 0 THEN CAST(NULL AS DECIMAL(28, 2))
            WHEN entry.currency = $reporting_currency THEN CAST(entry.value AS DECIMAL(28, 2))
            ELSE CAST(ROUND(entry.value * fx_as_of.rate, 2) AS DECIMAL(28, 2))
        END AS value_base,
        CASE
            WHEN entry.value IS NULL THEN 'value_missing'
            WHEN entry.value < 0 THEN 'value_negative'
            WHEN entry.currency IS NULL THEN 'currency_missing'
            WHEN entry.currency <> $reporting_currency AND fx_as_of.rate IS NULL THEN 'fx_missing'
        END AS value_problem
    FROM entry
    LEFT JOIN fx_as_of
        ON
            entry.currency = fx_as_of.currency
            AND entry.event_on >= fx_as_of.valid_from
            AND (fx_as_of.valid_to IS NULL OR entry.event_on < fx_as_of.valid_to)
            AND DATE_DIFF('day', fx_as_of.valid_from, entry.event_on) <= $fx_max_age_days
)

SELECT
    entry.gift_id,
    entry.person_id,
    entry.beneficiary_person_id,
    entry.giver_name,
    entry.giver_party_id,
    COALESCE(party_group.group_id, entry.giver_party_id, 'name: ' || entry.name_key, 'gift: ' || entry.gift_id)
        AS giver_key,
    COALESCE(party_group.group_id, entry.giver_party_id) AS giver_group_id,
    party_group.party_id IS NOT NULL AS giver_in_master,
    entry.giver_party_id IS NOT NULL OR (NOT entry.register_maps_givers AND entry.name_key IS NOT NULL)
        AS giver_certain,
    entry.category,
    entry.description,
    entry.value,
    entry.currency,
    valued.value_base,
    valued.value_problem,
    -- each sharer's part, rounded half up to the minor unit; counted in whole cents, so that no binary fraction decides
    CAST(ROUND(CAST(valued.value_base * 100 AS BIGINT) / entry.sharers) AS BIGINT)
    * CAST(0.01 AS DECIMAL(3, 2)) AS value_share,
    entry.sharers,
    entry.value_basis,
    entry.register_states_basis,
    entry.received_at,
    entry.event_on,
    entry.registered_at,
    entry.disposition,
    entry.accepted_at,
    entry.is_given,
    entry.accepted,
    entry.approval_required,
    entry.approved_by,
    entry.approved_at,
    entry.exemption_code,
    entry.context_ref
FROM entry
LEFT JOIN valued
    ON entry.gift_id = valued.gift_id
LEFT JOIN party_group
    ON
        entry.giver_party_id = party_group.party_id
        AND (party_group.valid_from IS NULL OR entry.event_on >= party_group.valid_from)
        AND (party_group.valid_to IS NULL OR entry.event_on < party_group.valid_to)
