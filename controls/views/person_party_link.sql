-- Every link of a person to a party (supplier, bidder), with its kind, its strength, the path that shows it and the
-- days on which it holds. Thresholds (degree, share, months) belong to the controls; here stands whatever the
-- registers show.
--
-- hard: own or a relative's, household member's, friend's or business partner's holding or place in the party or in a
-- company of its group; the same bank account; the same national identity number; a declared interest; a former or
-- second employer. soft: same address or telephone, same name, mere contact person, a relation found by matching. A
-- link begins and ends with the shortest-lived part of its path; an unknown beginning or end is open (NULL).
WITH relation AS (
    -- the person, who stands behind the link (holder), and how the person is tied to that holder
    SELECT
        person_id,
        person_id AS holder_person_id,
        'own' AS link_kind,
        CAST(NULL AS INTEGER) AS degree,
        FALSE AS is_affinity,
        'hard' AS strength,
        'employee' AS path,
        CAST(NULL AS DECIMAL(18, 10)) AS common_share_pct,
        CAST(NULL AS VARCHAR) AS common_party_id,
        CAST(NULL AS DATE) AS valid_from,
        CAST(NULL AS DATE) AS valid_to
    FROM (SELECT DISTINCT person_id FROM ownership) AS holder
    UNION ALL
    SELECT
        mine.person_id,
        other.person_id AS holder_person_id,
        'same_national_id' AS link_kind,
        NULL AS degree,
        FALSE AS is_affinity,
        'hard' AS strength,
        'employee - same national identity number as ' || other.person_id AS path,
        NULL AS common_share_pct,
        NULL AS common_party_id,
        NULL AS valid_from,
        NULL AS valid_to
    FROM person AS mine
    INNER JOIN person AS other
        ON mine.national_id_hash = other.national_id_hash AND mine.person_id <> other.person_id
    UNION ALL
    SELECT
        person_id_a AS person_id,
        person_id_b AS holder_person_id,
        'kin' AS link_kind,
        degree,
        is_affinity,
        strength,
        path,
        NULL AS common_share_pct,
        NULL AS common_party_id,
        valid_from,
        valid_to
    FROM kinship
    UNION ALL
    SELECT
        person_id_a AS person_id,
        person_id_b AS holder_person_id,
        base_relation AS link_kind,
        NULL AS degree,
        FALSE AS is_affinity,
        CASE WHEN source = 'match' THEN 'soft' ELSE 'hard' END AS strength,
        'employee - ' || REPLACE(base_relation, '_', ' ') AS path,
        NULL AS common_share_pct,
        NULL AS common_party_id,
        valid_from,
        valid_to
    FROM relationship
    WHERE
        base_relation IN ('household', 'friend', 'financial_partner', 'guardian')
        AND COALESCE(source, '') <> 'case'
    UNION ALL
    SELECT
        person_id_b AS person_id,
        person_id_a AS holder_person_id,
        base_relation AS link_kind,
        NULL AS degree,
        FALSE AS is_affinity,
        CASE WHEN source = 'match' THEN 'soft' ELSE 'hard' END AS strength,
        'employee - ' || REPLACE(base_relation, '_', ' ') AS path,
        NULL AS common_share_pct,
        NULL AS common_party_id,
        valid_from,
        valid_to
    FROM relationship
    WHERE
        base_relation IN ('household', 'friend', 'financial_partner', 'guardian')
        AND COALESCE(source, '') <> 'case'
    UNION ALL
    -- financial partners by the register: both hold a share of one company that is not listed
    SELECT
        mine.person_id,
        partner.person_id AS holder_person_id,
        'co_owner' AS link_kind,
        NULL AS degree,
        FALSE AS is_affinity,
        'hard' AS strength,
        'employee - co-owner of ' || mine.party_id || ' with ' || partner.person_id AS path,
        LEAST(mine.share_pct, partner.share_pct) AS common_share_pct,
        mine.party_id AS common_party_id,
        GREATEST(mine.valid_from, partner.valid_from) AS valid_from,
        LEAST(mine.valid_to, partner.valid_to) AS valid_to
    FROM ownership AS mine
    INNER JOIN ownership AS partner
        ON mine.party_id = partner.party_id AND mine.person_id <> partner.person_id
    LEFT JOIN party ON mine.party_id = party.party_id
    WHERE
        mine.is_share
        AND partner.is_share
        AND mine.depth = 1
        AND partner.depth = 1
        AND NOT COALESCE(party.is_listed, FALSE)
),

