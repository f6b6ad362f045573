-- Who is related to whom, up to the fourth degree, with the path that shows it and the days on which it holds.
--
-- Degrees are counted as in civil law: a step up or down is one degree, a sibling is two; affinity has the degree of
-- the spouse's kin; a spouse is degree 1 and counts as kin. An adopted child is a child, a half-sibling is a sibling.
-- A path goes up, then sideways, then down, with at most one marriage at its beginning or its end: kin of kin of a
-- spouse's spouse are not relatives. Blood holds from birth: where a birth date is known it replaces a later date of
-- recording. Relations known only from a case file are left out, so that no case can be read off another control's
-- result. A relation of no stated kind, and one of another kind without a degree, has the degree NULL: not known.
WITH RECURSIVE declared AS (
    SELECT
        relationship.person_id_a,
        relationship.person_id_b,
        COALESCE(relationship.base_relation, 'other') AS base_relation,
        relationship.declared_degree,
        COALESCE(relationship.source = 'match', FALSE) AS is_matched,
        CASE
            WHEN relationship.base_relation IN ('parent', 'child', 'sibling')
                THEN LEAST(relationship.valid_from, GREATEST(first_person.birth_date, second_person.birth_date))
            ELSE relationship.valid_from
        END AS valid_from,
        relationship.valid_to
    FROM relationship
    LEFT JOIN person AS first_person ON relationship.person_id_a = first_person.person_id
    LEFT JOIN person AS second_person ON relationship.person_id_b = second_person.person_id
    WHERE
        relationship.person_id_a <> relationship.person_id_b
        AND COALESCE(relationship.source, '') <> 'case'
),

edge AS (
    SELECT
        person_id_a AS from_id,
        person_id_b AS to_id,
        base_relation AS step,
        is_matched,
        valid_from,
        valid_to
    FROM declared
    WHERE base_relation IN ('parent', 'child', 'sibling', 'spouse')
    UNION
    SELECT
        person_id_b AS from_id,
        person_id_a AS to_id,
        CASE base_relation WHEN 'parent' THEN 'child' WHEN 'child' THEN 'parent' ELSE base_relation END AS step,
        is_matched,
        valid_from,
        valid_to
    FROM declared
    WHERE base_relation IN ('parent', 'child', 'sibling', 'spouse')
),

-- Paths start from employees and from whoever declared a relation; other relatives are only ever the far end.
start AS (
    SELECT person_id FROM employee
    UNION
    SELECT person_id_a AS person_id FROM declared
),

walk AS (
    SELECT
        edge.from_id AS person_id_a,
        edge.to_id AS person_id_b,
        CASE edge.step WHEN 'spouse' THEN 0 WHEN 'sibling' THEN 2 ELSE 1 END AS steps,
        edge.step = 'spouse' AS is_by_marriage,
        CASE edge.step WHEN 'spouse' THEN 'married' ELSE edge.step END AS phase,
        1 AS hops,
        edge.is_matched,
        'employee - ' || edge.step AS path,
        '|' || edge.from_id || '|' || edge.to_id || '|' AS trail,
        edge.valid_from,
        edge.valid_to
    FROM edge
    INNER JOIN start ON edge.from_id = start.person_id
    UNION ALL
    SELECT
        walk.person_id_a,
        edge.to_id AS person_id_b,
        walk.steps + CASE
            WHEN edge.step = 'spouse' THEN 0
            WHEN edge.step <> 'sibling' THEN 1
            WHEN walk.phase = 'sibling' THEN 0
            ELSE 2
        END AS steps,
        walk.is_by_marriage OR edge.step = 'spouse' AS is_by_marriage,
        CASE edge.step WHEN 'spouse' THEN 'end' ELSE edge.step END AS phase,
        walk.hops + 1 AS hops,
        walk.is_matched OR edge.is_matched AS is_matched,
        walk.path || ' - ' || edge.step AS path,
        walk.trail || edge.to_id || '|' AS trail,
        GREATEST(walk.valid_from, edge.valid_from) AS valid_from,
        LEAST(walk.valid_to, edge.valid_to) AS valid_to
    FROM walk
    INNER JOIN edge ON walk.person_id_b = edge.from_id
    WHERE
        walk.hops < 5
        AND walk.phase <> 'end'
        AND CASE edge.step
            WHEN 'parent' THEN walk.phase IN ('married', 'parent') AND walk.steps <= 3
            WHEN 'sibling' THEN (walk.phase IN ('married', 'parent') AND walk.steps <= 2) OR walk.phase = 'sibling'
            WHEN 'child' THEN walk.steps <= 3
            ELSE NOT walk.is_by_marriage
        END
        AND NOT CONTAINS(walk.trail, '|' || edge.to_id || '|')
        AND (
            GREATEST(walk.valid_from, edge.valid_from) < LEAST(walk.valid_to, edge.valid_to)
            OR GREATEST(walk.valid_from, edge.valid_from) IS NULL
            OR LEAST(walk.valid_to, edge.valid_to) IS NULL
        )
),

