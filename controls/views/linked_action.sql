-- For everybody in the quarter's participations who has a link to a party of the same tender and lot, contract or
-- order: each act on a day on which the link holds (is_act), and one row per link that holds at some time between the
-- first act and the decision (not is_act). An act without a time stands with day_known FALSE. holding_pct adds up,
-- for one holder and one role, the shares of all chains that lead to the party on that day.
WITH involved AS (
    SELECT
        participation.context_type,
        participation.context_id,
        participation.lot_id,
        participation.person_id,
        context_party.party_id,
        context_party.is_winner,
        CAST(participation.first_acted_at AS DATE) AS first_acted_on,
        COALESCE(participation.event_date, $period_end) AS decided_on
    FROM participation
    INNER JOIN context_party
        ON
            participation.context_type = context_party.context_type
            AND participation.context_id = context_party.context_id
            AND participation.lot_id = context_party.lot_id
    WHERE participation.person_id IN (SELECT person_id FROM person_party_link)
),

tied AS (
    SELECT
        involved.context_type,
        involved.context_id,
        involved.lot_id,
        involved.person_id,
        involved.party_id,
        involved.is_winner,
        involved.first_acted_on,
        involved.decided_on,
        link.link_kind,
        link.strength,
        link.holder_person_id,
        link.degree,
        link.is_affinity,
        link.role,
        link.is_share,
        link.share_pct,
        link.common_share_pct,
        link.is_listed,
        link.linked_party_id,
        link.ended_on,
        link.path,
        link.relation_path,
        link.valid_from,
        link.valid_to
    FROM involved
    INNER JOIN person_party_link AS link
        ON involved.person_id = link.person_id AND involved.party_id = link.party_id
),

on_day AS (
    SELECT
        tied.context_type,
        tied.context_id,
        tied.lot_id,
        tied.person_id,
        tied.party_id,
        tied.is_winner,
        TRUE AS is_act,
        act.acted_at IS NOT NULL AS day_known,
        act.action_ref,
        act.action,
        act.is_flagged,
        act.acted_at,
        CAST(act.acted_at AS DATE) AS acted_on,
        tied.link_kind,
        tied.strength,
        tied.holder_person_id,
        tied.degree,
        tied.is_affinity,
        tied.role,
        tied.is_share,
        tied.share_pct,
        tied.common_share_pct,
        tied.is_listed,
        tied.linked_party_id,
        tied.ended_on,
        tied.path,
        tied.relation_path,
        tied.valid_from,
        tied.valid_to
    FROM tied
    INNER JOIN participation_action AS act
        ON
            tied.context_type = act.context_type
            AND tied.context_id = act.context_id
            AND tied.lot_id = act.lot_id
            AND tied.person_id = act.person_id
    WHERE
        act.acted_at IS NULL
        OR (
            (tied.valid_from IS NULL OR tied.valid_from <= CAST(act.acted_at AS DATE))
            AND (tied.valid_to IS NULL OR tied.valid_to > CAST(act.acted_at AS DATE))
        )
    UNION ALL
    SELECT
        context_type,
        context_id,
        lot_id,
        person_id,
        party_id,
        is_winner,
        FALSE AS is_act,
        TRUE AS day_known,
        '-' AS action_ref,
        NULL AS action,
        FALSE AS is_flagged,
        NULL AS acted_at,
        decided_on AS acted_on,
        link_kind,
        strength,
        holder_person_id,
        degree,
        is_affinity,
        role,
        is_share,
        share_pct,
        common_share_pct,
        is_listed,
        linked_party_id,
        ended_on,
        path,
        relation_path,
        valid_from,
        valid_to
    FROM tied
    WHERE
        (valid_from IS NULL OR valid_from <= decided_on)
        AND (valid_to IS NULL OR valid_to > COALESCE(first_acted_on, decided_on))
)

SELECT
    context_type,
    context_id,
    lot_id,
    person_id,
    party_id,
    is_winner,
    is_act,
    day_known,
    action_ref,
    action,
    is_flagged,
    acted_at,
    acted_on,
    link_kind,
    strength,
    degree,
    is_affinity,
    role,
    is_share,
    LEAST(common_share_pct, CAST(SUM(share_pct) OVER holding AS DECIMAL(18, 10))) AS holding_pct,
    is_share AND COUNT(*) OVER holding > COUNT(share_pct) OVER holding AS is_share_unknown,
    is_listed,
    ended_on,
    path
    || COALESCE(', from ' || CAST(valid_from AS VARCHAR), '')
    || COALESCE(', before ' || CAST(valid_to AS VARCHAR), '') AS path,
    valid_from,
    valid_to
FROM on_day
WINDOW holding AS (
    PARTITION BY
        context_type,
        context_id,
        lot_id,
        person_id,
        party_id,
        is_act,
        action_ref,
        link_kind,
        relation_path,
        linked_party_id,
        holder_person_id,
        role
)
