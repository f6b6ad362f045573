"""Parties and their owners, tenders, contracts, orders, gifts, declarations, reports: the tables of what is bought."""

from __future__ import annotations

from benchmarks.organisation import WINDOW_DAYS, WINDOW_START, Size


def tables(size: Size) -> dict[str, str]:
    """Return entity -> SELECT, with the contract's column names."""
    return {**_parties(size), **_tenders(size), **_orders(size), **_ethics(size), **_cases(size)}


def _parties(size: Size) -> dict[str, str]:
    n = size.parties
    return {
        "party": f"""
            SELECT party_number(j) AS party_id,
                CASE WHEN roll(j, 'role', 20) = 0 THEN 'public_body' ELSE 'vendor|bidder' END AS role_flags,
                word(j, 'firm', 3) || ' ' || word(j, 'trade', 2) || ' LLC' AS legal_name,
                CAST(NULL AS VARCHAR) AS group_id, TIMESTAMP '2018-01-01' AS created_at,
                CASE WHEN roll(j, 'neighbour', 4000) = 0 THEN digest(roll(j, 'whose', {size.employees}), 'home')
                    ELSE digest(j, 'office') END AS address_hash,
                digest(j, 'office phone') AS phone_hash, roll(j, 'listed', 50) = 0 AS is_listed
            FROM range({n}) AS t(j)""",
        "party_group_hist": f"""
            SELECT party_number(j) AS party_id,
                CASE WHEN j < 40 THEN 'GRP-LARGE' ELSE 'GRP-' || j // 3 END AS group_id,
                DATE '2020-01-01' AS valid_from, CAST(NULL AS DATE) AS valid_to
            FROM range({n}) AS t(j) WHERE j < 40 OR roll(j // 3, 'group', 5) = 0""",
        "party_ownership": f"""
            WITH held AS (
                SELECT j, 'owner' AS role, 60.0 AS share, CASE
                    WHEN j < {size.tied} AND has_spouse(j) THEN relative(j, 'S')
                    WHEN roll(j, 'insider', 1000) < 2 THEN person(roll(j, 'holder', {size.employees}))
                    WHEN roll(j, 'owner known', 100) < 15 THEN relative(j, 'X') END AS person_id,
                    CASE WHEN roll(j, 'parent', 100) < 5 THEN party_number(roll(j, 'parent firm', {n})) END AS firm
                FROM range({n}) AS t(j)
                UNION ALL
                SELECT j, 'director', NULL, NULL, NULL FROM range({n}) AS t(j)
                UNION ALL
                SELECT j, 'owner', 40.0, NULL, NULL FROM range({n}) AS t(j) WHERE roll(j, 'partner', 2) = 0
            )
            SELECT 'OW' || lpad(CAST(row_number() OVER (ORDER BY j, role, share) AS VARCHAR), 8, '0') AS ownership_id,
                party_number(j) AS party_id, CASE WHEN firm IS NULL THEN person_id END AS owner_person_id,
                CASE WHEN firm <> party_number(j) THEN firm END AS owner_party_id,
                full_name(j + 10000000, role || COALESCE(share, 0)) AS owner_name,
                CAST(NULL AS VARCHAR) AS owner_national_id_hash, CAST(share AS DECIMAL(9, 6)) AS share_pct, role,
                DATE '2020-01-01' AS valid_from, CAST(NULL AS DATE) AS valid_to
            FROM held""",
        "vendor_bank": f"""
            SELECT party_number(j) AS party_id,
                CASE WHEN roll(j, 'own account', 5000) = 0 THEN digest(roll(j, 'payee', {size.employees}), 'account')
                    ELSE digest(j, 'vendor account') END AS bank_account_hash,
                DATE '2018-01-01' AS valid_from, CAST(NULL AS DATE) AS valid_to
            FROM range({n}) AS t(j)""",
    }


