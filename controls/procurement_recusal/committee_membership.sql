-- Who sat on the committee of a tender whose bids were opened in the quarter, by when a statement of interests was
-- due, and which statements for this tender there are. One row per tender and person; several roles and lots count
-- once.
--
-- Due before the bids were opened (or the evaluation began, as the policy says); where neither moment is recorded,
-- before the first score, opinion or vote. A member appointed later owes the statement before acting. The quarter is
-- that of the opening; where no moment is known, that of the award. A tender that was never opened is not due.
WITH member AS (
    SELECT
        tender_id,
        person_id,
        STRING_AGG(DISTINCT role, ', ' ORDER BY role) AS roles,
        COUNT(*) FILTER (WHERE LIST_CONTAINS($statement_roles, role)) AS stating_roles,
        COUNT(*) - COUNT(role) AS unknown_roles,
        MIN(appointed_at) AS appointed_at,
        CASE WHEN COUNT(*) = COUNT(ended_at) THEN MAX(ended_at) END AS ended_at
    FROM committee_member
    WHERE tender_id IS NOT NULL AND person_id IS NOT NULL
    GROUP BY
        tender_id,
        person_id
),

evaluated AS (
    SELECT
        context_id AS tender_id,
        MIN(acted_at) AS began_at
    FROM participation_action
    WHERE context_type = 'tender' AND action IN ('score', 'opinion', 'vote')
    GROUP BY context_id
),

award_of_tender AS (
    SELECT
        tender_id,
        MAX(decided_at) AS decided_at
    FROM award
    GROUP BY tender_id
),

due AS (
    SELECT
        member.tender_id,
        member.person_id,
        member.roles,
        member.stating_roles,
        member.unknown_roles,
        member.appointed_at,
        member.ended_at,
        tender.buyer_unit,
        tender.estimate,
        tender.currency,
        tender.evaluation_end,
        award_of_tender.decided_at,
        COALESCE(tender.status NOT IN ('planning', 'planned', 'active'), TRUE)
        OR award_of_tender.tender_id IS NOT NULL AS is_over,
        CASE
            WHEN $statement_before = 'evaluation'
                THEN COALESCE(tender.evaluation_start, tender.opened_at, evaluated.began_at)
            ELSE COALESCE(tender.opened_at, tender.evaluation_start, evaluated.began_at)
        END AS opening_at
    FROM member
    LEFT JOIN tender ON member.tender_id = tender.tender_id
    LEFT JOIN award_of_tender ON member.tender_id = award_of_tender.tender_id
    LEFT JOIN evaluated ON member.tender_id = evaluated.tender_id
),

own_act AS (
    SELECT
        due.tender_id,
        due.person_id,
        MIN(act.acted_at) AS first_acted_at
    FROM due
    INNER JOIN participation_action AS act
        ON act.context_type = 'tender' AND due.tender_id = act.context_id AND due.person_id = act.person_id
    WHERE
        act.acted_at >= due.appointed_at
        AND (act.is_flagged OR NOT LIST_CONTAINS($administrative_actions, act.action))
    GROUP BY
        due.tender_id,
        due.person_id
),

dated AS (
    SELECT
        due.tender_id,
        due.person_id,
        due.roles,
        due.stating_roles,
        due.unknown_roles,
        due.ended_at,
        due.buyer_unit,
        due.estimate,
        due.currency,
        due.opening_at,
        COALESCE(due.opening_at, due.decided_at) AS event_at,
        CASE
            WHEN due.appointed_at >= due.opening_at
                THEN COALESCE(own_act.first_acted_at, due.evaluation_end, due.decided_at)
            ELSE due.opening_at
        END AS due_before
    FROM due
    LEFT JOIN own_act ON due.tender_id = own_act.tender_id AND due.person_id = own_act.person_id
    WHERE due.opening_at IS NOT NULL OR due.is_over
),

stated AS (
    SELECT
        dated.tender_id,
        dated.person_id,
        COUNT(*) AS statements,
        MIN(coi_declaration.declared_at) AS stated_at,
        COUNT(*) - COUNT(coi_declaration.declared_at) AS undated_statements
    FROM dated
    INNER JOIN coi_declaration
        ON dated.person_id = coi_declaration.person_id AND dated.tender_id = coi_declaration.context_id
    WHERE
        coi_declaration.context_type = 'tender'
        AND coi_declaration.kind IN ('tender', 'nil', 'event')
        AND (coi_declaration.withdrawn_at IS NULL OR coi_declaration.withdrawn_at >= dated.due_before)
    GROUP BY
        dated.tender_id,
        dated.person_id
)

SELECT
    dated.tender_id,
    dated.person_id,
    FALSE AS late_arriving,
    dated.roles,
    dated.stating_roles,
    dated.unknown_roles,
    dated.buyer_unit AS org_unit_id,
    dated.estimate AS amount,
    dated.currency,
    CAST(dated.event_at AS DATE) AS event_date,
    dated.due_before,
    COALESCE(dated.ended_at <= dated.opening_at, FALSE) AS left_before_opening,
    COALESCE(stated.statements, 0) AS statements,
    COALESCE(stated.undated_statements, 0) AS undated_statements,
    stated.stated_at
FROM dated
LEFT JOIN stated ON dated.tender_id = stated.tender_id AND dated.person_id = stated.person_id
WHERE
    dated.event_at IS NULL
    OR (dated.event_at >= $period_start AND dated.event_at < $period_end)
