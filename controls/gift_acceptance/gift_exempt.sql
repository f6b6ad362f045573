-- Whether an approved exemption covered the gift on the day of receipt. TRUE, FALSE, or NULL where that stays open.
-- An exemption counts if the entry quotes its code; without a code on either side it must name both this recipient and
-- this giver. It may name nobody else, and must be valid on the day and approved by somebody other than the recipient
-- before the day of receipt. The receipt has no time, so for an approval of the same day $same_day_policy decides.
-- Categories that the policy exempts (promotional items) are exempt up to the nominal limit, with no approval.
WITH candidate AS (
    SELECT
        gift_base.gift_id,
        gift_exemption.exemption_id
    FROM gift_base
    INNER JOIN gift_exemption
        ON gift_base.exemption_code = gift_exemption.exemption_code
    UNION ALL
    SELECT
        gift_base.gift_id,
        gift_exemption.exemption_id
    FROM gift_base
    INNER JOIN gift_exemption
        ON gift_base.person_id = gift_exemption.person_id
    WHERE
        gift_exemption.party_id IS NOT NULL
        AND (gift_base.exemption_code IS NULL OR gift_exemption.exemption_code IS NULL)
),

judged AS (
    SELECT
        candidate.gift_id,
        candidate.exemption_id,
        CASE
            WHEN
                gift_exemption.person_id <> gift_base.person_id
                OR (
                    gift_exemption.party_id IS NOT NULL
                    AND gift_exemption.party_id IS DISTINCT FROM gift_base.giver_party_id
                    AND gift_exemption.party_id IS DISTINCT FROM gift_base.giver_group_id
                )
                THEN 'for others'
            WHEN gift_exemption.approved_by IS NULL OR gift_exemption.approved_at IS NULL THEN 'not approved'
            WHEN gift_exemption.approved_by = gift_base.person_id THEN 'approved by the recipient'
            WHEN gift_exemption.valid_from > gift_base.event_on OR gift_exemption.valid_to <= gift_base.event_on
                THEN 'not valid on the day'
            WHEN CAST(gift_exemption.approved_at AS DATE) < gift_base.event_on THEN 'approved'
            WHEN CAST(gift_exemption.approved_at AS DATE) > gift_base.event_on THEN 'approved afterwards'
            WHEN $same_day_policy = 'pass' THEN 'approved'
            WHEN $same_day_policy = 'exception' THEN 'approved afterwards'
            ELSE 'approved the same day'
        END AS finding
    FROM candidate
    INNER JOIN gift_base
        ON candidate.gift_id = gift_base.gift_id
    INNER JOIN gift_exemption
        ON candidate.exemption_id = gift_exemption.exemption_id
),

by_gift AS (
    SELECT
        gift_id,
        COUNT(*) FILTER (WHERE finding = 'approved') > 0 AS is_approved,
        COUNT(*) FILTER (WHERE finding = 'approved the same day') > 0 AS is_open,
        STRING_AGG(DISTINCT exemption_id || ' ' || finding, '; ' ORDER BY exemption_id || ' ' || finding) AS words
    FROM judged
    GROUP BY gift_id
)

SELECT
    gift_base.gift_id,
    CASE
        WHEN by_gift.is_approved THEN TRUE
        WHEN
            LIST_CONTAINS($exempt_categories, gift_base.category)
            AND gift_base.value_base <= IN_FORCE($nominal_limit, gift_base.event_on)
            THEN TRUE
        WHEN by_gift.is_open THEN NULL
        WHEN LIST_CONTAINS($exempt_categories, gift_base.category) AND gift_base.value_base IS NULL THEN NULL
        ELSE FALSE
    END AS is_exempt,
    CASE
        WHEN by_gift.words IS NOT NULL THEN 'exemption ' || by_gift.words
        WHEN gift_base.exemption_code IS NOT NULL
            THEN 'exemption ' || gift_base.exemption_code || ' claimed, none on record'
        WHEN LIST_CONTAINS($exempt_categories, gift_base.category) THEN 'category ' || gift_base.category
    END AS exemption_note
FROM gift_base
LEFT JOIN by_gift
    ON gift_base.gift_id = by_gift.gift_id
