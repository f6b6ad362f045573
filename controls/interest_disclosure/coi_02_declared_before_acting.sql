-- COI-02 A declared interest was declared before the first act on that counterparty.
-- Each interest is judged by its earliest declaration; acts before the interest began do not count.
WITH laid AS (
    -- every declaration against every act from the day on which the interest began
    SELECT
        declared.context_type,
        declared.context_id,
        declared.person_id,
        declared.party_id,
        declared.interest,
        declared.declared_at,
        declared.is_by_name,
        act.action,
        act.acted_at,
        CASE
            WHEN declared.declared_at IS NULL OR act.acted_at IS NULL THEN 'unknown'
            WHEN declared.withdrawn_at <= act.acted_at THEN 'withdrawn'
            WHEN
                CAST(declared.declared_at AS DATE) = CAST(act.acted_at AS DATE)
                AND (
                    declared.declared_at = DATE_TRUNC('day', declared.declared_at)
                    OR act.acted_at = DATE_TRUNC('day', act.acted_at)
                )
                THEN CASE $same_day_policy WHEN 'pass' THEN 'before' WHEN 'exception' THEN 'late' ELSE 'same_day' END
            WHEN declared.declared_at < act.acted_at THEN 'before'
            ELSE 'late'
        END AS position,
        act.action_ref
    FROM declared_interest AS declared
    INNER JOIN interest_act AS act
        ON
            declared.context_type = act.context_type
            AND declared.context_id = act.context_id
            AND declared.person_id = act.person_id
            AND declared.party_id = act.party_id
    WHERE
        declared.circumstance_date IS NULL
        OR act.acted_at IS NULL
        OR declared.circumstance_date <= CAST(act.acted_at AS DATE)
),

act_of_interest AS (
    -- one declaration in time is enough for an act
    SELECT
        context_type,
        context_id,
        person_id,
        party_id,
        interest,
        action_ref,
        MIN(action) AS action,
        MIN(acted_at) AS acted_at,
        MIN(declared_at) AS declared_at,
        CASE
            WHEN COUNT(*) FILTER (WHERE position = 'before') > 0 THEN 'before'
            WHEN COUNT(*) FILTER (WHERE position = 'same_day') > 0 THEN 'same_day'
            WHEN COUNT(*) FILTER (WHERE position = 'unknown') > 0 THEN 'unknown'
            WHEN COUNT(*) FILTER (WHERE position = 'withdrawn') > 0 THEN 'withdrawn'
            WHEN COUNT(*) FILTER (WHERE NOT is_by_name) = 0 THEN 'by_name'
            ELSE 'late'
        END AS position
    FROM laid
    GROUP BY
        context_type,
        context_id,
        person_id,
        party_id,
        interest,
        action_ref
),

judged AS (
    SELECT
        context_type,
        context_id,
        person_id,
        party_id,
        COUNT(*) FILTER (WHERE position = 'late') AS late_acts,
        COUNT(*) FILTER (WHERE position = 'late' AND LIST_CONTAINS($decision_actions, action)) AS late_decisions,
        COUNT(*) FILTER (WHERE position = 'unknown') AS untimed_acts,
        COUNT(*) FILTER (WHERE position = 'same_day') AS same_day_acts,
        COUNT(*) FILTER (WHERE position = 'withdrawn') AS withdrawn_acts,
        COUNT(*) FILTER (WHERE position = 'by_name') AS by_name_acts,
        MIN(acted_at) FILTER (WHERE position <> 'before') AS first_open_at,
        MIN(acted_at) FILTER (WHERE position = 'late') AS late_act_at,
        ARG_MIN(declared_at, acted_at) FILTER (WHERE position = 'late') AS late_declared_at,
        ARG_MIN(interest, acted_at) FILTER (WHERE position = 'late') AS late_interest
    FROM act_of_interest
    GROUP BY
        context_type,
        context_id,
        person_id,
        party_id
),

