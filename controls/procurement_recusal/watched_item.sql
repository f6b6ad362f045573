-- Of the quarter's participations those with a link to a party or with a recusal: how often the person acted in
-- substance, and what recusals say, in words for the evidence.
WITH watched AS (
    SELECT
        context_type,
        context_id,
        lot_id,
        person_id
    FROM linked_action
    UNION
    SELECT
        context_type,
        context_id,
        lot_id,
        person_id
    FROM recusal_of_item
),

act AS (
    SELECT
        watched.context_type,
        watched.context_id,
        watched.lot_id,
        watched.person_id,
        COUNT(*) AS acts,
        STRING_AGG(
            COALESCE(CAST(participation_action.acted_at AS VARCHAR), 'time unknown') || '  '
            || participation_action.action || '  (' || participation_action.action_ref || ')',
            '
' ORDER BY participation_action.acted_at, participation_action.action_ref
        ) AS acts_in_words
    FROM watched
    INNER JOIN participation_action
        ON
            watched.context_type = participation_action.context_type
            AND watched.context_id = participation_action.context_id
            AND watched.lot_id = participation_action.lot_id
            AND watched.person_id = participation_action.person_id
    WHERE
        participation_action.is_flagged
        OR NOT LIST_CONTAINS($administrative_actions, participation_action.action)
    GROUP BY
        watched.context_type,
        watched.context_id,
        watched.lot_id,
        watched.person_id
),

stepped_back AS (
    SELECT
        context_type,
        context_id,
        lot_id,
        person_id,
        COUNT(*) AS recusals,
        MIN(recused_at) AS first_recused_at,
        STRING_AGG(
            'recused ' || COALESCE(CAST(recused_at AS VARCHAR), 'time unknown')
            || COALESCE(' until ' || CAST(ended_at AS VARCHAR), '')
            || ' in ' || COALESCE(recorded_in, 'an unknown record') || '  (' || recusal_id || ')',
            '
' ORDER BY recused_at, recusal_id
        ) AS recusals_in_words
    FROM recusal_of_item
    GROUP BY
        context_type,
        context_id,
        lot_id,
        person_id
)

SELECT
    watched.context_type,
    watched.context_id,
    watched.lot_id,
    watched.person_id,
    COALESCE(act.acts, 0) AS acts,
    act.acts_in_words,
    COALESCE(stepped_back.recusals, 0) AS recusals,
    stepped_back.first_recused_at,
    stepped_back.recusals_in_words
FROM watched
LEFT JOIN act
    ON
        watched.context_type = act.context_type
        AND watched.context_id = act.context_id
        AND watched.lot_id = act.lot_id
        AND watched.person_id = act.person_id
LEFT JOIN stepped_back
    ON
        watched.context_type = stepped_back.context_type
        AND watched.context_id = stepped_back.context_id
        AND watched.lot_id = stepped_back.lot_id
        AND watched.person_id = stepped_back.person_id