through_holder AS (
    SELECT
        relation.person_id,
        ownership.party_id,
        relation.link_kind,
        CASE WHEN ownership.role = 'contact' THEN 'soft' ELSE relation.strength END AS strength,
        relation.holder_person_id,
        relation.degree,
        relation.is_affinity,
        ownership.role,
        ownership.is_share,
        ownership.share_pct,
        relation.common_share_pct,
        CAST(NULL AS DATE) AS ended_on,
        relation.path || ' - ' || ownership.path AS path,
        relation.path AS relation_path,
        GREATEST(relation.valid_from, ownership.valid_from) AS valid_from,
        LEAST(relation.valid_to, ownership.valid_to) AS valid_to
    FROM relation
    INNER JOIN ownership ON relation.holder_person_id = ownership.person_id
    -- what the partner holds through the common company is no other company
    WHERE relation.common_party_id IS NULL OR NOT CONTAINS(ownership.trail, '|' || relation.common_party_id || '|')
),

-- names in any script, compared without case, marks, article and patronymic; only owners not known as persons
named_owner AS (
    SELECT
        party_id,
        role,
        owner_name AS name,
        valid_from,
        valid_to
    FROM party_ownership
    WHERE owner_person_id IS NULL AND owner_party_id IS NULL AND LENGTH(owner_name) >= 8
),

named_person AS (
    SELECT
        person_id,
        'same_name' AS link_kind,
        'employee - same name as the ' AS path,
        full_name AS name,
        CAST(NULL AS DATE) AS valid_from,
        CAST(NULL AS DATE) AS valid_to
    FROM person
    UNION
    SELECT
        person_id,
        'same_name' AS link_kind,
        'employee - same name as the ' AS path,
        full_name_latin AS name,
        NULL AS valid_from,
        NULL AS valid_to
    FROM person
    UNION
    SELECT
        person_id_a AS person_id,
        'relative_name' AS link_kind,
        'employee - ' || REPLACE(base_relation, '_', ' ') || ' with the name of the ' AS path,
        relative_name AS name,
        valid_from,
        valid_to
    FROM relationship
    WHERE person_id_b IS NULL AND COALESCE(source, '') <> 'case'
),

written AS (
    SELECT name FROM named_owner
    UNION
    SELECT name FROM named_person
),

-- one alef (marks are gone), one ya, one ta marbuta; no article, no patronymic, no tatweel, no signs
name_key AS (
    SELECT
        name,
        REPLACE(
            REPLACE(
                REGEXP_REPLACE(
                    REGEXP_REPLACE(
                        REGEXP_REPLACE(
                            UPPER(STRIP_ACCENTS(NFC_NORMALIZE(name))),
                            '\b(AL|EL|BIN|BEN|IBN|BINT)\b|(^|\s)(بن|ابن|بنت)\s', ' ', 'g'
                        ),
                        '(^|\s)ال', ' ', 'g'
                    ),
                    '[^\p{L}\p{N}]|ـ', '', 'g'
                ),
                'ة', 'ه'
            ),
            'ى', 'ي'
        ) AS name_key
    FROM written
),

same_name AS (
    SELECT
        named_person.person_id,
        named_owner.party_id,
        named_person.link_kind,
        named_person.path || REPLACE(named_owner.role, '_', ' ') || ' of ' || named_owner.party_id AS path,
        GREATEST(named_person.valid_from, named_owner.valid_from) AS valid_from,
        LEAST(named_person.valid_to, named_owner.valid_to) AS valid_to
    FROM named_person
    INNER JOIN name_key AS person_key ON named_person.name = person_key.name
    INNER JOIN name_key AS owner_key ON person_key.name_key = owner_key.name_key
    INNER JOIN named_owner ON owner_key.name = named_owner.name
    WHERE person_key.name_key <> ''
),

registered AS (
    SELECT
        person_id,
        party_id,
        MAX(COALESCE(valid_to, CAST('9999-12-31' AS DATE))) AS valid_to
    FROM ownership
    WHERE is_share AND share_pct IS NOT NULL
    GROUP BY
        person_id,
        party_id
),