found AS (
    SELECT
        person_id_a,
        person_id_b,
        CASE steps WHEN 0 THEN 1 ELSE steps END AS degree,
        is_by_marriage AND steps > 0 AS is_affinity,
        is_matched,
        MIN(path) AS path,
        valid_from,
        valid_to
    FROM walk
    GROUP BY person_id_a, person_id_b, steps, is_by_marriage, is_matched, valid_from, valid_to
    UNION ALL
    SELECT DISTINCT
        person_id_a,
        person_id_b,
        declared_degree AS degree,
        FALSE AS is_affinity,
        is_matched,
        COALESCE(
            'employee - relative of declared degree ' || CAST(declared_degree AS VARCHAR),
            'employee - relative of unknown degree'
        ) AS path,
        valid_from,
        valid_to
    FROM declared
    WHERE base_relation = 'other'
    UNION ALL
    SELECT DISTINCT
        person_id_b AS person_id_a,
        person_id_a AS person_id_b,
        declared_degree AS degree,
        FALSE AS is_affinity,
        is_matched,
        COALESCE(
            'employee - relative of declared degree ' || CAST(declared_degree AS VARCHAR),
            'employee - relative of unknown degree'
        ) AS path,
        valid_from,
        valid_to
    FROM declared
    WHERE base_relation = 'other'
),

ranked AS (
    SELECT
        person_id_a,
        person_id_b,
        degree,
        is_affinity,
        is_matched,
        path,
        valid_from,
        valid_to,
        ROW_NUMBER() OVER (
            PARTITION BY person_id_a, person_id_b, is_affinity
            ORDER BY degree ASC, is_matched ASC, path ASC, valid_from ASC NULLS FIRST, valid_to DESC NULLS FIRST
        ) AS place
    FROM found
)

-- The shortest path stands for its pair; a longer one is kept only for days which no shorter one covers.
SELECT
    longer.person_id_a,
    longer.person_id_b,
    longer.degree,
    longer.is_affinity,
    CASE WHEN longer.is_matched THEN 'soft' ELSE 'hard' END AS strength,
    longer.path,
    longer.valid_from,
    longer.valid_to
FROM ranked AS longer
LEFT JOIN ranked AS shorter
    ON
        longer.person_id_a = shorter.person_id_a
        AND longer.person_id_b = shorter.person_id_b
        AND longer.is_affinity = shorter.is_affinity
        AND longer.place > shorter.place
        AND (longer.is_matched OR NOT shorter.is_matched)
        AND (shorter.valid_from IS NULL OR longer.valid_from >= shorter.valid_from)
        AND (shorter.valid_to IS NULL OR longer.valid_to <= shorter.valid_to)
WHERE shorter.person_id_a IS NULL
ORDER BY longer.person_id_a, longer.person_id_b, longer.degree, longer.is_affinity, longer.path
