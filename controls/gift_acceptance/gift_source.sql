-- Whether the giver, or a company of its group, was a prohibited source on the day of receipt, and why.
-- TRUE: a role in the party master, business in progress or ended less than $dealing_days before, or a counterparty
-- this recipient has declared. FALSE: known in the master, and none of these. NULL: nobody can say, see source_gap.
-- Roles in the master carry no dates: they count from the day the party was entered. One entered only afterwards may
-- have had the role before, so its gifts stay open ('role_undated'). Several roles are read whether the master sets
-- commas, semicolons, bars or blanks between them; a role of two words is known with blank, hyphen or underscore.
WITH related AS (
    SELECT
        gift_base.gift_id,
        gift_base.person_id,
        gift_base.event_on,
        party_group.party_id
    FROM gift_base
    INNER JOIN party_group
        ON
            gift_base.giver_group_id = party_group.group_id
            AND (party_group.valid_from IS NULL OR gift_base.event_on >= party_group.valid_from)
            AND (party_group.valid_to IS NULL OR gift_base.event_on < party_group.valid_to)
),

party_role AS (
    SELECT
        party_id,
        CAST(created_at AS DATE) AS entered_on,
        UNNEST(STRING_SPLIT(REGEXP_REPLACE(LOWER(role_flags), '[,;|/ ]+', ';', 'g'), ';')) AS role
    FROM party
    UNION
    SELECT
        party_id,
        CAST(created_at AS DATE) AS entered_on,
        UNNEST(
            STRING_SPLIT(
                REGEXP_REPLACE(
                    REGEXP_REPLACE(LOWER(TRIM(role_flags)), '\s*[,;|/]+\s*', ';', 'g'), '[ -]+', '_', 'g'
                ),
                ';'
            )
        ) AS role
    FROM party
),

reason AS (
    SELECT
        related.gift_id,
        party_role.role AS kind,
        related.party_id AS reference,
        COALESCE(party_role.entered_on <= related.event_on, TRUE) AS is_certain
    FROM related
    INNER JOIN party_role
        ON related.party_id = party_role.party_id
    WHERE LIST_CONTAINS($prohibited_roles, party_role.role)
    UNION ALL
    SELECT
        related.gift_id,
        gift_dealing.context_type AS kind,
        gift_dealing.context_id AS reference,
        TRUE AS is_certain
    FROM related
    INNER JOIN gift_dealing
        ON
            related.party_id = gift_dealing.party_id
            AND (gift_dealing.began_on IS NULL OR related.event_on >= gift_dealing.began_on)
            AND (
                gift_dealing.ended_on IS NULL
                OR DATE_DIFF('day', gift_dealing.ended_on, related.event_on) < $dealing_days
            )
    UNION ALL
    SELECT
        related.gift_id,
        'declared counterparty' AS kind,
        coi_declaration.declaration_id AS reference,
        TRUE AS is_certain
    FROM related
    INNER JOIN coi_declaration
        ON
            related.party_id = coi_declaration.counterparty_party_id
            AND related.person_id = coi_declaration.person_id
            AND coi_declaration.declared_at < $cut_off
            AND (coi_declaration.withdrawn_at IS NULL OR related.event_on < coi_declaration.withdrawn_at)
),

by_kind AS (
    SELECT
        gift_id,
        kind || ' ' || MIN(reference)
        || CASE
            WHEN COUNT(DISTINCT reference) > 1 THEN ' and ' || (COUNT(DISTINCT reference) - 1) || ' more'
            ELSE ''
        END
            AS words,
        COUNT(*) FILTER (WHERE is_certain) > 0 AS is_certain
    FROM reason
    GROUP BY
        gift_id,
        kind
),

by_gift AS (
    SELECT
        gift_id,
        STRING_AGG(words, '; ' ORDER BY words) FILTER (WHERE is_certain) AS certain_reason,
        STRING_AGG(words, '; ' ORDER BY words) AS any_reason
    FROM by_kind
    GROUP BY gift_id
)

SELECT
    gift_base.gift_id,
    CASE
        WHEN by_gift.certain_reason IS NOT NULL THEN TRUE
        WHEN gift_base.event_on IS NULL OR NOT gift_base.giver_in_master OR by_gift.any_reason IS NOT NULL THEN NULL
        ELSE FALSE
    END AS is_prohibited,
    COALESCE(by_gift.certain_reason, by_gift.any_reason) AS source_reason,
    CASE
        WHEN by_gift.certain_reason IS NOT NULL THEN NULL
        WHEN NOT gift_base.giver_in_master THEN 'giver_unmapped'
        WHEN by_gift.any_reason IS NOT NULL THEN 'role_undated'
    END AS source_gap
FROM gift_base
LEFT JOIN by_gift
    ON gift_base.gift_id = by_gift.gift_id