declaration AS (
    SELECT
        context_type,
        context_id,
        person_id,
        party_id,
        MIN(declared_at) AS declared_at,
        STRING_AGG(words, '
' ORDER BY declared_at, declaration_id) AS declarations
    FROM declared_interest
    GROUP BY
        context_type,
        context_id,
        person_id,
        party_id
),

act AS (
    SELECT
        context_type,
        context_id,
        person_id,
        party_id,
        COUNT(*) AS acts,
        STRING_AGG(
            COALESCE(CAST(acted_at AS VARCHAR), 'time unknown') || '  ' || action || '  (' || action_ref || ')', '
' ORDER BY acted_at, action_ref
        ) AS acts_in_words
    FROM interest_act
    GROUP BY
        context_type,
        context_id,
        person_id,
        party_id
)

SELECT
    pair.context_type,
    pair.context_id,
    pair.person_id,
    pair.party_id,
    pair.org_unit_id,
    pair.event_date,
    pair.amount,
    pair.currency,
    pair.late_arriving,
    CASE pair.context_type WHEN 'po' THEN 'order' ELSE pair.context_type END || ' ' || pair.context_id AS matter,
    judged.first_open_at AS first_act,
    COALESCE(judged.late_declared_at, declaration.declared_at) AS declared,
    CASE
        WHEN declaration.declarations IS NULL THEN 'a link is on record, no interest is declared'
        WHEN act.acts IS NULL THEN 'declared, and no act in substance is logged'
        WHEN judged.late_acts <> 0
            THEN CONCAT(
                'acted on ', REPLACE(STRFTIME(judged.late_act_at, '%Y-%m-%d %H:%M'), ' 00:00', ''),
                ' and declared it (', REPLACE(judged.late_interest, '_', ' '), ') only on ',
                REPLACE(STRFTIME(judged.late_declared_at, '%Y-%m-%d %H:%M'), ' 00:00', '')
            )
        WHEN judged.untimed_acts <> 0 THEN 'acted and declared, one of them at a time not recorded'
        WHEN judged.same_day_acts <> 0
            THEN CONCAT(
                'acted and declared on ', CAST(CAST(judged.first_open_at AS DATE) AS VARCHAR),
                ', which came first is not recorded'
            )
        WHEN judged.withdrawn_acts <> 0 THEN 'acted after the declaration was withdrawn'
        WHEN judged.by_name_acts <> 0 THEN 'a declaration names a company of this name, by no number'
        ELSE 'declared before every act'
    END AS finding,
    CASE WHEN COALESCE(judged.late_decisions, 0) = 0 THEN 'high' ELSE 'critical' END AS severity,
    CONCAT_WS('
', declaration.declarations, act.acts_in_words) AS evidence,
    CASE
        WHEN declaration.declarations IS NULL THEN 'NOT_APPLICABLE:no_declaration'
        WHEN act.acts IS NULL THEN 'NOT_APPLICABLE:no_substantive_action'
        WHEN judged.late_acts > 0 THEN 'EXCEPTION'
        WHEN judged.untimed_acts > 0 THEN 'NOT_TESTED:time_missing'
        WHEN judged.same_day_acts > 0 THEN 'REVIEW:same_day'
        WHEN judged.withdrawn_acts > 0 THEN 'REVIEW:withdrawn_before_acting'
        WHEN judged.by_name_acts > 0 THEN 'REVIEW:matched_by_name'
        ELSE 'PASS'
    END AS result
FROM interest_pair AS pair
LEFT JOIN declaration
    ON
        pair.context_type = declaration.context_type
        AND pair.context_id = declaration.context_id
        AND pair.person_id = declaration.person_id
        AND pair.party_id = declaration.party_id
LEFT JOIN act
    ON
        pair.context_type = act.context_type
        AND pair.context_id = act.context_id
        AND pair.person_id = act.person_id
        AND pair.party_id = act.party_id
LEFT JOIN judged
    ON
        pair.context_type = judged.context_type
        AND pair.context_id = judged.context_id
        AND pair.person_id = judged.person_id
        AND pair.party_id = judged.party_id
ORDER BY
    pair.context_type,
    pair.context_id,
    pair.person_id,
    pair.party_id
