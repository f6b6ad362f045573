-- How many days lie between a gift and the nearest proceeding in which its recipient took part: of the giver's group,
-- and of anybody. 0 = the part was open on the day. Proceedings: tenders (whole, not by lot), contracts, purchase
-- orders, invoices. A part begins with the appointment or first substantive action and ends with its end or the last
-- action; a committee member, owner of the need, author of the specification or contract manager without an end stays
-- in it until the proceeding ends. Looking at a file is no part in it. was_near: a part that had begun before the
-- previous cut-off was near already, as far as its acts went by then, so that an earlier quarter has reported it.
-- One that begins after this quarter's cut-off is left to the next, also where later extracts are tested again.
WITH stated_part AS (
    SELECT
        person_id,
        'tender' AS context_type,
        tender_id AS context_id,
        role AS part,
        CAST(appointed_at AS DATE) AS began_on,
        CAST(ended_at AS DATE) AS ended_on
    FROM committee_member
    UNION ALL
    SELECT
        person_id,
        context_type,
        context_id,
        'action' AS part,
        CAST(MIN(acted_at) AS DATE) AS began_on,
        CAST(MAX(acted_at) AS DATE) AS ended_on
    FROM process_action
    WHERE
        COALESCE(substantive, TRUE)
        AND acted_at < $cut_off
    GROUP BY
        person_id,
        context_type,
        context_id
    UNION ALL
    SELECT
        need_owner AS person_id,
        'tender' AS context_type,
        tender_id AS context_id,
        'need owner' AS part,
        CAST(NULL AS DATE) AS began_on,
        CAST(NULL AS DATE) AS ended_on
    FROM tender
    UNION ALL
    SELECT
        spec_author AS person_id,
        'tender' AS context_type,
        tender_id AS context_id,
        'author of the specification' AS part,
        CAST(NULL AS DATE) AS began_on,
        CAST(NULL AS DATE) AS ended_on
    FROM tender
    UNION ALL
    SELECT
        decided_by AS person_id,
        'tender' AS context_type,
        tender_id AS context_id,
        'award decision' AS part,
        CAST(decided_at AS DATE) AS began_on,
        CAST(decided_at AS DATE) AS ended_on
    FROM award
    UNION ALL
    SELECT
        manager_person_id AS person_id,
        'contract' AS context_type,
        contract_id AS context_id,
        'contract manager' AS part,
        CAST(NULL AS DATE) AS began_on,
        CAST(NULL AS DATE) AS ended_on
    FROM contract
    UNION ALL
    SELECT
        requester AS person_id,
        'po' AS context_type,
        po_id AS context_id,
        'requester' AS part,
        CAST(NULL AS DATE) AS began_on,
        CAST(NULL AS DATE) AS ended_on
    FROM purchase_order
    UNION ALL
    SELECT
        created_by AS person_id,
        'po' AS context_type,
        po_id AS context_id,
        'creator' AS part,
        CAST(NULL AS DATE) AS began_on,
        CAST(NULL AS DATE) AS ended_on
    FROM purchase_order
),

-- how far the acts of a part went that the previous quarter knew
acted_before AS (
    SELECT
        person_id,
        context_type,
        context_id,
        CAST(MAX(acted_at) AS DATE) AS ended_on
    FROM process_action
    WHERE
        COALESCE(substantive, TRUE)
        AND acted_at < $previous_cut_off
    GROUP BY
        person_id,
        context_type,
        context_id
),

taken_part AS (
    SELECT
        stated_part.person_id,
        gift_dealing.party_id,
        stated_part.context_type,
        stated_part.context_id,
        stated_part.part,
        COALESCE(stated_part.began_on, gift_dealing.began_on) AS began_on,
        COALESCE(stated_part.ended_on, gift_dealing.ended_on) AS ended_on,
        COALESCE(acted_before.ended_on, stated_part.ended_on, gift_dealing.ended_on) AS known_until
    FROM stated_part
    INNER JOIN gift_dealing
        ON
            stated_part.context_type = gift_dealing.context_type
            AND stated_part.context_id = gift_dealing.context_id
    LEFT JOIN acted_before
        ON
            stated_part.part = 'action'
            AND stated_part.person_id = acted_before.person_id
            AND stated_part.context_type = acted_before.context_type
            AND stated_part.context_id = acted_before.context_id
    WHERE stated_part.person_id IN (SELECT gift_base.person_id FROM gift_base)
),

near AS (
    SELECT
        gift_base.gift_id,
        taken_part.context_type || ' ' || taken_part.context_id || ', ' || taken_part.party_id || ', '
        || taken_part.part AS words,
        COALESCE(taken_part.began_on < $previous_cut_off, TRUE) AS was_known,
        gift_base.giver_group_id = party_group.group_id
        OR COALESCE(gift_base.giver_party_id = taken_part.party_id, FALSE) AS is_of_giver,
        CASE
            WHEN gift_base.event_on < taken_part.began_on
                THEN DATE_DIFF('day', gift_base.event_on, taken_part.began_on)
            WHEN gift_base.event_on > taken_part.ended_on
                THEN DATE_DIFF('day', taken_part.ended_on, gift_base.event_on)
            ELSE 0
        END AS days,
        CASE
            WHEN gift_base.event_on < taken_part.began_on
                THEN DATE_DIFF('day', gift_base.event_on, taken_part.began_on)
            WHEN gift_base.event_on > taken_part.known_until
                THEN DATE_DIFF('day', taken_part.known_until, gift_base.event_on)
            ELSE 0
        END AS known_days
    FROM gift_base
    INNER JOIN taken_part
        ON gift_base.person_id = taken_part.person_id
    LEFT JOIN party_group
        ON
            taken_part.party_id = party_group.party_id
            AND (party_group.valid_from IS NULL OR gift_base.event_on >= party_group.valid_from)
            AND (party_group.valid_to IS NULL OR gift_base.event_on < party_group.valid_to)
    WHERE
        gift_base.event_on IS NOT NULL
        AND (taken_part.began_on IS NULL OR taken_part.began_on < $cut_off)
)

SELECT
    gift_id,
    MIN(days) FILTER (WHERE is_of_giver) AS days_to_giver,
    MIN(days) AS days_to_anybody,
    COALESCE(MIN(known_days) FILTER (WHERE is_of_giver AND was_known) <= $proceeding_days, FALSE) AS was_near_giver,
    COALESCE(MIN(known_days) FILTER (WHERE was_known) <= $proceeding_days, FALSE) AS was_near_anybody,
    STRING_AGG(words || ', ' || days || ' days', '
' ORDER BY days, words) FILTER (WHERE is_of_giver) AS proceedings
FROM near
GROUP BY gift_id
