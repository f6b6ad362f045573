-- Who took part in what, for the quarter under audit: one row per tender and lot, contract or order, and person.
--
-- The quarter is that of the award; where a tender was called off, or its award carries no date, that of the last act
-- in it; for contracts and orders, whose party is known from the start, that of the person's own last act. An award
-- entered after the cut-off of its own quarter arrives late. A tender neither decided nor called off is not due yet.
-- is_deciding_member: a seat with a say, or of no recorded role, not given up before the bids were opened.
WITH act AS (
    SELECT
        context_type,
        context_id,
        lot_id,
        person_id,
        MIN(acted_at) AS first_acted_at,
        MAX(acted_at) AS last_acted_at,
        COUNT(*) AS acts,
        COUNT(*) - COUNT(acted_at) AS untimed_acts
    FROM participation_action
    WHERE person_id IS NOT NULL
    GROUP BY
        context_type,
        context_id,
        lot_id,
        person_id
),

member AS (
    SELECT
        'tender' AS context_type,
        committee_member.tender_id AS context_id,
        COALESCE(committee_member.lot_id, tender_lot.lot_id, '-') AS lot_id,
        committee_member.person_id,
        STRING_AGG(DISTINCT committee_member.role, ', ' ORDER BY committee_member.role) AS roles,
        COUNT(*) FILTER (
            WHERE
            (
                committee_member.role IS NULL
                OR committee_member.role IN ('chair', 'evaluator', 'approver', 'signatory')
            )
            AND (
                committee_member.ended_at IS NULL
                OR tender.opened_at IS NULL
                OR committee_member.ended_at > tender.opened_at
            )
        ) AS deciding_roles
    FROM committee_member
    LEFT JOIN tender_lot
        ON committee_member.lot_id IS NULL AND committee_member.tender_id = tender_lot.tender_id
    LEFT JOIN tender ON committee_member.tender_id = tender.tender_id
    WHERE committee_member.person_id IS NOT NULL
    GROUP BY
        committee_member.tender_id,
        COALESCE(committee_member.lot_id, tender_lot.lot_id, '-'),
        committee_member.person_id
),

pair AS (
    SELECT
        COALESCE(act.context_type, member.context_type) AS context_type,
        COALESCE(act.context_id, member.context_id) AS context_id,
        COALESCE(act.lot_id, member.lot_id) AS lot_id,
        COALESCE(act.person_id, member.person_id) AS person_id,
        act.first_acted_at,
        act.last_acted_at,
        COALESCE(act.acts, 0) AS acts,
        COALESCE(act.untimed_acts, 0) AS untimed_acts,
        member.roles,
        COALESCE(member.deciding_roles, 0) > 0 AS is_deciding_member
    FROM act
    FULL JOIN member
        ON
            act.context_type = member.context_type
            AND act.context_id = member.context_id
            AND act.lot_id = member.lot_id
            AND act.person_id = member.person_id
),

last_act AS (
    SELECT
        context_id,
        lot_id,
        MAX(last_acted_at) AS last_acted_at
    FROM act
    WHERE context_type = 'tender'
    GROUP BY
        context_id,
        lot_id
),

dated AS (
    SELECT
        pair.context_type,
        pair.context_id,
        pair.lot_id,
        pair.person_id,
        pair.first_acted_at,
        pair.last_acted_at,
        pair.acts,
        pair.untimed_acts,
        pair.roles,
        pair.is_deciding_member,
        CASE
            WHEN pair.context_type = 'tender' THEN COALESCE(context.decided_at, last_act.last_acted_at)
            ELSE pair.last_acted_at
        END AS event_at,
        context.registered_at,
        context.amount,
        context.currency,
        context.org_unit_id,
        context.contract_id,
        context.tender_id,
        context.award_lot_id,
        context.context_id IS NOT NULL AS is_context_known,
        COALESCE(context.is_called_off, FALSE) AS is_called_off,
        COALESCE(context.is_decided OR context.is_called_off, TRUE) AS is_due,
        COALESCE(context.is_decided, FALSE) AS is_decided,
        COALESCE(context.is_winner_known, FALSE) AS is_winner_known,
        COALESCE(context.is_competitive, FALSE) AS is_competitive,
        COALESCE(context.bids, 0) AS bids
    FROM pair
    LEFT JOIN procurement_context AS context
        ON
            pair.context_type = context.context_type
            AND pair.context_id = context.context_id
            AND pair.lot_id = context.lot_id
    LEFT JOIN last_act
        ON
            pair.context_type = 'tender'
            AND pair.context_id = last_act.context_id
            AND pair.lot_id = last_act.lot_id
)

SELECT
    dated.context_type,
    dated.context_id,
    dated.lot_id,
    dated.person_id,
    CASE dated.context_type WHEN 'po' THEN 'order' ELSE dated.context_type END || ' ' || dated.context_id
    || CASE dated.lot_id WHEN '-' THEN '' ELSE ', lot ' || dated.lot_id END AS matter,
    COALESCE(dated.event_at < $period_start, FALSE) AS late_arriving,
    CAST(dated.event_at AS DATE) AS event_date,
    dated.first_acted_at,
    dated.last_acted_at,
    dated.acts,
    dated.untimed_acts,
    dated.roles,
    dated.is_deciding_member,
    dated.amount,
    dated.currency,
    dated.org_unit_id,
    dated.contract_id,
    dated.tender_id,
    dated.award_lot_id,
    dated.is_context_known,
    dated.is_called_off,
    dated.is_decided,
    dated.is_winner_known,
    dated.is_competitive,
    dated.bids
FROM dated
WHERE
    dated.is_due
    AND (dated.event_at IS NULL OR dated.event_at < $period_end)
    AND (dated.registered_at IS NULL OR dated.registered_at < $cut_off)
    AND (
        dated.event_at >= $period_start
        OR dated.registered_at >= $previous_cut_off
        OR (dated.event_at IS NULL AND dated.registered_at IS NULL)
    )