def _tenders(size: Size) -> dict[str, str]:
    n, people = size.tenders, size.employees
    moment = f"CAST({WINDOW_START} - 60 + CAST(t * {WINDOW_DAYS + 45} // {n} AS INTEGER) AS TIMESTAMP)"
    tender = f"(SELECT t, 'T-' || lpad(CAST(t AS VARCHAR), 7, '0') AS id, {moment} AS day FROM range({n}) AS r(t)) AS s"
    lots = f"""(
        SELECT t, id, day, CASE WHEN roll(t, 'lots', 10) = 0 THEN id || '-L' || k END AS lot, k
        FROM {tender}, range(2) AS l(k) WHERE k = 0 OR roll(t, 'lots', 10) = 0) AS lotted"""
    awarded = "day + INTERVAL 50 DAY < TIMESTAMP '2026-10-08'"
    # in one tender of fifty the chair's spouse owns the winner
    tied = "roll(t, 'tied', 50) = 0"
    which = f"roll(t, 'which', {size.tied})"
    winner = f"party_number(CASE WHEN {tied} THEN {which} ELSE roll(t * 2 + k, 'bidder0', {size.parties}) END)"
    member = f"person(CASE WHEN m = 0 AND {tied} THEN {which} ELSE roll(t, 'member' || m, {people}) END)"
    return {
        "tender": f"""
            SELECT id AS tender_id, '00001' || lpad(CAST(t % {size.units} AS VARCHAR), 3, '0') AS buyer_unit,
                'Supplies ' || t AS title, CASE WHEN roll(t, 'method', 10) = 0 THEN 'limited' ELSE 'open' END AS method,
                CASE WHEN {awarded} THEN 'complete' ELSE 'active' END AS status,
                CAST(10000 + roll(t, 'estimate', 900000) AS DECIMAL(18, 2)) AS estimate, 'SAR' AS currency,
                day AS published_at, day + INTERVAL 20 DAY AS bid_deadline, day + INTERVAL 22 DAY AS opened_at,
                day + INTERVAL 26 DAY AS evaluation_start, day + INTERVAL 40 DAY AS evaluation_end,
                person({size.buyers} + roll(t, 'need', {people - size.buyers})) AS need_owner,
                person({size.buyers} + roll(t, 'author', {people - size.buyers})) AS spec_author
            FROM {tender}""",
        "lot": f"SELECT lot AS lot_id, id AS tender_id, 'Part' AS title FROM {lots} WHERE lot IS NOT NULL",
        "bid": f"""
            SELECT 'B' || lpad(CAST((t * 2 + k) * 6 + b AS VARCHAR), 9, '0') AS bid_id, id AS tender_id, lot AS lot_id,
                CASE b WHEN 0 THEN {winner} ELSE party_number(roll(t * 2 + k, 'bidder' || b, {size.parties})) END
                    AS party_id,
                CAST(NULL AS VARCHAR) AS consortium_id, day + INTERVAL 15 DAY AS submitted_at,
                CAST(10000 + roll(t, 'estimate', 900000) + b * 100 AS DECIMAL(18, 2)) AS amount, 'SAR' AS currency,
                'valid' AS status
            FROM {lots}, range(6) AS bids(b) WHERE b < 3 + roll(t, 'bids', 4)""",
        "committee_member": f"""
            SELECT 'CM' || lpad(CAST(t * 5 + m AS VARCHAR), 9, '0') AS member_id, id AS tender_id,
                CAST(NULL AS VARCHAR) AS lot_id, {member} AS person_id,
                list_extract(['chair', 'evaluator', 'evaluator', 'evaluator', 'secretary'], m + 1) AS role,
                day - INTERVAL 7 DAY AS appointed_at, CAST(NULL AS TIMESTAMP) AS ended_at
            FROM {tender}, range(5) AS members(m)""",
        "process_action": f"""
            SELECT 'A' || lpad(CAST(t * 15 + m * 3 + a AS VARCHAR), 9, '0') AS action_log_id, 'tender' AS context_type,
                id AS context_id, CAST(NULL AS VARCHAR) AS lot_id, {member} AS person_id,
                list_extract(['view', 'score', 'vote'], a + 1) AS action,
                day + to_days(CAST(24 + 6 * a AS INTEGER)) + to_minutes(CAST(600 + m AS INTEGER)) AS acted_at,
                a > 0 AS substantive
            FROM {tender}, range(5) AS members(m), range(3) AS acts(a)""",
        "award": f"""
            SELECT 'AW' || lpad(CAST(t * 2 + k AS VARCHAR), 8, '0') AS award_id, id AS tender_id, lot AS lot_id,
                {winner} AS party_id, CAST(10000 + roll(t, 'estimate', 900000) AS DECIMAL(18, 2)) AS amount,
                'SAR' AS currency, day + INTERVAL 50 DAY AS decided_at, CAST(NULL AS TIMESTAMP) AS registered_at,
                person(roll(t, 'decider', {size.buyers})) AS decided_by
            FROM {lots} WHERE {awarded}""",
        "contract": f"""
            SELECT '46' || lpad(CAST(t * 2 + k AS VARCHAR), 8, '0') AS contract_id,
                'AW' || lpad(CAST(t * 2 + k AS VARCHAR), 8, '0') AS award_id, {winner} AS party_id,
                day + INTERVAL 57 DAY AS signed_at, CAST(day + INTERVAL 67 DAY AS DATE) AS started_on,
                CAST(day + INTERVAL 432 DAY AS DATE) AS ended_on,
                CAST(10000 + roll(t, 'estimate', 900000) AS DECIMAL(18, 2)) AS amount, 'SAR' AS currency,
                person(roll(t, 'contract manager', {people})) AS manager_person_id
            FROM {lots} WHERE {awarded}""",
    }


