"""Parties, tenders, contracts and orders of the base organisation: plenty of business, nobody acting where tied."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

from plant import QUARTERS, Organisation, Row, at, working_day

FIRST = (
    "Azurine", "Borealis", "Calypso", "Dunewind", "Estuary", "Falcon Reach", "Gulfstone",
    "Halcyon", "Ironquay", "Jetty",
    "Kestrel", "Lanternfish", "Marigold", "Northlight", "Oryx", "Palmetto", "Quillon", "Redsand",
    "Saltmarsh", "Tidewater",
    "Umbra", "Vantage", "Windrose", "Zephyr", "Almadine", "Beaconsfell", "Coralline", "Driftwood", "Ebonite", "Fathom",
)  # fmt: skip
SECOND = (
    ("Trading", "general supplies"), ("Systems", "IT equipment"), ("Logistique", "transport"),
    ("Scanners", "X-ray equipment"),
    ("Facilities", "cleaning and maintenance"), ("Consulting", "advisory services"), ("Vehicles", "vehicles"),
)  # fmt: skip
SPECIAL = (
    ('=HYPERLINK("http://vendor.example/invoice","Open invoice")', "vendor|bidder"),
    ('Ampère & Fils "Le Port" SARL', "vendor|bidder"),
    ("O'Crate <Logistics> Ltd", "vendor"),
    ("+Plus Cargo FZE", "vendor"),
    ("شركة المرافئ الزرقاء", "vendor|bidder"),
    ("-Minus Ten Cold Storage", "bidder"),
)
PUBLIC = (
    "Customs Administration of Valdoria", "Embassy of the Republic of Ostrava-Sud", "University of Meridia City",
    "Regional Customs Training Centre", "Port Authority of Greater Lumen", "Ministry of Trade of Carnelia",
    "Institute of Border Studies", "National Archive of Meridia", "Customs Service of the Pelagian Isles",
    "Harbour Museum Foundation", "Chamber of Notaries of Meridia", "Directorate of Coast Guard of Valdoria",
)  # fmt: skip
AGENTS = ("Clearing", "Forwarding", "Brokerage")
OWNER_FIRST = (
    "Haroun",
    "Mounir",
    "Sélim",
    "Théodore",
    "Winifred",
    "Ludovic",
    "Shakir",
    "Mireille",
    "Barakat",
    "Constance",
)
OWNER_FAMILY = (
    "Al-Tajirani", "Bin Souqari", "Al-Khaznadari", "Comptoirel", "Merchantley", "Al-Qaflawi", "Négosset", "Brokerwood",
    "Al-Safinati", "Tradewell-Okar",
)  # fmt: skip
SUBJECTS = (
    "Office materials", "Baggage scanners, spare parts", "Cleaning of the airport offices", "Patrol vehicles",
    "Server room cooling", "Uniforms", "Laboratory reagents", "Fencing at Qasr Gate", "Translation services",
    "Network switches", "Sniffer dog kennels", "Fuel for patrol boats", "Container seals", "Archive shelving",
    "Fire extinguishers", "Printing of forms", "Training simulators", "Radio sets",
)  # fmt: skip


def build(organisation: Organisation) -> None:
    """Fill the tables of parties and procurement."""
    vendors, bidders = _parties(organisation)
    needers = _needers(organisation)
    _tenders(organisation, vendors, bidders, needers)
    _orders(organisation, vendors, needers)
    _amendments(organisation)
    _tied_but_proper(organisation, vendors, bidders, needers)


def _parties(organisation: Organisation) -> tuple[list[Row], list[Row]]:
    stream = organisation.random_for("parties")
    vendors, bidders = [], []
    for number in range(90):
        first, (second, _) = FIRST[number % len(FIRST)], SECOND[number % len(SECOND)]
        suffix = ("LLC", "SA", "Ltd")[number // len(FIRST)]
        created = at(working_day(dt.date(2018, 1, 7) + dt.timedelta(days=29 * number)), 8, 15)
        group = f"GRP-{number // 15 + 1:02d}" if number % 15 in (3, 4, 5) else None
        party = organisation.new_party(
            f"{first} {second} {suffix}",
            "vendor|bidder",
            group_id=group,
            is_listed=number in (20, 40, 60, 80),
            created_at=created,
        )
        vendors.append(party)
    for name, flags in SPECIAL:
        vendors.append(organisation.new_party(name, flags, created_at=dt.datetime(2021, 3, 1, 9, 40)))
    for number in range(36):
        first, (second, _) = FIRST[-1 - number % len(FIRST)], SECOND[(number + 3) % len(SECOND)]
        bidders.append(organisation.new_party(f"{first} {second} Group {number + 1}", "bidder"))
    for number in range(24):
        organisation.new_party(f"{FIRST[number]} {AGENTS[number % 3]} Agents", "licensee")
    for number in range(24):
        organisation.new_party(f"{FIRST[-1 - number]} Imports {number + 1}", "trader")
    for name in PUBLIC:
        organisation.new_party(name, "public_body")
    for number, party in enumerate([*vendors, *bidders]):
        for place in range(1 + number % 3):
            owner = f"{OWNER_FIRST[(number + 3 * place) % 10]} {OWNER_FAMILY[(number // 10 + place) % 10]}"
            share = Decimal(100) / (1 + number % 3)
            organisation.new_owner(party, owner_name=owner, share_pct=share.quantize(Decimal("0.01")))
        director = f"{stream.choice(OWNER_FIRST)} {stream.choice(OWNER_FAMILY)}"
        organisation.new_owner(party, owner_name=director, role="director")
    return vendors, bidders


def _needers(organisation: Organisation) -> list[Row]:
    """People of other departments who ask for goods and describe what they need."""
    departments = ("00001100", "00001200", "00001400", "00001500", "00001600", "00001900")
    return [organisation.take_employee(department=departments[number % 6]) for number in range(36)]


def _tenders(organisation: Organisation, vendors: list[Row], bidders: list[Row], needers: list[Row]) -> None:
    stream = organisation.random_for("tenders")
    approver = _director(organisation)
    day = dt.date(2025, 7, 6)
    number = 0
    while day < dt.date(2026, 11, 20):
        winner, *losers = stream.sample(vendors[:80], 2) + stream.sample(bidders[:30], 1 + number % 3)
        decided = working_day(day)
        organisation.new_tender(
            awarded_on=decided,
            winner=winner,
            losers=losers,
            committee=stream.sample(organisation.buyers, 5),
            need_owner=needers[number % len(needers)],
            spec_author=needers[(number + 7) % len(needers)],
            approver=approver,
            title=f"{SUBJECTS[number % len(SUBJECTS)]} {decided.year}",
            category=("goods", "services", "works")[number % 3],
            method=("open", "open", "limited", "framework")[number % 4],
            amount=Decimal(180000 + 23750 * (number * 7 % 41)),
            cancelled=number % 17 == 9,
            lots=2 + number % 2 if number % 8 == 5 else 0,
        )
        day += dt.timedelta(days=5)
        number += 1


def _director(organisation: Organisation) -> str:
    return organisation.select("org_unit", org_unit_id="00001310")[0]["head_employee_id"]


def _orders(organisation: Organisation, vendors: list[Row], needers: list[Row]) -> None:
    stream = organisation.random_for("orders")
    approvers = [
        organisation.select("org_unit", org_unit_id=unit)[0]["head_employee_id"]
        for unit in ("00001311", "00001312", "00001321")
    ]
    contracts: dict[str, list[Row]] = {}
    for row in organisation.tables["contract"]:
        contracts.setdefault(row["party_id"], []).append(row)
    day = dt.date(2025, 1, 5)
    number = 0
    while day < dt.date(2026, 10, 8):
        party = vendors[stream.randrange(len(vendors))]
        contract = next(
            (row for row in contracts.get(party["party_id"], []) if row["started_on"] <= day <= row["ended_on"]), None
        )
        organisation.new_purchase_order(
            party,
            needers[stream.randrange(len(needers))],
            organisation.buyers[stream.randrange(len(organisation.buyers))],
            at(working_day(day), 8 + number % 6, 7 * number % 60),
            Decimal(1200 + stream.randrange(900) * 85) + Decimal(stream.randrange(100)) / 100,
            approver=approvers[number % 3],
            contract_id=contract["contract_id"] if contract else None,
            cost_centre=f"CC{1100 + 100 * (number % 9)}",
        )
        day += dt.timedelta(days=number % 2)
        number += 1


def _amendments(organisation: Organisation) -> None:
    approver = _director(organisation)
    for number, row in enumerate(organisation.tables["contract"]):
        if number % 9 or row["started_on"] > dt.date(2026, 8, 1):
            continue
        organisation.add(
            "amendment",
            amendment_id=organisation.next_id("AM", 4),
            contract_id=row["contract_id"],
            amount_delta=Decimal("4500.00"),
            reason="quantity",
            approved_by=organisation.identity("amendment", "approved_by", approver),
            approved_at=at(working_day(row["started_on"] + dt.timedelta(days=40)), 10, 45),
        )


def _tied_but_proper(organisation: Organisation, vendors: list[Row], bidders: list[Row], needers: list[Row]) -> None:
    """
    People with a tie, who did everything right: declared long before, recused before the first action, never acted.

    Besides: a cousin of an owner (fourth degree) and a holder of 0.4 per cent of a listed company, who may act.
    """
    stream = organisation.random_for("tied")
    relations = (("spouse", "affinity"), ("sibling", "kinship"), ("parent", "kinship"), ("child", "kinship"))
    tied: list[tuple[Row, Row, Row, str]] = []
    for number in range(10):
        day = dt.date(2025, 10, 19) + dt.timedelta(days=36 * number)
        relation, nature = relations[number % 4]
        member = organisation.take_employee(category="EVG-07-BUY")
        born = {"parent": 1949, "child": 2001}.get(relation, 1978)
        relative = organisation.new_person(birth_date=dt.date(born, 4, 2 + number))
        vendor = organisation.new_party(f"{FIRST[number]} Family Works {number + 1}", "vendor|bidder")
        organisation.new_owner(vendor, relative, share_pct="60")
        organisation.new_relationship(member, relative, relation)
        organisation.new_declaration(
            member, dt.datetime(2024, 9, 2 + number, 10, 12), kind="annual", counterparty=vendor, nature=nature,
            related=relative, decision="managed", mitigation="recusal", circumstance_date=dt.date(2020, 1, 1),
        )  # fmt: skip
        rivals = stream.sample(bidders[:30], 2)
        winner, losers = (vendor, rivals) if number % 2 else (rivals[0], [vendor, rivals[1]])
        tender = _tender_with(organisation, stream, day, winner, losers, needers, number)
        tied.append((member, relative, vendor, nature))
        recusal = _steps_back(organisation, tender, *tied[-1])
        organisation.new_action(tender, member, "view", recusal["recused_at"] + dt.timedelta(days=20))
        story = "Stepped back in time; afterwards only looked at the file."
        _answer(organisation, "REC-03", day, tender, member, "PASS", story)
        other = _tender_with(
            organisation, stream, day + dt.timedelta(days=7), rivals[1], [rivals[0]], needers, number + 5
        )
        _joins(organisation, other, member)
    for number, day in enumerate(
        (
            *(dt.date(2026, 7, 12), dt.date(2026, 8, 2), dt.date(2026, 8, 30), dt.date(2026, 9, 20)),
            *(dt.date(2025, 11, 2), dt.date(2025, 12, 14), dt.date(2026, 2, 1), dt.date(2026, 3, 15)),
            *(dt.date(2026, 5, 3), dt.date(2026, 6, 14), dt.date(2025, 11, 23), dt.date(2026, 1, 11)),
            *(dt.date(2026, 2, 22), dt.date(2026, 4, 12), dt.date(2026, 5, 24), dt.date(2025, 10, 12)),
        )
    ):
        half = tied[number % 2 :: 2]
        vendors_in = [vendor for _, _, vendor, _ in half]
        tender = _tender_with(organisation, stream, day, bidders[number], vendors_in, needers, 14 + number)
        for one in half:
            _steps_back(organisation, tender, *one)
    _cousin(organisation, stream, bidders, needers)
    _small_holder(organisation, stream, vendors, bidders, needers)


def _steps_back(organisation: Organisation, tender: Row, member: Row, relative: Row, vendor: Row, nature: str) -> Row:
    """An evaluator declares the tie and is recused before anybody has acted."""
    appointed = organisation.select("committee_member", tender_id=tender["tender_id"])[0]["appointed_at"]
    organisation.new_member(tender, member, "evaluator", appointed + dt.timedelta(minutes=30))
    organisation.new_declaration(
        member,
        appointed + dt.timedelta(days=1, minutes=40),
        context=tender,
        counterparty=vendor,
        nature=nature,
        related=relative,
        decision="managed",
        mitigation="recusal",
    )
    return organisation.new_recusal(member, tender, appointed + dt.timedelta(days=2))


def _tender_with(
    organisation: Organisation,
    stream: random.Random,
    day: dt.date,
    winner: Row,
    losers: list[Row],
    needers: list[Row],
    number: int,
) -> Row:
    return organisation.new_tender(
        awarded_on=working_day(day),
        winner=winner,
        losers=losers,
        committee=stream.sample(organisation.buyers, 4),
        need_owner=needers[number % len(needers)],
        spec_author=needers[(number + 9) % len(needers)],
        approver=_director(organisation),
        title=f"{SUBJECTS[number % len(SUBJECTS)]}, second lot of {day.year}",
        amount=Decimal(210000 + 15000 * number),
    )


def _joins(organisation: Organisation, tender: Row, member: Row) -> None:
    """One more evaluator, who acts like the others."""
    first = organisation.select("committee_member", tender_id=tender["tender_id"])[0]
    organisation.new_member(tender, member, "evaluator", first["appointed_at"] + dt.timedelta(minutes=30))
    organisation.new_declaration(member, first["appointed_at"] + dt.timedelta(days=1, minutes=40), context=tender)
    for action in organisation.select("process_action", context_id=tender["tender_id"], person_id=first["person_id"]):
        organisation.new_action(tender, member, action["action"], action["acted_at"] + dt.timedelta(minutes=25))


def _cousin(organisation: Organisation, stream: random.Random, bidders: list[Row], needers: list[Row]) -> None:
    member = organisation.take_employee(category="EVG-07-BUY")
    father, uncle, cousin = (organisation.new_person(birth_date=dt.date(year, 6, 1)) for year in (1948, 1951, 1979))
    organisation.new_relationship(member, father, "parent", source="registry")
    organisation.new_relationship(father, uncle, "sibling", source="registry")
    organisation.new_relationship(cousin, uncle, "parent", source="registry")
    vendor = organisation.new_party("Fourth Degree Supplies SA", "vendor|bidder")
    organisation.new_owner(vendor, cousin, share_pct="100")
    day = dt.date(2026, 7, 26)
    tender = _tender_with(organisation, stream, day, vendor, bidders[:2], needers, 12)
    _joins(organisation, tender, member)
    _answer(
        organisation,
        "REC-01",
        day,
        tender,
        member,
        "PASS",
        "A cousin, fourth degree, owns the winner; two degrees count.",
    )
    story = "The winner belongs to a cousin, whom nobody has to declare."
    _answer_pair(organisation, day, tender, member, vendor, "NOT_APPLICABLE:beyond_degree", story)


def _small_holder(
    organisation: Organisation, stream, vendors: list[Row], bidders: list[Row], needers: list[Row]
) -> None:
    member = organisation.take_employee(category="EVG-07-BUY")
    listed = vendors[20]
    organisation.new_owner(listed, member, share_pct="0.4")
    day = dt.date(2026, 8, 23)
    tender = _tender_with(organisation, stream, day, listed, bidders[2:4], needers, 13)
    _joins(organisation, tender, member)
    _answer(organisation, "REC-01", day, tender, member, "PASS", "Holds 0.4 per cent of the winner, which is listed.")
    story = "Holds 0.4 per cent of the winner, which is listed; one per cent is to be declared."
    _answer_pair(organisation, day, tender, member, listed, "NOT_APPLICABLE:small_listed_holding", story)


def _quarter(day: dt.date) -> str:
    return next(one.label for one in QUARTERS.values() if one.start <= working_day(day) < one.end)


def _answer(
    organisation: Organisation, attribute: str, day: dt.date, tender: Row, member: Row, result: str, story: str
) -> None:
    item = {
        "context_type": "tender",
        "context_id": tender["tender_id"],
        "lot_id": "-",
        "person_id": member["person_id"],
    }
    organisation.answer(attribute, _quarter(day), item, result, story)


def _answer_pair(
    organisation: Organisation, day: dt.date, tender: Row, member: Row, party: Row, result: str, story: str
) -> None:
    item = {"context_type": "tender", "context_id": tender["tender_id"], "person_id": member["person_id"]}
    organisation.answer("COI-03", _quarter(day), item | {"party_id": party["party_id"]}, result, story)