declared AS (
    SELECT
        coi_declaration.person_id,
        coi_declaration.counterparty_party_id AS party_id,
        'declared_' || COALESCE(coi_declaration.nature, 'other') AS link_kind,
        CASE WHEN COALESCE(coi_declaration.nature, 'other') = 'other' THEN 'soft' ELSE 'hard' END AS strength,
        coi_declaration.related_person_id AS holder_person_id,
        kinship.degree,
        COALESCE(kinship.is_affinity, coi_declaration.nature = 'affinity', FALSE) AS is_affinity,
        CAST(NULL AS VARCHAR) AS role,
        COALESCE(coi_declaration.nature = 'ownership', FALSE) AS is_share,
        CAST(NULL AS DECIMAL(18, 10)) AS share_pct,
        CAST(NULL AS DECIMAL(18, 10)) AS common_share_pct,
        CASE WHEN coi_declaration.nature = 'previous_employer' THEN coi_declaration.circumstance_date END AS ended_on,
        'employee - declared ' || REPLACE(COALESCE(coi_declaration.nature, 'interest'), '_', ' ')
        || ' (' || coi_declaration.declaration_id || ') with ' || coi_declaration.counterparty_party_id AS path,
        CASE
            WHEN coi_declaration.nature <> 'previous_employer' THEN coi_declaration.circumstance_date
        END AS valid_from,
        CAST(coi_declaration.withdrawn_at AS DATE) AS valid_to
    FROM coi_declaration
    LEFT JOIN kinship
        ON
            coi_declaration.nature IN ('kinship', 'affinity')
            AND coi_declaration.person_id = kinship.person_id_a
            AND coi_declaration.related_person_id = kinship.person_id_b
    -- a declared share without its size adds nothing where the register shows the size, then or later
    LEFT JOIN registered
        ON
            coi_declaration.nature = 'ownership'
            AND coi_declaration.person_id = registered.person_id
            AND coi_declaration.counterparty_party_id = registered.party_id
            AND (coi_declaration.declared_at IS NULL OR coi_declaration.declared_at < registered.valid_to)
    WHERE
        coi_declaration.counterparty_party_id IS NOT NULL
        AND coi_declaration.kind IS DISTINCT FROM 'nil'
        AND registered.person_id IS NULL
),

paid_account AS (
    SELECT DISTINCT
        employee.person_id,
        vendor_bank.party_id,
        vendor_bank.valid_from,
        vendor_bank.valid_to
    FROM payroll_line
    INNER JOIN vendor_bank ON payroll_line.bank_account_hash = vendor_bank.bank_account_hash
    INNER JOIN employee ON payroll_line.employee_id = employee.employee_id
),

matched AS (
    SELECT
        person_id,
        party_id,
        'same_bank_account' AS link_kind,
        'hard' AS strength,
        CAST(NULL AS DATE) AS ended_on,
        'employee - salary paid to the bank account of ' || party_id AS path,
        valid_from,
        valid_to
    FROM paid_account
    UNION ALL
    SELECT
        person_id,
        employer_id AS party_id,
        'secondary_job' AS link_kind,
        'hard' AS strength,
        NULL AS ended_on,
        'employee - second job at ' || employer_id AS path,
        valid_from,
        valid_to
    FROM secondary_employment
    WHERE employer_id IS NOT NULL AND COALESCE(decision, '') <> 'refused'
    UNION ALL
    SELECT
        person_id,
        employer_id AS party_id,
        'previous_employer' AS link_kind,
        'hard' AS strength,
        valid_to AS ended_on,
        'employee - until ' || CAST(valid_to AS VARCHAR) || ' second job at ' || employer_id AS path,
        valid_to AS valid_from,
        NULL AS valid_to
    FROM secondary_employment
    WHERE employer_id IS NOT NULL AND valid_to IS NOT NULL AND COALESCE(decision, '') <> 'refused'
    UNION ALL
    SELECT
        person_id,
        party_id,
        link_kind,
        'soft' AS strength,
        NULL AS ended_on,
        path,
        valid_from,
        valid_to
    FROM same_name
    UNION ALL
    SELECT
        person.person_id,
        party.party_id,
        'same_address' AS link_kind,
        'soft' AS strength,
        NULL AS ended_on,
        'employee - same address as ' || party.party_id AS path,
        CAST(NULL AS DATE) AS valid_from,
        CAST(NULL AS DATE) AS valid_to
    FROM person
    INNER JOIN party ON person.address_hash = party.address_hash
    UNION ALL
    SELECT
        person.person_id,
        party.party_id,
        'same_telephone' AS link_kind,
        'soft' AS strength,
        NULL AS ended_on,
        'employee - same telephone as ' || party.party_id AS path,
        CAST(NULL AS DATE) AS valid_from,
        CAST(NULL AS DATE) AS valid_to
    FROM person
    INNER JOIN party ON person.phone_hash = party.phone_hash
),

