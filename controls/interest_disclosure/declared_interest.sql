-- Declarations of an interest that concern a party of the matter: by the party's number, by a company of its group,
-- by naming the matter without a company, or (doubtful) by the company's name alone, compared in any script without
-- case, marks and signs, and in Arabic with one alef, ya and ta marbuta. A statement without the kind of
-- an interest says that there is none; it is not a declaration of one, and neither is a nil return. Kinship and
-- affinity, and ownership and other financial interest, are one interest each: repeating it another year does not
-- make it late.
WITH declaration AS (
    SELECT
        declaration_id,
        person_id,
        kind,
        CASE nature
            WHEN 'affinity' THEN 'kinship'
            WHEN 'ownership' THEN 'financial'
            ELSE nature
        END AS interest,
        context_type,
        context_id,
        counterparty_party_id,
        REPLACE(
            REPLACE(
                REGEXP_REPLACE(
                    UPPER(STRIP_ACCENTS(NFC_NORMALIZE(counterparty_name))), '[^\p{L}\p{N}]|ـ', '', 'g'
                ),
                'ة',
                'ه'
            ),
            'ى',
            'ي'
        ) AS name_key,
        counterparty_name,
        circumstance_date,
        declared_at,
        withdrawn_at
    FROM coi_declaration
    WHERE nature IS NOT NULL AND kind IS DISTINCT FROM 'nil'
),

matched AS (
    SELECT
        involved.context_type,
        involved.context_id,
        involved.person_id,
        involved.party_id,
        declaration.declaration_id,
        1 AS match_order
    FROM involved_interest AS involved
    INNER JOIN declaration
        ON
            involved.person_id = declaration.person_id
            AND involved.party_id = declaration.counterparty_party_id
    UNION ALL
    SELECT
        involved.context_type,
        involved.context_id,
        involved.person_id,
        involved.party_id,
        declaration.declaration_id,
        2 AS match_order
    FROM involved_interest AS involved
    INNER JOIN declaration ON involved.person_id = declaration.person_id
    INNER JOIN party_group AS mine ON involved.party_id = mine.party_id
    INNER JOIN party_group AS other
        ON declaration.counterparty_party_id = other.party_id AND mine.group_id = other.group_id
    WHERE
        involved.party_id <> declaration.counterparty_party_id
        AND (mine.valid_from IS NULL OR mine.valid_from <= involved.event_date)
        AND (mine.valid_to IS NULL OR mine.valid_to > involved.event_date)
        AND (other.valid_from IS NULL OR other.valid_from <= involved.event_date)
        AND (other.valid_to IS NULL OR other.valid_to > involved.event_date)
    UNION ALL
    SELECT
        involved.context_type,
        involved.context_id,
        involved.person_id,
        involved.party_id,
        declaration.declaration_id,
        3 AS match_order
    FROM involved_interest AS involved
    INNER JOIN declaration
        ON
            involved.person_id = declaration.person_id
            AND involved.context_type = declaration.context_type
            AND involved.context_id = declaration.context_id
    WHERE declaration.counterparty_party_id IS NULL AND declaration.counterparty_name IS NULL
    UNION ALL
    SELECT
        involved.context_type,
        involved.context_id,
        involved.person_id,
        involved.party_id,
        declaration.declaration_id,
        4 AS match_order
    FROM involved_interest AS involved
    INNER JOIN party ON involved.party_id = party.party_id
    INNER JOIN declaration
        ON
            involved.person_id = declaration.person_id
            AND REPLACE(
                REPLACE(
                    REGEXP_REPLACE(
                        UPPER(STRIP_ACCENTS(NFC_NORMALIZE(party.legal_name))), '[^\p{L}\p{N}]|ـ', '', 'g'
                    ),
                    'ة',
                    'ه'
                ),
                'ى',
                'ي'
            )
            = declaration.name_key
    WHERE declaration.counterparty_party_id IS NULL AND LENGTH(declaration.name_key) >= 4
)

SELECT
    matched.context_type,
    matched.context_id,
    matched.person_id,
    matched.party_id,
    declaration.declaration_id,
    declaration.interest,
    declaration.circumstance_date,
    declaration.declared_at,
    declaration.withdrawn_at,
    MIN(matched.match_order) = 4 AS is_by_name,
    'declared '
    || COALESCE(REPLACE(STRFTIME(declaration.declared_at, '%Y-%m-%d %H:%M'), ' 00:00', ''), 'at an unknown time')
    || ': '
    || declaration.interest
    || CASE MIN(matched.match_order)
        WHEN 1 THEN ' with the party'
        WHEN 2 THEN ' with ' || declaration.counterparty_party_id || ' of the same group'
        WHEN 3 THEN ' in this matter'
        ELSE ' with "' || declaration.counterparty_name || '", by name'
    END
    || COALESCE(', withdrawn ' || REPLACE(STRFTIME(declaration.withdrawn_at, '%Y-%m-%d %H:%M'), ' 00:00', ''), '')
    || ' (' || declaration.declaration_id || ')' AS words
FROM matched
INNER JOIN declaration ON matched.declaration_id = declaration.declaration_id
GROUP BY
    matched.context_type,
    matched.context_id,
    matched.person_id,
    matched.party_id,
    declaration.declaration_id,
    declaration.interest,
    declaration.circumstance_date,
    declaration.declared_at,
    declaration.withdrawn_at,
    declaration.counterparty_party_id,
    declaration.counterparty_name
