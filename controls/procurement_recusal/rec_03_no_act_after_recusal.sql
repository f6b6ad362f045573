-- REC-03 Whoever is recused on record no longer acts in substance while the recusal lasts.
-- A recusal kept only in minutes is on record here: who said so at the table and then voted did act after it.
WITH item AS (
    SELECT
        context_type,
        context_id,
        lot_id,
        person_id,
        COUNT(*) FILTER (
            WHERE
            coverage IN ('covered', 'minutes')
            OR (coverage = 'same_day' AND $same_day_policy = 'exception')
        ) AS acts_after,
        COUNT(*) FILTER (WHERE coverage = 'same_day' AND $same_day_policy = 'review') AS same_day_acts,
        COUNT(*) FILTER (WHERE coverage = 'unknown') AS untimed_acts,
        MIN(acted_at) FILTER (WHERE coverage IN ('covered', 'minutes', 'same_day')) AS first_act_after
    FROM recused_action
    GROUP BY
        context_type,
        context_id,
        lot_id,
        person_id
)

SELECT
    participation.context_type,
    participation.context_id,
    participation.lot_id,
    participation.person_id,
    COALESCE(participation.roles, 'no committee role') AS roles,
    participation.org_unit_id,
    party_of_context.first_party_id AS party_id,
    participation.event_date,
    participation.amount,
    participation.currency,
    participation.late_arriving,
    participation.matter,
    watched_item.first_recused_at AS recused_at,
    item.first_act_after AS first_act,
    CASE
        WHEN item.acts_after <> 0
            THEN
                CONCAT(
                    'acted on ', REPLACE(STRFTIME(item.first_act_after, '%Y-%m-%d %H:%M'), ' 00:00', ''),
                    ' although recused since ',
                    REPLACE(STRFTIME(watched_item.first_recused_at, '%Y-%m-%d %H:%M'), ' 00:00', '')
                )
        WHEN item.untimed_acts <> 0 THEN 'acted and was recused, one of them at a time not recorded'
        WHEN item.same_day_acts <> 0
            THEN
                'acted and was recused on ' || CAST(CAST(item.first_act_after AS DATE) AS VARCHAR)
                || ', which came first is not recorded'
        ELSE 'did not act while recused'
    END AS finding,
    CASE WHEN participation.is_called_off THEN 'medium' ELSE 'critical' END AS severity,
    CASE
        WHEN watched_item.recusals_in_words IS NOT NULL
            THEN CONCAT_WS('
', watched_item.recusals_in_words, watched_item.acts_in_words)
    END AS evidence,
    CASE
        WHEN watched_item.recusals IS NULL OR watched_item.recusals = 0 THEN 'NOT_APPLICABLE:no_recusal'
        WHEN item.acts_after > 0 THEN 'EXCEPTION'
        WHEN item.untimed_acts > 0 THEN 'NOT_TESTED:time_missing'
        WHEN item.same_day_acts > 0 THEN 'REVIEW:same_day'
        ELSE 'PASS'
    END AS result
FROM participation
LEFT JOIN party_of_context
    ON
        participation.context_type = party_of_context.context_type
        AND participation.context_id = party_of_context.context_id
        AND participation.lot_id = party_of_context.lot_id
        AND party_of_context.is_winner
LEFT JOIN watched_item
    ON
        participation.context_type = watched_item.context_type
        AND participation.context_id = watched_item.context_id
        AND participation.lot_id = watched_item.lot_id
        AND participation.person_id = watched_item.person_id
LEFT JOIN item
    ON
        participation.context_type = item.context_type
        AND participation.context_id = item.context_id
        AND participation.lot_id = item.lot_id
        AND participation.person_id = item.person_id
ORDER BY
    participation.context_type,
    participation.context_id,
    participation.lot_id,
    participation.person_id
