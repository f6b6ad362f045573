-- Of the quarter's participations those with a tie to a winner, or to a party that only bid: what the ties and the acts
-- of the person come to, in words and as a verdict (NULL where the tie raises no question).
WITH judged AS (
    SELECT
        link.context_type,
        link.context_id,
        link.lot_id,
        link.person_id,
        link.is_winner,
        link.party_id,
        link.is_act,
        link.day_known,
        link.acted_at,
        link.strength,
        link.link_kind,
        link.degree,
        link.ended_on,
        link.is_share_unknown,
        link.path,
        CASE
            WHEN recused_action.coverage = 'same_day' AND $same_day_policy = 'pass' THEN 'covered'
            WHEN recused_action.coverage = 'same_day' AND $same_day_policy = 'exception' THEN 'open'
            ELSE COALESCE(recused_action.coverage, 'open')
        END AS coverage,
        link.link_kind IN ('kin', 'declared_kinship', 'declared_affinity') AS is_kin,
        link.degree > CASE WHEN link.is_affinity THEN $max_degree_affinity ELSE $max_degree END AS is_distant,
        link.link_kind IN ('previous_employer', 'declared_previous_employer') AS is_former,
        link.acted_on >= link.ended_on + $previous_employer_months * INTERVAL 1 MONTH AS is_past,
        link.is_share AND COALESCE(link.holding_pct, 0) < $min_holding AS is_small
    FROM linked_action AS link
    LEFT JOIN recused_action
        ON
            link.context_type = recused_action.context_type
            AND link.context_id = recused_action.context_id
            AND link.lot_id = recused_action.lot_id
            AND link.person_id = recused_action.person_id
            AND link.action_ref = recused_action.action_ref
    WHERE NOT link.is_act OR link.is_flagged OR NOT LIST_CONTAINS($administrative_actions, link.action)
),

-- tie: what the policy calls one; doubt: why it may or may not be one
tied AS (
    SELECT
        context_type,
        context_id,
        lot_id,
        person_id,
        is_winner,
        party_id,
        is_act,
        day_known,
        acted_at,
        path,
        coverage,
        CASE
            WHEN strength = 'soft' THEN 'soft_link'
            WHEN is_kin AND degree IS NULL THEN 'degree_unknown'
            WHEN is_former AND ended_on IS NULL THEN 'end_of_employment_unknown'
            WHEN is_small THEN 'share_unknown'
        END AS doubt
    FROM judged
    WHERE
        NOT COALESCE(is_kin AND is_distant, FALSE)
        AND NOT COALESCE(is_former AND is_past, FALSE)
        AND NOT (is_small AND NOT is_share_unknown)
),

item AS (
    SELECT
        context_type,
        context_id,
        lot_id,
        person_id,
        is_winner,
        COUNT(*) FILTER (WHERE is_act AND doubt IS NULL AND day_known AND coverage = 'open') AS open_acts,
        COUNT(*) FILTER (
            WHERE is_act AND doubt IS NULL AND (NOT day_known OR coverage = 'unknown')
        ) AS untimed_acts,
        COUNT(*) FILTER (WHERE is_act AND doubt IS NULL AND coverage = 'same_day') AS same_day_acts,
        COUNT(*) FILTER (WHERE is_act AND doubt IS NULL AND coverage = 'minutes') AS minuted_acts,
        MIN(doubt) FILTER (WHERE is_act AND coverage <> 'covered') AS doubt,
        COUNT(*) FILTER (WHERE is_act) AS tied_acts,
        MIN(acted_at) FILTER (WHERE is_act AND coverage <> 'covered') AS first_open_at,
        COALESCE(
            ARG_MIN(party_id, path) FILTER (WHERE is_act AND doubt IS NULL AND coverage <> 'covered'),
            ARG_MIN(party_id, path)
        ) AS party_id,
        COALESCE(
            MIN(path) FILTER (WHERE is_act AND doubt IS NULL AND coverage <> 'covered'), MIN(path)
        ) AS tie,
        STRING_AGG(DISTINCT path, '
' ORDER BY path) AS ties
    FROM tied
    GROUP BY
        context_type,
        context_id,
        lot_id,
        person_id,
        is_winner
)

SELECT
    item.context_type,
    item.context_id,
    item.lot_id,
    item.person_id,
    item.is_winner,
    item.party_id,
    item.first_open_at,
    watched_item.first_recused_at,
    item.tied_acts = 0 AND watched_item.acts = 0 AS is_idle,
    CONCAT(
        'with a tie to ', item.party_id, ': ', item.tie,
        CASE
            WHEN item.tied_acts = 0 THEN '; no act on a day of the tie is logged'
            WHEN item.first_open_at IS NOT NULL
                THEN '; acted on ' || REPLACE(STRFTIME(item.first_open_at, '%Y-%m-%d %H:%M'), ' 00:00', '')
            WHEN item.untimed_acts <> 0 THEN '; acted at a time not recorded'
            ELSE '; acted only while recused'
        END,
        CASE
            WHEN watched_item.recusals = 0 THEN '; not recused'
            WHEN watched_item.first_recused_at IS NULL THEN '; recused at a time not recorded'
            ELSE '; recused on ' || REPLACE(STRFTIME(watched_item.first_recused_at, '%Y-%m-%d %H:%M'), ' 00:00', '')
        END
    ) AS finding,
    CONCAT_WS('
', item.ties, watched_item.acts_in_words, watched_item.recusals_in_words) AS evidence,
    CASE
        WHEN item.open_acts > 0 THEN 'EXCEPTION'
        WHEN item.untimed_acts > 0 THEN 'NOT_TESTED:time_missing'
        WHEN item.same_day_acts > 0 THEN 'REVIEW:same_day'
        WHEN item.minuted_acts > 0 THEN 'REVIEW:recusal_in_minutes_only'
        WHEN item.doubt IS NOT NULL THEN 'REVIEW:' || item.doubt
        WHEN
            item.tied_acts = 0 AND watched_item.recusals = 0 AND watched_item.acts > 0
            THEN 'REVIEW:tie_began_before_decision'
        WHEN
            item.tied_acts = 0 AND watched_item.recusals = 0 AND participation.is_deciding_member
            THEN 'REVIEW:no_logged_action'
    END AS verdict
FROM item
INNER JOIN participation
    ON
        item.context_type = participation.context_type
        AND item.context_id = participation.context_id
        AND item.lot_id = participation.lot_id
        AND item.person_id = participation.person_id
INNER JOIN watched_item
    ON
        item.context_type = watched_item.context_type
        AND item.context_id = watched_item.context_id
        AND item.lot_id = watched_item.lot_id
        AND item.person_id = watched_item.person_id