def _orders(size: Size) -> dict[str, str]:
    n, people = size.orders, size.employees
    day = f"CAST({WINDOW_START} AS TIMESTAMP) + to_minutes(CAST(i * {WINDOW_DAYS * 1440} // {n} AS INTEGER))"
    order = f"(SELECT i, '45' || lpad(CAST(i AS VARCHAR), 8, '0') AS id, {day} AS day FROM range({n}) AS r(i)) AS o"
    # one order of three hundred goes to a firm of the buyer's spouse
    tied = "roll(i, 'tied', 300) = 0"
    which = f"roll(i, 'which', {size.tied})"
    party = f"party_number(CASE WHEN {tied} THEN {which} ELSE roll(i, 'supplier', {size.parties}) END)"
    buyer = f"person(CASE WHEN {tied} THEN {which} ELSE roll(i, 'buyer', {size.buyers}) END)"
    amount = "CAST(200 + roll(i, 'amount', 4000000) / 100 AS DECIMAL(18, 2))"
    return {
        "purchase_order": f"""
            SELECT id AS po_id, {party} AS party_id, CAST(NULL AS VARCHAR) AS contract_id, 'direct' AS po_type,
                day AS created_at, {buyer} AS created_by,
                person(roll(i, 'requester', {people})) AS requester, {amount} AS amount, 'SAR' AS currency,
                'released' AS status, roll(i, 'deleted', 200) = 0 AS deleted
            FROM {order}""",
        "approval": f"""
            SELECT 'po' AS doc_type, id AS doc_id, 1 AS level_no,
                person(roll(i, 'approver', {size.units})) AS approver_id,
                'approved' AS decision, day + INTERVAL 90 MINUTE AS approved_at
            FROM {order}""",
        "invoice": f"""
            SELECT '51' || lpad(CAST(i AS VARCHAR), 8, '0') AS invoice_id, {party} AS party_id, id AS po_id,
                CAST(day + INTERVAL 9 DAY AS DATE) AS invoice_date, day + INTERVAL 11 DAY AS posted_at,
                {amount} AS amount, 'SAR' AS currency, 'paid' AS status
            FROM {order} WHERE day + INTERVAL 11 DAY < TIMESTAMP '2026-10-08'""",
        "fx_rate": """
            SELECT currency, CAST(day AS DATE) AS rate_date, CAST(3.75 + roll(CAST(day AS DATE), currency, 1000) / 1000
                AS DECIMAL(18, 8)) AS rate
            FROM range(DATE '2024-10-01', DATE '2026-10-08', INTERVAL 1 DAY) AS d(day),
                (VALUES ('EUR'), ('USD'), ('GBP')) AS c(currency)""",
        "delegation": f"""
            SELECT 'DL' || lpad(CAST(j AS VARCHAR), 6, '0') AS delegation_id, person(j) AS delegator_id,
                person(j + 13) AS delegate_id, 'all' AS scope, DATE '2026-07-05' AS valid_from,
                DATE '2026-07-19' AS valid_to
            FROM range({max(2, people // 500)}) AS t(j)""",
    }


