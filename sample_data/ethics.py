"""The gift register, yearly declarations, exchange rates and delegations of the base organisation."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from plant import Organisation, Row, add_working_days, at

GOODS = (
    "Box of dates", "Fountain pen", "Calendar with desk set", "Hamper", "Silk scarf", "Coffee set",
    "Model ship", "Book on ports",
    "Perfume", "Wall clock",
)  # fmt: skip
RATES = {"USD": "3.75", "EUR": "4.15", "GBP": "4.82", "KWD": "12.24", "JOD": "5.29", "JPY": "0.0253"}


def build(organisation: Organisation) -> None:
    """Fill the ethics registers and the reference tables."""
    _rates(organisation)
    _refused(organisation)
    _from_public_bodies(organisation)
    _exempted(organisation)
    _yearly_statements(organisation)
    _delegations(organisation)


def _rates(organisation: Organisation) -> None:
    """Published Monday to Friday; who needs the rate of a Saturday takes Friday's."""
    stream = organisation.random_for("rates")
    day = dt.date(2024, 7, 1)
    while day < dt.date(2026, 10, 8):
        if day.weekday() < 5:
            for currency, middle in RATES.items():
                width = Decimal("0.0002") if currency in ("USD", "JOD") else Decimal("0.03")
                factor = 1 + width * Decimal(stream.randrange(-100, 101)) / 100
                rate = (Decimal(middle) * factor).quantize(Decimal("0.00000001"))
                organisation.add("fx_rate", currency=currency, rate_date=day, rate=rate)
        day += dt.timedelta(days=1)


def _refused(organisation: Organisation) -> None:
    """What vendors, licensees and traders offered, and staff declined, returned, surrendered or passed on."""
    stream = organisation.random_for("refused gifts")
    givers = [
        row
        for row in organisation.tables["party"]
        if row["role_flags"] in ("vendor|bidder", "vendor", "licensee", "trader")
    ]
    departments = ("00001100", "00001200", "00001100", "00001400", "00001500")
    people = [organisation.take_employee(department=departments[number % 5]) for number in range(280)]
    day = dt.date(2025, 1, 5)
    number = 0
    while day < dt.date(2026, 10, 2):
        recipient = people[stream.randrange(len(people))]
        received = day
        currency = stream.choice(("SAR", "SAR", "SAR", "SAR", "USD", "EUR"))
        registered = add_working_days(received, number % 4)
        organisation.new_gift(
            recipient,
            stream.choice(givers),
            Decimal(20 + stream.randrange(480)),
            received,
            disposition=("declined", "returned", "surrendered", "declined", "donated")[number % 5],
            registered_at=at(max(registered, received), 14, number % 60),
            currency=currency,
            category=("goods", "meal", "entertainment", "goods", "promo", "conference")[number % 6],
            description=GOODS[number % len(GOODS)],
            value_basis=("invoice", "market")[number % 2],
            direction="offered" if number % 5 in (0, 3) else "received",
        )
        day += dt.timedelta(days=number % 2)
        number += 1


def _from_public_bodies(organisation: Organisation) -> None:
    """What foreign administrations and universities gave, accepted with approval on the working day before."""
    stream = organisation.random_for("accepted gifts")
    givers: list[Row] = organisation.select("party", role_flags="public_body")
    departments = ("00001700", "00001800", "00001100", "00001900", "00001600")
    people = [organisation.take_employee(department=departments[number % 5]) for number in range(40)]
    day = dt.date(2025, 1, 8)
    number = 0
    while day < dt.date(2026, 9, 28):
        organisation.new_gift(
            people[number % len(people)],
            givers[stream.randrange(len(givers))],
            Decimal(30 + stream.randrange(300)),
            add_working_days(day, 0) if day.weekday() not in (4, 5) else add_working_days(day, 1),
            disposition=("accepted_kept", "accepted_used", "accepted_shared")[number % 3],
            category=("goods", "training", "conference", "meal")[number % 4],
            description=GOODS[(number + 3) % len(GOODS)],
        )
        day += dt.timedelta(days=1)
        number += 1


def _exempted(organisation: Organisation) -> None:
    """Seats at a vendor's training course, which the ethics officer had exempted for the person and the vendor."""
    vendors = organisation.select("party", role_flags="vendor|bidder")
    for number, day in enumerate(dt.date(2025, 10, 12) + dt.timedelta(days=43 * step) for step in range(8)):
        recipient, vendor = organisation.take_employee(department="00001600"), vendors[11 + number]
        exemption = organisation.new_exemption(
            f"TRAINING-{number + 1}",
            who=recipient,
            party=vendor,
            valid_from=day - dt.timedelta(days=5),
            valid_to=day + dt.timedelta(days=6),
            reason="Course on equipment in use; open to all customers of the vendor",
        )
        organisation.new_gift(
            recipient,
            vendor,
            Decimal(900 + 150 * number),
            day,
            disposition="accepted_used",
            category="training",
            description="Seat at a training course",
            exemption_code=exemption["exemption_code"],
        )


def _yearly_statements(organisation: Organisation) -> None:
    """Nil returns of everybody in procurement, audit and valuation."""
    groups = ("EVG-07-BUY", "EVG-09-PRC", "EVG-09-AUD", "EVG-08-VAL")
    for year in (2025, 2026):
        for group in groups:
            for number, one in enumerate(organisation.members(group, dt.date(2026, 9, 30))):
                stated = at(dt.date(year, 1, 12 + number % 7), 8 + number % 7, number % 60)
                person = organisation.person_id(one)
                taken = person in organisation.touched
                organisation.new_declaration(one, stated, kind="nil")
                if not taken:
                    organisation.touched.discard(person)


def _delegations(organisation: Organisation) -> None:
    heads = [row["head_employee_id"] for row in organisation.tables["org_unit"] if row["type"] == "directorate"]
    for number, head in enumerate(heads[:10]):
        deputies = [one for one in organisation.subordinates(head) if one not in heads]
        organisation.add(
            "delegation",
            delegation_id=organisation.next_id("DL", 4),
            delegator_id=organisation.identity("delegation", "delegator_id", head),
            delegate_id=organisation.identity("delegation", "delegate_id", deputies[0]),
            scope=("all", "purchase orders", "leave")[number % 3],
            valid_from=dt.date(2026, 7, 5) + dt.timedelta(days=number),
            valid_to=dt.date(2026, 7, 19) + dt.timedelta(days=number),
        )
