-- GFT-06 What is accepted above the approval limit was approved beforehand by somebody independent of the recipient.
SELECT
    gift.gift_id,
    gift.person_id,
    gift.giver_party_id AS party_id,
    gift.event_on AS event_date,
    gift.value_base AS amount,
    $reporting_currency AS currency,
    gift.approved_at,
    gift_approver.accepted_on,
    IN_FORCE($approval_limit, gift.event_on) AS approval_limit,
    CASE
        WHEN gift.approved_by IS NULL AND gift.approved_at IS NOT NULL THEN 'an approval is dated but names nobody'
        WHEN gift.approved_by IS NULL THEN 'no approval is on record'
        WHEN gift_approver.conflict IS NOT NULL THEN 'the approver is ' || gift_approver.conflict
        WHEN gift_approver.timing = 'before' AND gift_approver.is_mandate_decisive
            THEN 'the approver acted under a delegation'
        WHEN gift_approver.timing = 'before' AND gift_approver.is_unknown
            THEN 'the approver held no post on the day of approval'
        WHEN gift_approver.timing = 'undated' THEN 'the approval carries no date'
        WHEN gift_approver.timing = 'acceptance undated' THEN 'the acceptance carries no date'
        WHEN gift_approver.timing = 'same day'
            THEN 'approved on the day of the acceptance, which came first is not recorded'
        ELSE 'approved ' || gift_approver.timing || ' the acceptance'
    END AS finding,
    CASE
        WHEN NOT gift.accepted THEN 'NOT_APPLICABLE'
        WHEN gift.accepted IS NULL THEN 'NOT_TESTED:disposition_missing'
        WHEN gift_exempt.is_exempt THEN 'NOT_APPLICABLE:exempt'
        WHEN gift.value_base <= IN_FORCE($approval_limit, gift.event_on) AND NOT COALESCE(gift.approval_required, FALSE)
            THEN 'NOT_APPLICABLE:below_approval_limit'
        WHEN gift.value_problem IS NOT NULL AND NOT COALESCE(gift.approval_required, FALSE)
            THEN 'NOT_TESTED:' || gift.value_problem
        WHEN gift.approved_by IS NULL AND gift_exempt.is_exempt IS NULL THEN 'REVIEW:exemption_open'
        WHEN gift.approved_by IS NULL THEN 'EXCEPTION'
        WHEN gift.person_id IS NULL THEN 'NOT_TESTED:recipient_missing'
        WHEN gift_approver.conflict IS NOT NULL THEN 'EXCEPTION'
        WHEN gift_approver.timing = 'after' THEN 'EXCEPTION'
        WHEN gift_approver.timing = 'undated' THEN 'REVIEW:approval_undated'
        WHEN gift_approver.timing = 'acceptance undated' THEN 'NOT_TESTED:receipt_date_missing'
        WHEN gift_approver.timing = 'same day' THEN 'REVIEW:same_day'
        WHEN gift_approver.is_mandate_decisive THEN 'REVIEW:mandate'
        WHEN gift_approver.is_unknown THEN 'REVIEW:approver_unknown'
        ELSE 'PASS'
    END AS result
FROM gift_in_period AS gift
LEFT JOIN gift_exempt
    ON gift.gift_id = gift_exempt.gift_id
LEFT JOIN gift_approver
    ON gift.gift_id = gift_approver.gift_id
ORDER BY gift.gift_id
