-- REC-04 A recusal comes before the first substantive act, not after it.
-- Acts before a tie began do not count, if the registers show ties and all of them began later: nobody can step back
-- from a conflict that does not exist yet. Without a tie on record every act before the recusal counts.
WITH tie_start AS (
    SELECT
        participation.context_type,
        participation.context_id,
        participation.lot_id,
        participation.person_id,
        CASE WHEN COUNT(*) = COUNT(link.valid_from) THEN MIN(link.valid_from) END AS began_on
    FROM participation
    INNER JOIN context_party
        ON
            participation.context_type = context_party.context_type
            AND participation.context_id = context_party.context_id
            AND participation.lot_id = context_party.lot_id
    INNER JOIN person_party_link AS link
        ON participation.person_id = link.person_id AND context_party.party_id = link.party_id
    WHERE participation.person_id IN (SELECT recusal_of_item.person_id FROM recusal_of_item)
    GROUP BY
        participation.context_type,
        participation.context_id,
        participation.lot_id,
        participation.person_id
),

item AS (
    SELECT
        act.context_type,
        act.context_id,
        act.lot_id,
        act.person_id,
        COUNT(*) FILTER (
            WHERE
            (act.coverage = 'open' AND act.precedes_recusal)
            OR (act.coverage = 'same_day' AND $same_day_policy = 'exception')
        ) AS acts_before,
        COUNT(*) FILTER (WHERE act.coverage = 'same_day' AND $same_day_policy = 'review') AS same_day_acts,
        COUNT(*) FILTER (WHERE act.coverage = 'unknown') AS untimed_acts,
        MIN(act.acted_at) FILTER (WHERE act.coverage IN ('open', 'same_day')) AS first_act_before
    FROM recused_action AS act
    LEFT JOIN tie_start
        ON
            act.context_type = tie_start.context_type
            AND act.context_id = tie_start.context_id
            AND act.lot_id = tie_start.lot_id
            AND act.person_id = tie_start.person_id
    WHERE
        tie_start.began_on IS NULL
        OR act.acted_at IS NULL
        OR CAST(act.acted_at AS DATE) >= tie_start.began_on
    GROUP BY
        act.context_type,
        act.context_id,
        act.lot_id,
        act.person_id
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
    item.first_act_before AS first_act,
    CASE
        WHEN item.acts_before <> 0
            THEN
                CONCAT(
                    'acted on ', REPLACE(STRFTIME(item.first_act_before, '%Y-%m-%d %H:%M'), ' 00:00', ''),
                    ' and was recused only on ',
                    REPLACE(STRFTIME(watched_item.first_recused_at, '%Y-%m-%d %H:%M'), ' 00:00', '')
                )
        WHEN item.untimed_acts <> 0 THEN 'acted and was recused, one of them at a time not recorded'
        WHEN item.same_day_acts <> 0
            THEN
                'acted and was recused on ' || CAST(CAST(item.first_act_before AS DATE) AS VARCHAR)
                || ', which came first is not recorded'
        ELSE 'did not act before the recusal'
    END AS finding,
    CASE WHEN participation.is_called_off THEN 'low' ELSE 'high' END AS severity,
    CASE
        WHEN watched_item.recusals_in_words IS NOT NULL
            THEN CONCAT_WS('
', watched_item.recusals_in_words, watched_item.acts_in_words)
    END AS evidence,
    CASE
        WHEN watched_item.recusals IS NULL OR watched_item.recusals = 0 THEN 'NOT_APPLICABLE:no_recusal'
        WHEN item.acts_before > 0 THEN 'EXCEPTION'
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