def _ethics(size: Size) -> dict[str, str]:
    people, tenders = size.employees, size.tenders
    opened = f"CAST({WINDOW_START} - 60 + CAST(t * {WINDOW_DAYS + 45} // {tenders} AS INTEGER) AS TIMESTAMP)"
    return {
        "coi_declaration": f"""
            WITH said AS (
                SELECT 'tender' AS kind, 'T-' || lpad(CAST(t AS VARCHAR), 7, '0') AS tender,
                    person(roll(t, 'member' || m, {people})) AS who, {opened} + INTERVAL 1 DAY AS moment,
                    CAST(NULL AS VARCHAR) AS nature, CAST(NULL AS VARCHAR) AS party
                FROM range({tenders}) AS r(t), range(5) AS members(m) WHERE roll(t, 'silent' || m, 300) > 0
                UNION ALL
                SELECT 'nil', NULL, person(i), TIMESTAMP '2026-01-15 09:00:00', NULL, NULL
                FROM range({people}) AS t(i) WHERE roll(i, 'annual', 5) = 0
                UNION ALL
                SELECT 'annual', NULL, person(i), TIMESTAMP '2026-01-15 09:00:00',
                    list_extract(['kinship', 'ownership', 'friendship', 'previous_employer'], 1 + roll(i, 'nature', 4)),
                    party_number(roll(i, 'interest in', {size.parties}))
                FROM range({people}) AS t(i) WHERE roll(i, 'interest', 100) = 0
            )
            SELECT 'D' || lpad(CAST(row_number() OVER (ORDER BY kind, tender, who, nature) AS VARCHAR), 8, '0')
                    AS declaration_id,
                who AS person_id, kind, CASE WHEN tender IS NOT NULL THEN 'tender' END AS context_type,
                tender AS context_id, CAST(NULL AS VARCHAR) AS counterparty_name,
                party AS counterparty_party_id, nature,
                CAST(NULL AS VARCHAR) AS related_person_id,
                CASE WHEN nature IS NOT NULL THEN DATE '2024-01-01' END AS circumstance_date, moment AS declared_at,
                CAST(NULL AS TIMESTAMP) AS withdrawn_at
            FROM said""",
        "recusal": f"""
            SELECT 'RC' || lpad(CAST(t * 5 + m AS VARCHAR), 8, '0') AS recusal_id,
                person(roll(t, 'member' || m, {people})) AS person_id, 'tender' AS context_type,
                'T-' || lpad(CAST(t AS VARCHAR), 7, '0') AS context_id, CAST(NULL AS VARCHAR) AS lot_id,
                {opened} + to_days(CAST(5 + roll(t, 'recused', 26) AS INTEGER)) AS recused_at,
                CAST(NULL AS TIMESTAMP) AS ended_at, 'system' AS recorded_in
            FROM range({tenders}) AS r(t), range(5) AS members(m) WHERE roll(t, 'recusal' || m, 150) = 0""",
        "secondary_employment": f"""
            SELECT 'SJ' || lpad(CAST(i AS VARCHAR), 7, '0') AS request_id, person(i) AS person_id,
                CASE WHEN roll(i, 'firm', 20) = 0 THEN party_number(roll(i, 'second', {size.parties})) END
                    AS employer_id,
                'granted' AS decision, DATE '2025-02-01' AS valid_from, CAST(NULL AS DATE) AS valid_to
            FROM range({people}) AS t(i) WHERE roll(i, 'second job', 100) = 0""",
        "gift": f"""
            SELECT 'G' || lpad(CAST(g AS VARCHAR), 8, '0') AS gift_id, person(recipient) AS recipient_person_id,
                CAST(NULL AS VARCHAR) AS beneficiary_person_id, 'Giver ' || giver AS giver_name,
                CASE WHEN roll(g, 'mapped', 100) > 1 THEN party_number(giver) END AS giver_party_id,
                'received' AS direction, list_extract(['goods', 'meal', 'promo', 'conference'], 1 + roll(g, 'what', 4))
                    AS category,
                'Calendar and pen' AS description,
                CASE WHEN roll(g, 'valued', 200) > 0 THEN CAST(10 + roll(g, 'value', 40000) / 100 AS DECIMAL(18, 2)) END
                    AS value,
                CASE WHEN roll(g, 'foreign', 20) = 0 THEN 'EUR' ELSE 'SAR' END AS currency, 'estimate' AS value_basis,
                1 AS shared_with_n, day AS offered_at, day AS received_at,
                CAST(day AS TIMESTAMP) + to_days(CAST(1 + roll(g, 'delay', 3) AS INTEGER)) AS registered_at,
                CASE WHEN roll(g, 'kept', 100) < 5 THEN 'accepted_kept' ELSE 'returned' END AS disposition,
                CAST(NULL AS TIMESTAMP) AS accepted_at, TRUE AS approval_required,
                person((recipient - 1) // 12) AS approved_by, CAST(day AS TIMESTAMP) - INTERVAL 1 DAY AS approved_at,
                CAST(NULL AS VARCHAR) AS exemption_code, CAST(NULL AS VARCHAR) AS context_ref
            FROM (SELECT g, 1 + roll(g, 'recipient', {people - 1}) AS recipient, roll(g, 'giver', {size.parties})
                AS giver, DATE '2025-04-01' + CAST(roll(g, 'day', 548) AS INTEGER) AS day
                FROM range({size.gifts}) AS t(g)) AS given""",
        "gift_exemption": f"""
            SELECT 'EX' || lpad(CAST(j AS VARCHAR), 6, '0') AS exemption_id, 'TRAINING-' || j AS exemption_code,
                person(1 + roll(j, 'exempt', {people - 1})) AS person_id, party_number(j) AS party_id,
                person(0) AS approved_by, TIMESTAMP '2025-10-02' AS approved_at, DATE '2025-10-07' AS valid_from,
                DATE '2026-10-18' AS valid_to
            FROM range({max(2, people // 5000)}) AS t(j)""",
    }


