-- COI-03 Whoever has a hard link to a counterparty has declared it.
WITH judged AS (
    SELECT
        link.context_type,
        link.context_id,
        link.person_id,
        link.party_id,
        link.path,
        link.link_kind = 'kin' AND link.degree IS NULL AS is_degree_unknown,
        link.link_kind = 'kin'
        AND link.degree > CASE WHEN link.is_affinity THEN $max_degree_affinity ELSE $max_degree END AS is_distant,
        link.link_kind = 'previous_employer'
        AND link.acted_on >= link.ended_on + $previous_employer_months * INTERVAL 1 MONTH AS is_past,
        link.is_share AND COALESCE(link.holding_pct, 0) < $min_holding_listed AS is_small,
        link.is_share_unknown,
        link.is_listed,
        link.link_kind NOT IN ('friend', 'previous_employer') AS is_strong
    FROM linked_action AS link
    WHERE
        link.strength = 'hard'
        AND NOT STARTS_WITH(link.link_kind, 'declared_')
        AND (NOT link.is_act OR link.is_flagged OR NOT LIST_CONTAINS($administrative_actions, link.action))
),

classed AS (
    SELECT
        context_type,
        context_id,
        person_id,
        party_id,
        path,
        is_strong,
        CASE
            WHEN is_degree_unknown THEN 'degree_unknown'
            WHEN is_distant THEN 'beyond_degree'
            WHEN is_past THEN 'former_employment_past'
            WHEN is_small AND is_listed AND NOT is_share_unknown THEN 'small_listed_holding'
            WHEN is_small AND is_listed THEN 'share_unknown'
            WHEN is_small AND is_listed IS NULL THEN 'listing_unknown'
            ELSE 'tie'
        END AS class
    FROM judged
),

tie AS (
    SELECT
        context_type,
        context_id,
        person_id,
        party_id,
        COUNT(*) FILTER (WHERE class = 'tie') AS ties,
        COUNT(*) FILTER (WHERE class = 'tie' AND is_strong) AS strong_ties,
        MIN(class) FILTER (WHERE class IN ('share_unknown', 'listing_unknown', 'degree_unknown')) AS doubt,
        MIN(class) FILTER (WHERE class <> 'tie') AS no_tie,
        COALESCE(MIN(path) FILTER (WHERE class = 'tie'), MIN(path)) AS shown,
        STRING_AGG(DISTINCT path, '
' ORDER BY path) AS paths
    FROM classed
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
        MIN(acted_at) AS first_acted_at
    FROM interest_act
    GROUP BY
        context_type,
        context_id,
        person_id,
        party_id
),

declaration AS (
    SELECT
        declared.context_type,
        declared.context_id,
        declared.person_id,
        declared.party_id,
        COUNT(*) FILTER (WHERE NOT declared.is_by_name) AS declarations,
        COUNT(*) FILTER (
            WHERE NOT declared.is_by_name AND declared.interest NOT IN ('friendship', 'previous_employer')
        ) AS strong_declarations,
        ARG_MIN(declared.words, declared.declared_at) AS first_words,
        STRING_AGG(declared.words, '
' ORDER BY declared.declared_at, declared.declaration_id) AS words
    FROM declared_interest AS declared
    LEFT JOIN act
        ON
            declared.context_type = act.context_type
            AND declared.context_id = act.context_id
            AND declared.person_id = act.person_id
            AND declared.party_id = act.party_id
    WHERE declared.withdrawn_at IS NULL OR act.first_acted_at IS NULL OR declared.withdrawn_at > act.first_acted_at
    GROUP BY
        declared.context_type,
        declared.context_id,
        declared.person_id,
        declared.party_id
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
    COALESCE(tie.shown, 'a link found by an administrative act only') AS tie,
    COALESCE(declaration.first_words, 'no interest is declared') AS declared,
    CONCAT_WS('
', tie.paths, declaration.words) AS evidence,
    CASE
        WHEN
            declaration.declarations > 0
            AND declaration.strong_declarations = 0
            AND tie.strong_ties > 0
            AND (act.acts IS NOT NULL OR pair.is_deciding_member)
            THEN 'REVIEW:lesser_interest_declared'
        WHEN declaration.declarations > 0 THEN 'PASS'
        WHEN act.acts IS NULL AND NOT pair.is_deciding_member THEN 'NOT_APPLICABLE:no_substantive_action'
        WHEN tie.ties > 0
            THEN CASE WHEN declaration.declarations = 0 THEN 'REVIEW:matched_by_name' ELSE 'EXCEPTION' END
        WHEN tie.doubt IS NOT NULL THEN 'REVIEW:' || tie.doubt
        ELSE 'NOT_APPLICABLE:' || COALESCE(tie.no_tie, 'no_link_when_acting')
    END AS result
FROM hard_link_pair AS pair
LEFT JOIN tie
    ON
        pair.context_type = tie.context_type
        AND pair.context_id = tie.context_id
        AND pair.person_id = tie.person_id
        AND pair.party_id = tie.party_id
LEFT JOIN act
    ON
        pair.context_type = act.context_type
        AND pair.context_id = act.context_id
        AND pair.person_id = act.person_id
        AND pair.party_id = act.party_id
LEFT JOIN declaration
    ON
        pair.context_type = declaration.context_type
        AND pair.context_id = declaration.context_id
        AND pair.person_id = declaration.person_id
        AND pair.party_id = declaration.party_id
ORDER BY
    pair.context_type,
    pair.context_id,
    pair.person_id,
    pair.party_id
