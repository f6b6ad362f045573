"""
The sizes of the made-up organisation and its people: persons, employments, units, pay, payroll lines, family ties.

Every table is one SELECT over the numbers of its rows; chance is `roll(number, 'what for', n)`, a hash that gives 0 to
n - 1, so that the same seed makes the same tables whatever the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass

WINDOW_START = "DATE '2024-10-01'"  # orders and tenders of eight quarters, the last of them 2026-Q3
WINDOW_DAYS = 730


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; what is not given follows from the three numbers that are."""

    payroll_lines: int
    orders: int
    employees: int
    seed: int = 1

    @property
    def parties(self) -> int:
        return max(40, self.orders // 50)

    @property
    def tenders(self) -> int:
        return max(24, self.orders // 100)

    @property
    def gifts(self) -> int:
        return max(40, self.employees // 10)

    @property
    def buyers(self) -> int:
        """Employees who create orders; they and the heads are the first ones by number."""
        return max(10, self.employees // 50)

    @property
    def units(self) -> int:
        return max(5, self.employees // 80)

    @property
    def tied(self) -> int:
        """Parties that belong to the spouse of the employee of the same number, a buyer."""
        return max(10, min(self.parties // 100, self.buyers))

    @property
    def reports(self) -> int:
        return max(6, self.employees // 400)


def macros(size: Size) -> tuple[str, ...]:
    """Return the statements that define chance and identifiers."""
    syllables = (
        "ba",
        "re",
        "mi",
        "so",
        "lu",
        "ka",
        "ne",
        "di",
        "va",
        "to",
        "sha",
        "ri",
        "mo",
        "el",
        "na",
        "ju",
        "fe",
        "za",
        "do",
    )
    listed = ", ".join(f"'{syllable}'" for syllable in syllables)
    return (
        f"CREATE MACRO roll(number, what, n) AS CAST(hash(number, what, {size.seed}) % n AS BIGINT)",
        "CREATE MACRO person(number) AS 'P' || lpad(CAST(number AS VARCHAR), 7, '0')",
        "CREATE MACRO relative(number, kind) AS kind || lpad(CAST(number AS VARCHAR), 7, '0')",
        "CREATE MACRO employment(number) AS lpad(CAST(number + 10000 AS VARCHAR), 8, '0')",
        "CREATE MACRO party_number(number) AS lpad(CAST(number + 100000 AS VARCHAR), 10, '0')",
        "CREATE MACRO digest(number, what) AS printf('%016X', hash(number, what))",
        f"CREATE MACRO syllable(number, what) AS list_extract([{listed}], 1 + roll(number, what, {len(syllables)}))",
        "CREATE MACRO word(number, what, n) AS upper(left(syllable(number, what), 1)) "
        "|| substr(syllable(number, what), 2) || syllable(number, what || 'b') "
        "|| CASE WHEN n > 2 THEN syllable(number, what || 'c') ELSE '' END",
        # a family has its name in common
        "CREATE MACRO full_name(number, kind) AS word(hash(number, kind), 'given', 2) || ' ' "
        "|| word(hash(number, kind), 'middle', 2) || ' ' || word(number, 'family', 3)",
        "CREATE MACRO hired(number) AS DATE '2005-01-01' + CAST(roll(number, 'hired', 7600) AS INTEGER)",
        "CREATE MACRO manager(number) AS CASE WHEN number > 0 THEN (number - 1) // 12 END",
        "CREATE MACRO grade_of(number) AS CASE WHEN number < 14 THEN 14 - number // 2 "
        "ELSE 2 + roll(number, 'grade', 9) END",
        "CREATE MACRO pay_of(grade) AS CAST(60000 + 14000 * (grade - 2) AS DECIMAL(18, 2))",
        "CREATE MACRO fte_of(number) AS CASE WHEN roll(number, 'fte', 100) < 92 THEN 1.0 ELSE 0.8 END",
        "CREATE MACRO has_spouse(number) AS roll(number, 'married', 100) < 60",
        "CREATE MACRO has_child(number, child) AS roll(number, 'child' || child, 100) < 40",
    )


def tables(size: Size) -> dict[str, str]:
    """Return entity -> SELECT, with the contract's column names."""
    n = size.employees
    return {
        "person": f"""
            SELECT person(i) AS person_id, full_name(i, 'self') AS full_name, full_name(i, 'self') AS full_name_latin,
                CASE WHEN roll(i, 'sex', 100) < 45 THEN 'F' ELSE 'M' END AS sex,
                DATE '1962-01-01' + CAST(roll(i, 'born', 15000) AS INTEGER) AS birth_date,
                digest(i, 'id') AS national_id_hash, digest(i, 'home') AS address_hash, digest(i, 'phone') AS phone_hash
            FROM range({n}) AS t(i)
            UNION ALL
            SELECT relative(i, 'S'), full_name(i, 'spouse'), full_name(i, 'spouse'),
                CASE WHEN roll(i, 'sex', 100) < 45 THEN 'M' ELSE 'F' END,
                DATE '1962-01-01' + CAST(roll(i, 'spouse born', 15000) AS INTEGER),
                digest(i, 'spouse id'), digest(i, 'home'), digest(i, 'spouse phone')
            FROM range({n}) AS t(i) WHERE has_spouse(i)
            UNION ALL
            SELECT relative(i * 3 + k, 'C'), full_name(i, 'child' || k), full_name(i, 'child' || k),
                CASE WHEN roll(i, 'child sex' || k, 2) = 0 THEN 'F' ELSE 'M' END,
                DATE '1990-01-01' + CAST(roll(i, 'child born' || k, 9000) AS INTEGER),
                digest(i, 'child id' || k), digest(i, 'home'), digest(i, 'child phone' || k)
            FROM range({n}) AS t(i), range(3) AS c(k) WHERE has_child(i, k)
            UNION ALL
            SELECT relative(i, 'X'), full_name(i + 10000000, 'owner'), full_name(i + 10000000, 'owner'), 'M',
                DATE '1962-01-01' + CAST(roll(i, 'owner born', 15000) AS INTEGER),
                digest(i, 'owner id'), digest(i, 'owner home'), digest(i, 'owner phone')
            FROM range({size.parties}) AS t(i) WHERE roll(i, 'owner known', 100) < 15""",
        "employee": f"""
            SELECT employment(i) AS employee_id, person(i) AS person_id,
                CASE WHEN roll(i, 'kind', 100) < 95 THEN 'permanent' ELSE 'fixed' END AS employment_type,
                hired(i) AS hire_date,
                CASE WHEN roll(i, 'left', 100) < 3 THEN GREATEST(hired(i), DATE '2025-01-01')
                    + CAST(roll(i, 'left on', 600) AS INTEGER) END AS exit_date
            FROM range({n}) AS t(i)""",
        "org_unit": f"""
            SELECT lpad(CAST(1000 + i AS VARCHAR), 8, '0') AS org_unit_id, 'Unit ' || i AS name,
                CASE WHEN i > 0 THEN lpad(CAST(1000 + (i - 1) // 8 AS VARCHAR), 8, '0') END AS parent_id,
                employment(i) AS head_employee_id, 'section' AS type, 'Site ' || i % 12 AS site,
                DATE '2005-01-01' AS valid_from, CAST(NULL AS DATE) AS valid_to
            FROM range({size.units}) AS t(i)""",
        "assignment_hist": f"""
            WITH part AS (
                SELECT i, 0 AS k, hired(i) AS valid_from,
                    CASE WHEN moved THEN GREATEST(hired(i) + 30, DATE '2025-07-01') END AS valid_to
                FROM (SELECT i, roll(i, 'moved', 10) < 3 AS moved FROM range({n}) AS t(i)) AS m
                UNION ALL
                SELECT i, 1, GREATEST(hired(i) + 30, DATE '2025-07-01'), NULL
                FROM range({n}) AS t(i) WHERE roll(i, 'moved', 10) < 3
            )
            SELECT employment(i) AS employee_id, valid_from, valid_to,
                lpad(CAST(1000 + (i // 80 + k) % {size.units} AS VARCHAR), 8, '0') AS org_unit_id,
                employment(manager(i)) AS manager_employee_id, 'G' || lpad(CAST(grade_of(i) AS VARCHAR), 2, '0')
                    AS grade_id,
                'family ' || roll(i, 'family', 8) AS job_family,
                CASE WHEN roll(i, 'valued', 100) < 98 THEN 'EVG-' || grade_of(i) || '-' || roll(i, 'family', 8) END
                    AS job_value_group,
                'Site ' || i % 12 AS location, fte_of(i) AS fte, fte_of(i) * 40 AS weekly_hours, 'active' AS status
            FROM part""",
        "grade": """
            SELECT 'G' || lpad(CAST(g AS VARCHAR), 2, '0') AS grade_id, valid_from, valid_to, 'Grade ' || g AS name,
                g AS rank_no, pay_of(g) * 0.80 AS pay_min, pay_of(g) AS pay_mid, pay_of(g) * 1.20 AS pay_max,
                'SAR' AS currency
            FROM range(2, 15) AS t(g), (VALUES (DATE '2020-01-01', DATE '2026-01-01'), (DATE '2026-01-01', NULL))
                AS v(valid_from, valid_to)""",
        "pay_contract_hist": f"""
            SELECT employment(i) AS employee_id, GREATEST(hired(i), first_day) AS valid_from, next_day AS valid_to,
                CAST(pay_of(grade_of(i)) * fte_of(i)
                    * CASE WHEN roll(i, 'out of range', 2000) = 0 THEN 1.3 ELSE 0.85 + roll(i, 'pay', 300) / 1000.0 END
                    AS DECIMAL(18, 2)) AS base_annual,
                'SAR' AS currency, FALSE AS protected_pay
            FROM range({n}) AS t(i), (VALUES (DATE '2020-01-01', DATE '2026-01-01'), (DATE '2026-01-01', NULL))
                AS v(first_day, next_day)
            WHERE hired(i) < COALESCE(next_day, DATE '2099-01-01')""",
        "payroll_line": f"""
            WITH line AS (
                SELECT i * 12 // {size.payroll_lines} AS month, i AS number,
                    i - (i * 12 // {size.payroll_lines} * {size.payroll_lines} + 11) // 12 AS place
                FROM range({size.payroll_lines}) AS t(i)
            ),
            of_whom AS (
                SELECT month, place % {n} AS e, place // {n} AS k,
                    CAST(DATE '2025-10-01' + to_months(CAST(month AS INTEGER)) AS DATE) AS first_day FROM line
            )
            SELECT strftime(first_day, '%Y-%m') AS payroll_run_id, employment(e) AS employee_id,
                CAST(k + 1 AS INTEGER) AS line_no, first_day + 26 AS pay_date, first_day AS earn_from,
                last_day(first_day) AS earn_to, CAST(1000 + 10 * k AS VARCHAR) AS element_code,
                list_extract(['base', 'fixed_allowance', 'fixed_allowance', 'deduction', 'employer', 'variable',
                    'overtime', 'tax', 'one_off', 'in_kind'], 1 + k % 10) AS element_class,
                CAST(CASE k WHEN 0 THEN pay_of(grade_of(e)) / 12 ELSE 100 + roll(e, 'amount', 90000) / 100 END
                    AS DECIMAL(18, 2)) AS amount,
                'SAR' AS currency, FALSE AS off_cycle, digest(e, 'account') AS bank_account_hash
            FROM of_whom""",
        "leave": f"""
            SELECT employment(i) AS employee_id, CASE WHEN k = 2 THEN 'sick' ELSE 'annual' END AS leave_type,
                DATE '2025-01-01' + CAST(k * 210 + roll(i, 'leave' || k, 150) AS INTEGER) AS started_on,
                DATE '2025-01-01' + CAST(k * 210 + roll(i, 'leave' || k, 150) + 1 + roll(i, 'long' || k, 14) AS INTEGER)
                    AS ended_on,
                roll(i, 'paid' || k, 200) > 0 AS paid
            FROM range({n}) AS t(i), range(3) AS v(k)""",
        "hr_action": f"""
            SELECT 'HA' || lpad(CAST(j AS VARCHAR), 7, '0') AS action_id,
                employment(CASE WHEN roll(j, 'protected', 40) = 0
                    THEN roll(roll(j, 'report', {size.reports}), 'reporter', {n}) ELSE roll(j, 'whom', {n}) END)
                    AS employee_id,
                CASE WHEN roll(j, 'tier', 20) < 17 THEN 'PROMOTION' ELSE 'TRANSFER_ORDERED' END AS action_type,
                CASE WHEN roll(j, 'tier', 20) < 17 THEN 'none' ELSE 'T2' END AS adverse_tier,
                day + 20 AS effective_date, day AS decision_date, day - 20 AS initiated_date,
                employment(roll(j, 'who', {size.units})) AS initiated_by,
                employment(roll(j, 'who', {size.units})) AS recommended_by,
                employment(roll(j, 'head', 12)) AS decided_by,
                'CAREER' AS reason_code, CAST(NULL AS VARCHAR) AS mass_action_id, roll(j, 'wanted', 4) = 0 AS consented,
                CAST(NULL AS DATE) AS non_retaliation_clearance_date
            FROM (SELECT j, DATE '2025-01-01' + CAST(roll(j, 'when', 635) AS INTEGER) AS day
                FROM range({max(20, n // 10)}) AS t(j)) AS d""",
        "relationship": f"""
            WITH tie AS (
                SELECT person(i) AS a, relative(i, 'S') AS b, 'spouse' AS base_relation, 'hr_dependant' AS source
                FROM range({n}) AS t(i) WHERE has_spouse(i)
                UNION ALL
                SELECT person(i), relative(i * 3 + k, 'C'), 'parent', 'hr_dependant'
                FROM range({n}) AS t(i), range(3) AS c(k) WHERE has_child(i, k)
                UNION ALL
                SELECT person(i), person(i + 17), 'sibling', 'declaration'
                FROM range({n - 17}) AS t(i) WHERE roll(i, 'sibling', 100) < 3
                UNION ALL
                SELECT relative(i * 3, 'C'), relative(i + 5, 'S'), 'spouse', 'registry'
                FROM range({n - 5}) AS t(i)
                WHERE has_child(i, 0) AND has_spouse(i + 5) AND roll(i, 'in-law', 100) < 2
                UNION ALL
                SELECT person(i), person(i + 29), 'friend', 'declaration'
                FROM range({n - 29}) AS t(i) WHERE roll(i, 'friend', 1000) < 3
            )
            SELECT 'R' || lpad(CAST(row_number() OVER (ORDER BY a, b) AS VARCHAR), 8, '0') AS relationship_id,
                a AS person_id_a, b AS person_id_b, CAST(NULL AS VARCHAR) AS relative_name, base_relation,
                CAST(NULL AS INTEGER) AS declared_degree, source, DATE '2015-01-01' AS valid_from,
                CAST(NULL AS DATE) AS valid_to
            FROM tie""",
    }