def _cases(size: Size) -> dict[str, str]:
    n, people = size.reports, size.employees
    report = f"""(SELECT w, 'CASE-' || lpad(CAST(w AS VARCHAR), 6, '0') AS id,
        TIMESTAMP '2025-01-05' + to_days(CAST(w * 630 // {n} AS INTEGER)) AS day FROM range({n}) AS t(w)) AS r"""
    return {
        "wb_report": f"""
            SELECT 'WR' || lpad(CAST(w AS VARCHAR), 6, '0') AS report_id, day AS received_at,
                day + INTERVAL 2 HOUR AS logged_at,
                CASE WHEN w % 5 = 0 THEN 'anonymous' ELSE 'named' END AS reporter_kind,
                CASE WHEN w % 5 > 0 THEN person(roll(w, 'reporter', {people})) END AS reporter_person_id, id AS case_id
            FROM {report}""",
        "case_file": f"""
            SELECT id AS case_id, day + INTERVAL 2 DAY AS opened_at,
                CASE WHEN w % 3 = 0 THEN 'open' ELSE 'closed' END AS status,
                CASE WHEN w % 3 > 0 THEN day + INTERVAL 40 DAY END AS closed_at
            FROM {report}""",
        "case_person": f"""
            SELECT id AS case_id, person(roll(w, role, {people})) AS person_id, role,
                day + INTERVAL 2 DAY AS valid_from, CAST(NULL AS TIMESTAMP) AS known_to_line_at
            FROM {report}, (VALUES ('subject'), ('witness'), ('investigator')) AS v(role)""",
    }
