-- GFT-01 No gift from a prohibited source is accepted, unless an approved exemption was valid on the day of receipt.
-- A policy may permit single gifts up to a value; whether those of a giver stay within it together, GFT-02 and -03 ask.
SELECT
    gift.gift_id,
    gift.person_id,
    gift.giver_party_id AS party_id,
    COALESCE(gift.giver_name, gift.giver_party_id, 'a giver not recorded') AS giver_name,
    gift.event_on AS event_date,
    gift.value_base AS amount,
    $reporting_currency AS currency,
    CASE WHEN gift.accepted THEN 'accepted' ELSE gift.disposition END AS outcome,
    CASE
        WHEN gift_source.is_prohibited IS NULL THEN COALESCE(gift_source.source_reason, 'not established')
        ELSE gift_source.source_reason
    END AS source,
    COALESCE(gift_exempt.exemption_note, 'no exemption') AS exemption,
    CASE
        WHEN NOT gift.accepted THEN 'NOT_APPLICABLE'
        WHEN gift.accepted IS NULL THEN 'NOT_TESTED:disposition_missing'
        WHEN gift.event_on IS NULL THEN 'NOT_TESTED:receipt_date_missing'
        WHEN gift_exempt.is_exempt THEN 'PASS'
        WHEN gift_source.is_prohibited AND gift_exempt.is_exempt IS NULL THEN 'REVIEW:exemption_open'
        WHEN
            gift_source.is_prohibited
            AND IN_FORCE($permitted_limit, gift.event_on) > 0
            AND (gift.category IS NULL OR gift.category NOT IN ('cash', 'cash_equiv'))
            AND (gift.value_base IS NULL OR gift.value_base <= IN_FORCE($permitted_limit, gift.event_on))
            THEN CASE
                WHEN gift.value_base IS NULL OR gift.category IS NULL THEN 'REVIEW:permission_open'
                ELSE 'PASS'
            END
        WHEN gift_source.is_prohibited THEN 'EXCEPTION'
        WHEN gift_source.source_gap = 'role_undated' THEN 'REVIEW:role_undated'
        WHEN gift_source.is_prohibited IS NULL THEN 'REVIEW:giver_unmapped'
        ELSE 'PASS'
    END AS result
FROM gift_in_period AS gift
LEFT JOIN gift_source
    ON gift.gift_id = gift_source.gift_id
LEFT JOIN gift_exempt
    ON gift.gift_id = gift_exempt.gift_id
ORDER BY gift.gift_id