direct AS (
    SELECT
        person_id,
        party_id,
        link_kind,
        strength,
        holder_person_id,
        degree,
        is_affinity,
        role,
        is_share,
        share_pct,
        common_share_pct,
        ended_on,
        path,
        relation_path,
        valid_from,
        valid_to
    FROM through_holder
    UNION ALL
    SELECT
        person_id,
        party_id,
        link_kind,
        strength,
        holder_person_id,
        degree,
        is_affinity,
        role,
        is_share,
        share_pct,
        common_share_pct,
        ended_on,
        path,
        path AS relation_path,
        valid_from,
        valid_to
    FROM declared
    UNION ALL
    SELECT
        person_id,
        party_id,
        link_kind,
        strength,
        NULL AS holder_person_id,
        NULL AS degree,
        FALSE AS is_affinity,
        NULL AS role,
        FALSE AS is_share,
        NULL AS share_pct,
        NULL AS common_share_pct,
        ended_on,
        path,
        path AS relation_path,
        valid_from,
        valid_to
    FROM matched
),

-- companies of one group stand for each other while both belong to it
fellow AS (
    SELECT
        mine.party_id AS linked_party_id,
        other.party_id,
        mine.group_id,
        GREATEST(mine.valid_from, other.valid_from) AS valid_from,
        LEAST(mine.valid_to, other.valid_to) AS valid_to
    FROM party_group AS mine
    INNER JOIN party_group AS other ON mine.group_id = other.group_id AND mine.party_id <> other.party_id
),

linked AS (
    SELECT
        person_id,
        party_id,
        party_id AS linked_party_id,
        link_kind,
        strength,
        holder_person_id,
        degree,
        is_affinity,
        role,
        is_share,
        share_pct,
        common_share_pct,
        ended_on,
        path,
        relation_path,
        valid_from,
        valid_to
    FROM direct
    UNION ALL
    SELECT
        direct.person_id,
        fellow.party_id,
        direct.party_id AS linked_party_id,
        direct.link_kind,
        direct.strength,
        direct.holder_person_id,
        direct.degree,
        direct.is_affinity,
        direct.role,
        direct.is_share,
        direct.share_pct,
        direct.common_share_pct,
        direct.ended_on,
        direct.path || ' - same group ' || fellow.group_id || ' as ' || fellow.party_id AS path,
        direct.relation_path,
        GREATEST(direct.valid_from, fellow.valid_from) AS valid_from,
        LEAST(direct.valid_to, fellow.valid_to) AS valid_to
    FROM direct
    INNER JOIN fellow ON direct.party_id = fellow.linked_party_id
)

SELECT DISTINCT
    linked.person_id,
    linked.party_id,
    linked.linked_party_id,
    linked.link_kind,
    linked.strength,
    linked.holder_person_id,
    linked.degree,
    linked.is_affinity,
    linked.role,
    linked.is_share,
    linked.share_pct,
    linked.common_share_pct,
    party.is_listed,
    linked.ended_on,
    linked.path || COALESCE(' (' || party.legal_name || ')', '') AS path,
    linked.relation_path,
    linked.valid_from,
    linked.valid_to
FROM linked
LEFT JOIN party ON linked.linked_party_id = party.party_id
WHERE
    linked.valid_from IS NULL
    OR linked.valid_to IS NULL
    OR linked.valid_from < linked.valid_to
ORDER BY linked.person_id, linked.party_id, linked.path, linked.valid_from, linked.valid_to
