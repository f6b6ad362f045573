"""The people of the Customs Authority of Meridia: units, grades, equal-value groups, careers, families."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import careers
from plant import CURRENCY, QUARTERS, Category, Organisation, Row, money, working_day

# grade -> middle of its annual pay in 2025; the range is 80 to 120 per cent of it
GRADES = {
    "G02": 72000, "G03": 84000, "G04": 96000, "G05": 112200, "G06": 130200, "G07": 150000, "G08": 174000,
    "G09": 202200, "G10": 235800, "G12": 322200, "G13": 379800, "G14": 460200,
}  # fmt: skip
INCREASE = Decimal("1.03")  # the general increase of 2026-01-01, for every grade and everybody
SPREAD = 0.05  # individual pay lies within five per cent of the middle, evenly, for women and men alike

# department -> (name, directorates, sections in each, sites)
DEPARTMENTS: dict[str, tuple[str, tuple[str, ...], int, tuple[str, ...]]] = {
    "11": ("Border Operations", ("Ports", "Land Borders", "Airports"), 9, ("Port Azur", "Qasr Gate", "Lumen Airport")),
    "12": ("Clearance and Valuation", ("Clearance", "Valuation"), 6, ("Meridia City", "Port Azur")),
    "13": ("Procurement and Supply", ("Tenders and Contracts", "Supply"), 2, ("Meridia City", "Meridia City")),
    "14": ("Finance", ("Accounts", "Budget"), 3, ("Meridia City", "Meridia City")),
    "15": ("People and Services", ("Human Resources", "Services"), 3, ("Meridia City", "Meridia City")),
    "16": ("Information Technology", ("Systems", "Service Desk"), 2, ("Meridia City", "Port Azur")),
    "17": ("Audit and Ethics", ("Internal Audit", "Ethics Office"), 1, ("Meridia City", "Meridia City")),
    "18": ("Legal Affairs", ("Counsel", "Litigation"), 1, ("Meridia City", "Meridia City")),
    "19": ("Intelligence and Risk", ("Risk", "Intelligence"), 2, ("Meridia City", "Qasr Gate")),
}

# department -> (equal-value group, title, grade, job family, women, men, directorates or all)
STAFF: dict[str, tuple[tuple[str, str, str, str, int, int, tuple[int, ...]], ...]] = {
    "11": (
        ("EVG-05-INS", "Inspection officer", "G05", "inspection", 140, 200, (0, 1, 2)),
        ("EVG-06-EXA", "Examination officer", "G06", "inspection", 88, 112, (0, 1, 2)),
        ("EVG-03-SUP", "Border support clerk", "G03", "support", 78, 62, (0, 1, 2)),
        ("EVG-07-SIN", "Senior inspector", "G07", "inspection", 45, 62, (0, 1, 2)),
        ("EVG-05-DIV", "Harbour diver", "G05", "diving", 0, 9, (0,)),
    ),
    "12": (
        ("EVG-06-CLR", "Clearance officer", "G06", "clearance", 128, 100, (0,)),
        ("EVG-08-VAL", "Valuation specialist", "G08", "valuation", 40, 44, (1,)),
        ("EVG-04-DOC", "Document clerk", "G04", "support", 54, 36, (0, 1)),
    ),
    "13": (
        ("EVG-07-BUY", "Buyer", "G07", "procurement", 27, 29, (0, 1)),
        ("EVG-09-PRC", "Senior procurement specialist", "G09", "procurement", 13, 17, (0,)),
        ("EVG-04-STK", "Storekeeper", "G04", "supply", 11, 13, (1,)),
    ),
    "14": (
        ("EVG-06-ACC", "Accountant", "G06", "finance", 38, 32, (0,)),
        ("EVG-08-FIN", "Financial analyst", "G08", "finance", 17, 17, (1,)),
        ("EVG-04-FCL", "Finance clerk", "G04", "support", 25, 15, (0, 1)),
    ),
    "15": (
        ("EVG-06-HRO", "Human resources officer", "G06", "hr", 28, 20, (0,)),
        ("EVG-03-ADM", "Administrative assistant", "G03", "support", 52, 26, (0, 1)),
        ("EVG-02-DRV", "Driver and facility worker", "G02", "facility", 9, 51, (1,)),
        ("EVG-05-NUR", "Occupational nurse", "G05", "health", 7, 0, (0,)),
    ),
    "16": (
        ("EVG-07-DEV", "Systems engineer", "G07", "it", 27, 43, (0,)),
        ("EVG-05-HLP", "Service desk agent", "G05", "it", 16, 20, (1,)),
    ),
    "17": (
        ("EVG-09-AUD", "Internal auditor", "G09", "audit", 13, 15, (0,)),
        ("EVG-08-ETH", "Ethics adviser", "G08", "ethics", 8, 8, (1,)),
    ),
    "18": (("EVG-09-LEG", "Legal counsel", "G09", "legal", 14, 12, (0, 1)),),
    "19": (
        ("EVG-08-RSK", "Risk analyst", "G08", "risk", 25, 29, (0,)),
        ("EVG-06-INT", "Intelligence officer", "G06", "intelligence", 20, 26, (1,)),
    ),
}
HEADS = {
    "EVG-10-SEC": ("Head of section", "G10"),
    "EVG-12-DIR": ("Director", "G12"),
    "EVG-13-DEP": ("Head of department", "G13"),
    "EVG-14-EXE": ("Director General's office", "G14"),
}
TOP = "00001000"


def build(organisation: Organisation) -> None:
    """Fill the tables of people and pay."""
    _grades(organisation)
    units = _units(organisation)
    _people(organisation, units)
    careers.build(organisation)
    _officers(organisation)
    organisation.touched.clear()
    _absences(organisation)
    _families(organisation)
    organisation.touch(*_named(organisation))


def _grades(organisation: Organisation) -> None:
    for rank, (grade_id, middle) in enumerate(GRADES.items(), 1):
        for begin, end, factor in (
            (dt.date(2020, 1, 1), dt.date(2026, 1, 1), Decimal(1)),
            (dt.date(2026, 1, 1), None, INCREASE),
        ):
            organisation.add(
                "grade",
                grade_id=grade_id,
                name=f"Grade {int(grade_id[1:])}",
                rank_no=rank,
                band="management" if rank > 8 else "staff",
                pay_min=money(middle * factor * Decimal("0.8")),
                pay_mid=money(middle * factor),
                pay_max=money(middle * factor * Decimal("1.2")),
                currency=CURRENCY,
                equal_value_points=200 + 40 * rank,
                valid_from=begin,
                valid_to=end,
            )


def _unit(organisation: Organisation, number: str, name: str, parent: str | None, kind: str, site: str) -> str:
    organisation.add(
        "org_unit",
        org_unit_id=number,
        name=name,
        parent_id=parent,
        type=kind,
        site=site,
        valid_from=dt.date(2015, 1, 1),
    )
    return number


def _units(organisation: Organisation) -> dict[str, list[list[str]]]:
    """Add the units; return department -> directorates -> [directorate, sections...]."""
    units: dict[str, list[list[str]]] = {}
    _unit(organisation, TOP, "Customs Authority of Meridia", None, "authority", "Meridia City")
    for code, (name, directorates, sections, sites) in DEPARTMENTS.items():
        department = _unit(organisation, f"0000{code}00", name, TOP, "department", sites[0])
        units[code] = []
        for number, directorate in enumerate(directorates, 1):
            parent = _unit(
                organisation, f"0000{code}{number}0", directorate, department, "directorate", sites[number - 1]
            )
            units[code].append([parent])
            for section in range(1, sections + 1):
                title = f"{directorate}, section {section}"
                units[code][-1].append(
                    _unit(organisation, f"0000{code}{number}{section}", title, parent, "section", sites[number - 1])
                )
    organisation.buyer_unit = "00001310"
    return units


def even_spread(count: int) -> list[Decimal]:
    """Values spread evenly in (-SPREAD, SPREAD), whose mean and median are zero."""
    return [Decimal(str(round(SPREAD * ((2 * number + 1) / count - 1), 5))) for number in range(count)]


def _people(organisation: Organisation, units: dict[str, list[list[str]]]) -> None:
    organisation._numbers["000"] = 10000
    for code, (title, grade_id) in HEADS.items():
        organisation.categories[code] = Category(code, title, grade_id, "management")
    for groups in STAFF.values():
        for code, title, grade_id, family, *_ in groups:
            organisation.categories[code] = Category(code, title, grade_id, family)
    _heads(organisation, units)
    stream = organisation.random_for("staff")
    for department, groups in STAFF.items():
        for code, _title, _grade, _family, women, men, directorates in groups:
            sections = [unit for number in directorates for unit in units[department][number][1:]]
            place = 0
            for sex, count in (("F", women), ("M", men)):
                spread = even_spread(count)
                stream.shuffle(spread)
                part_time = set(stream.sample(range(count), count // 20))
                for number in range(count):
                    organisation.new_employee(
                        category=code,
                        unit=sections[place % len(sections)],
                        sex=sex,
                        spread=spread[number],
                        fte="0.5" if number in part_time else "1",
                        hire_date=_hire_date(stream),
                    )
                    place += 1


def _hire_date(stream: random.Random) -> dt.date:
    return working_day(dt.date(1999, 1, 3) + dt.timedelta(days=int(9300 * stream.random())))


def _heads(organisation: Organisation, units: dict[str, list[list[str]]]) -> None:
    """Whoever leads a unit: managed by whoever leads the unit above it."""
    rows = {row["org_unit_id"]: row for row in organisation.tables["org_unit"]}
    stream = organisation.random_for("heads")
    levels = [
        ("EVG-14-EXE", [TOP], ["F"]),
        ("EVG-13-DEP", [f"0000{code}00" for code in units], list("FMFMFMFMM")),
        ("EVG-12-DIR", [row[0] for rows_ in units.values() for row in rows_], list("FM") * 9 + ["M"]),
        ("EVG-10-SEC", [unit for rows_ in units.values() for row in rows_ for unit in row[1:]], list("FMFMM") * 20),
    ]
    for category, heads, sexes in levels:
        sexes = sexes[: len(heads)]
        spreads = {sex: even_spread(sexes.count(sex)) for sex in sorted(set(sexes))}
        for values in spreads.values():
            stream.shuffle(values)
        for unit, sex in zip(heads, sexes, strict=True):
            parent = rows[unit]["parent_id"]
            head = organisation.new_employee(
                category=category,
                unit=unit,
                manager=rows[parent]["head_employee_id"] if parent else None,
                sex=sex,
                spread=spreads[sex].pop(),
                hire_date=_hire_date(stream),
                title=f"{organisation.categories[category].title}, {rows[unit]['name']}",
            )
            rows[unit]["head_employee_id"] = head["employee_id"]
    # two deputies of the Director General, and two deputy heads of department so that both sexes count five
    for category, unit, sex, title in (
        ("EVG-14-EXE", TOP, "F", "Deputy Director General"),
        ("EVG-14-EXE", TOP, "F", "Deputy Director General"),
        ("EVG-13-DEP", "00001100", "F", "Deputy head of department"),
    ):
        organisation.new_employee(category=category, unit=unit, sex=sex, title=title, hire_date=_hire_date(stream))


def _officers(organisation: Organisation) -> None:
    """The people whom the constructors name."""
    day = dt.date(2026, 9, 30)
    ethics = organisation.members("EVG-08-ETH", day)
    organisation.ethics_officer = organisation.select("org_unit", org_unit_id="00001720")[0]["head_employee_id"]
    organisation.case_officer, organisation.investigator = ethics[0], ethics[1]
    organisation.hr_processor = organisation.members("EVG-06-HRO", day)[0]
    organisation.storekeeper = organisation.members("EVG-04-STK", day)[0]
    organisation.accountant = organisation.members("EVG-06-ACC", day)[0]
    organisation.buyers = tuple(organisation.members("EVG-09-PRC", day) + organisation.members("EVG-07-BUY", day)[:24])


def _named(organisation: Organisation) -> list[str]:
    return [
        organisation.ethics_officer,
        organisation.case_officer,
        organisation.investigator,
        organisation.hr_processor,
        organisation.storekeeper,
        organisation.accountant,
        *organisation.buyers,
    ]


def _absences(organisation: Organisation) -> None:
    """Annual and sick leave; some people on unpaid leave for months."""
    stream = organisation.random_for("absences")
    staff = [row for row in organisation.tables["employee"] if organisation.exit_of(row) is None]
    often = stream.sample([row for row in staff if row["hire_date"].year < 2025], 160)
    for quarter in QUARTERS.values():
        for row in often:
            begin = quarter.start + dt.timedelta(days=stream.randrange(60))
            kind, length = stream.choice((("annual", 14), ("sick", 9), ("annual", 21), ("sick", 4)))
            organisation.new_leave(row, begin, begin + dt.timedelta(days=length), kind, paid=True)
            organisation.touch(row)
    free = [row for row in staff if row["person_id"] not in organisation.touched]
    wide = [row for row in free if (organisation.assignment(row) or {}).get("job_value_group") == "EVG-05-INS"]
    for row in [row for row in wide if row["hire_date"].year < 2022][:6]:
        organisation.move(row, dt.date(2026, 3, 1), status="leave_unpaid")
        organisation.new_leave(row, dt.date(2026, 3, 1), None, "unpaid", paid=False)
        organisation.touch(row)


def _families(organisation: Organisation) -> None:
    """Couples, siblings, parents and cousins among the staff, and dependants who are not."""
    stream = organisation.random_for("families")
    heads = {row["head_employee_id"] for row in organisation.tables["org_unit"]}
    named = {organisation.person_id(one) for one in _named(organisation)}
    staff = [
        row
        for row in organisation.tables["employee"]
        if organisation.exit_of(row) is None
        and row["employee_id"] not in heads
        and row["person_id"] not in named | organisation.touched
        and organisation.assignment(row)["job_family"] not in ("procurement", "ethics", "audit")
    ]
    stream.shuffle(staff)
    women = [row for row in staff if organisation.get("person", row["person_id"])["sex"] == "F"]
    men = [row for row in staff if organisation.get("person", row["person_id"])["sex"] == "M"]
    for _ in range(36):
        organisation.new_relationship(women.pop(), men.pop(), "spouse", source="hr_dependant")
    for _ in range(18):
        organisation.new_relationship(women.pop(), men.pop(), "sibling")
    for _ in range(10):
        organisation.new_relationship(men.pop(), women.pop(), "child", source="registry")
    for _ in range(8):
        uncle = organisation.new_person(sex="M")
        father = organisation.new_person(sex="M")
        organisation.new_relationship(women.pop(), uncle, "parent", source="registry")
        organisation.new_relationship(men.pop(), father, "parent", source="registry")
        organisation.new_relationship(uncle, father, "sibling", source="registry")
    for row in women[:160] + men[:200]:
        organisation.new_relationship(
            row,
            None,
            stream.choice(("child", "child", "spouse")),
            source="hr_dependant",
            relative_name=_dependant(organisation, row),
        )
        organisation.touched.discard(row["person_id"])


def _dependant(organisation: Organisation, employee: Row) -> str:
    from people import invent_name

    stream = organisation.random_for(f"dependant/{employee['employee_id']}")
    family = organisation.get("person", employee["person_id"])["full_name_latin"].split(" ", 1)[1]
    return f"{invent_name(stream, 'F')[1].split()[0]} {family}"
