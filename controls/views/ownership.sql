-- Which natural person holds what in which party, directly or through companies, and on which days.
--
-- Shares multiply along a chain (60 % of 20 % is 12 %) in DECIMAL. A director, manager or representative of a company
-- holds that place in the companies which it controls (more than half) as well. A chain ends after six companies or
-- where it would come back to a company it passed. A share nobody recorded stays unknown (NULL), it is never zero.
-- An owner without a person number is known by the national identity number, where the register gives its hash. Whoever
-- is entered without a role counts as an owner.
WITH RECURSIVE holding AS (
    SELECT DISTINCT
        party_ownership.party_id,
        COALESCE(party_ownership.owner_person_id, person.person_id) AS owner_person_id,
        party_ownership.owner_party_id,
        COALESCE(party_ownership.role, 'owner') AS role,
        COALESCE(party_ownership.role, 'owner') IN ('owner', 'beneficial_owner') AS is_share,
        CAST(party_ownership.share_pct AS DECIMAL(18, 10)) AS share_pct,
        party_ownership.valid_from,
        party_ownership.valid_to
    FROM party_ownership
    LEFT JOIN person
        ON
            party_ownership.owner_person_id IS NULL
            AND party_ownership.owner_national_id_hash = person.national_id_hash
    WHERE COALESCE(party_ownership.owner_person_id, person.person_id, party_ownership.owner_party_id) IS NOT NULL
),

chain AS (
    SELECT
        owner_person_id AS person_id,
        party_id,
        role,
        is_share,
        CASE WHEN is_share THEN share_pct END AS share_pct,
        1 AS depth,
        REPLACE(role, '_', ' ')
        || CASE
            WHEN NOT is_share THEN ''
            WHEN share_pct IS NULL THEN ' (share unknown)'
            ELSE ' (' || CAST(CAST(share_pct AS DECIMAL(9, 4)) AS VARCHAR) || ' %)'
        END
        || ' of ' || party_id AS path,
        '|' || party_id || '|' AS trail,
        valid_from,
        valid_to
    FROM holding
    WHERE owner_person_id IS NOT NULL
    UNION ALL
    SELECT
        chain.person_id,
        holding.party_id,
        chain.role,
        chain.is_share,
        CASE
            WHEN chain.is_share THEN CAST(
                CAST(chain.share_pct * CAST(0.01 AS DECIMAL(3, 2)) AS DECIMAL(18, 10))
                * CAST(holding.share_pct AS DECIMAL(16, 8)) AS DECIMAL(18, 10)
            )
        END AS share_pct,
        chain.depth + 1 AS depth,
        chain.path || ' - holder'
        || COALESCE(
            ' (' || CAST(CAST(holding.share_pct AS DECIMAL(9, 4)) AS VARCHAR) || ' %)', ' (share unknown)'
        )
        || ' of ' || holding.party_id AS path,
        chain.trail || holding.party_id || '|' AS trail,
        GREATEST(chain.valid_from, holding.valid_from) AS valid_from,
        LEAST(chain.valid_to, holding.valid_to) AS valid_to
    FROM chain
    INNER JOIN holding ON chain.party_id = holding.owner_party_id
    WHERE
        chain.depth < 6
        AND holding.is_share
        AND chain.role <> 'contact'
        AND (chain.is_share OR holding.share_pct > 50)
        AND NOT CONTAINS(chain.trail, '|' || holding.party_id || '|')
        AND (
            GREATEST(chain.valid_from, holding.valid_from) < LEAST(chain.valid_to, holding.valid_to)
            OR GREATEST(chain.valid_from, holding.valid_from) IS NULL
            OR LEAST(chain.valid_to, holding.valid_to) IS NULL
        )
)

SELECT
    person_id,
    party_id,
    role,
    is_share,
    share_pct,
    depth,
    path,
    trail,
    valid_from,
    valid_to
FROM chain
ORDER BY person_id, party_id, role, path, valid_from, valid_to
