"""
Pay that is to be found, pay at the boundary, and pay that only looks unequal.

Most stories need a category of their own, so that its means come out to the cent; its members are new. The adjusted
gap needs everybody: from April 2026 the better-paid half of the men of every category gets a retention rise, and in
August a second one. No category reaches five per cent by it, all of them together do reach two.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from plant import QUARTERS, Category, Organisation, Row, known, money

ALL = tuple(QUARTERS)
Q4, Q1, Q2, Q3 = ALL
RISES = ((dt.date(2026, 4, 1), Decimal("1.03")), (dt.date(2026, 8, 1), Decimal("1.05")))


def plant(organisation: Organisation) -> None:
    """Plant into pay and assignments."""
    pay = Pay(organisation)
    _mean_gaps(pay)
    _no_gap_after_all(pay)
    _not_comparable(pay)
    _outliers(pay)
    taken = _ranges(pay)
    _retention_rise(organisation, taken)


class Pay:
    """Adds categories of new members, and answers."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation

    def group(
        self, code: str, title: str, grade: str, women: Sequence[str], men: Sequence[str], unit: str = "00001211"
    ) -> tuple[list[Row], list[Row]]:
        """A category with women and men of these monthly salaries; returns their employments."""
        self.organisation.categories[code] = Category(code, title, grade, "specialist")
        return [self.member(code, "F", one, unit) for one in women], [self.member(code, "M", one, unit) for one in men]

    def member(self, code: str, sex: str, monthly: str, unit: str = "00001211", **more: object) -> Row:
        """One more member of a category."""
        return self.organisation.new_employee(
            category=code,
            unit=unit,
            sex=sex,
            monthly=Decimal(monthly),
            **more,  # type: ignore[arg-type]
        )

    def rise(self, rows: Iterable[Row], day: dt.date, monthly: str) -> None:
        """From this day they are paid this much a month."""
        for row in rows:
            self.organisation.set_pay(row, day, Decimal(monthly))

    def say(
        self, number: str, quarters: str | Iterable[str], code: str, result: str, story: str, kind: str | None = None
    ) -> None:
        """Answer PAY-01 or PAY-04 for a category."""
        self.organisation.answer(f"PAY-{number}", quarters, {"category": code}, result, story, kind)

    def say_one(
        self, quarters: str | Iterable[str], row: Row, result: str, story: str, kind: str | None = None
    ) -> None:
        """Answer PAY-07 for an employment."""
        self.organisation.answer("PAY-07", quarters, {"employee_id": row["employee_id"]}, result, story, kind)


def _mean_gaps(pay: Pay) -> None:
    _, men = pay.group("EVG-06-LAB", "Laboratory analyst", "G06", ["9500"] * 6, ["9500"] * 6)
    pay.rise(men, dt.date(2026, 7, 15), "10000")
    pay.say("01", Q3, "EVG-06-LAB", "EXCEPTION", "only the men were raised in July: 9,500 against 10,000, exactly 5 %")
    pay.say("01", (Q4, Q1, Q2), "EVG-06-LAB", "PASS", "before the men's rise in July everybody earned the same")

    pay.group("EVG-05-CAN", "Dog handler", "G05", ["9630"] * 5, ["9000"] * 5, "00001111")
    pay.say("01", ALL, "EVG-05-CAN", "EXCEPTION", "women earn 7 % more than men: the trigger knows both directions")

    women, _ = pay.group("EVG-08-TRN", "Customs trainer", "G08", ["13490"] * 5, ["14200"] * 5)
    pay.rise(women, dt.date(2026, 4, 5), "13500")
    pay.say("01", (Q4, Q1), "EVG-08-TRN", "EXCEPTION", "13,490 against 14,200 is exactly 5 %, a double says 4.99999 %")
    pay.say("01", (Q2, Q3), "EVG-08-TRN", "PASS", "ten riyals more for the women since April: 4.93 %")

    pay.group("EVG-06-MET", "Metrology technician", "G06", ["9501"] * 5, ["10000"] * 5)
    pay.say("01", ALL, "EVG-06-MET", "PASS", "4.99 % is below the trigger")

    women, _ = pay.group("EVG-07-PIL", "Launch pilot", "G07", ["10300"] * 4, ["11200"], "00001111")
    pay.say("01", ALL, "EVG-07-PIL", "EXCEPTION", "four women and one man, 8 % apart: one is enough")
    pay.say_one((Q1, Q2, Q3), women[0], "PASS", "10,300 a month is exactly the minimum of the grade in 2026")


def _no_gap_after_all(pay: Pay) -> None:
    organisation = pay.organisation
    organisation.categories["EVG-04-ARC"] = Category("EVG-04-ARC", "Archivist", "G04", "specialist")
    for _ in range(3):
        pay.member("EVG-04-ARC", "F", "4000", fte="0.5")
        pay.member("EVG-04-ARC", "M", "8000")
    pay.say("01", ALL, "EVG-04-ARC", "PASS", "the women work half time for half the pay", "look_alike")
    pay.say("04", ALL, "EVG-04-ARC", "PASS", "the women work half time for half the pay", "look_alike")

    women, _ = pay.group("EVG-06-VET", "Veterinary inspector", "G06", ["10000", "8950"], ["10000"])
    away = dt.date(2025, 9, 1)
    organisation.move(women[1], away, status="leave_unpaid")
    organisation.new_leave(women[1], away, None, "unpaid", paid=False)
    story = "the woman on old pay is on unpaid leave and not compared"
    pay.say("01", ALL, "EVG-06-VET", "PASS", story, "look_alike")
    pay.say_one(ALL, women[1], "NOT_APPLICABLE:unpaid_leave", story, "look_alike")

    intern = pay.member("EVG-06-MET", "F", "3000", employment_type="intern")
    pay.say_one(ALL, intern, "NOT_APPLICABLE:intern", "an intern is not paid by the scale", "look_alike")

    for code, story in (("EVG-05-NUR", "only women"), ("EVG-05-DIV", "only men"), ("EVG-14-EXE", "three women")):
        pay.say("01", ALL, code, "NOT_APPLICABLE:no_comparator", f"{story}: nobody to compare with", "look_alike")


def _not_comparable(pay: Pay) -> None:
    organisation = pay.organisation
    pay.group("EVG-05-RAD", "Scanner operator", "G05", [], ["9000"] * 3, "00001111")
    pay.member("EVG-05-RAD", "U", "8000", "00001111")
    women, _ = pay.group("EVG-05-LIB", "Tariff librarian", "G05", ["9000", "9000"], ["9000", "9000"])
    for row in organisation._pay.pop(women[0]["employee_id"]):
        organisation.tables["pay_contract_hist"].remove(row)
    _, men = pay.group("EVG-06-LIA", "Liaison officer", "G06", ["10000", "10000"], ["10000", "10000"])
    for row in organisation.select("pay_contract_hist", employee_id=men[0]["employee_id"]):
        row["currency"] = "BHD"
    pay.rise(men[:1], dt.date(2026, 4, 5), "10000")  # back in the country, and paid in riyals again
    for code, quarters, reason, story in (
        ("EVG-05-RAD", ALL, "sex_missing", "the sex of one of four is not recorded, and nobody guesses it"),
        ("EVG-05-LIB", ALL, "pay_missing", "one of four has no pay on record"),
        ("EVG-06-LIA", (Q4, Q1), "fx_missing", "one of four is paid in dinars, for which no rate was delivered"),
    ):
        for number in ("01", "04"):
            pay.say(number, quarters, code, f"NOT_TESTED:{reason}", story)
    pay.say_one(ALL, women[0], "NOT_TESTED:pay_missing", "no pay on record")
    pay.say_one((Q4, Q1), men[0], "NOT_TESTED:currency_differs", "paid in dinars against a scale in riyals")
    pay.say("01", (Q2, Q3), "EVG-06-LIA", "PASS", "everybody is paid in riyals again")

    women, _ = pay.group("EVG-06-SHF", "Shift coordinator", "G06", ["10000"] * 3, ["10000"] * 3)
    for row in women:
        known(organisation.assignment(row))["weekly_hours"] = Decimal(36)
    pay.say("01", ALL, "EVG-06-SHF", "REVIEW:full_time_hours_differ", "equal pay for weeks of 36 and of 40 hours")


def _outliers(pay: Pay) -> None:
    _, men = pay.group("EVG-09-ADV", "Strategy adviser", "G09", ["15000"] * 4, ["15000"] * 5, "00001811")
    pay.rise(men[:1], dt.date(2026, 8, 2), "20500")
    for number in ("01", "04"):
        pay.say(number, Q3, "EVG-09-ADV", "EXCEPTION", "one man's rise lifts the men's mean, not their median")
        pay.say(number, (Q4, Q1, Q2), "EVG-09-ADV", "PASS", "before that rise everybody earned the same")

    pay.group("EVG-06-HYD", "Hydrographer", "G06", ["10000", "10000", "10000", "13000"], ["10000"] * 4)
    for number in ("01", "04"):
        pay.say(number, ALL, "EVG-06-HYD", "EXCEPTION", "one woman at 13,000 among equals: mean -7.5 %, median 0")

    pay.group("EVG-06-CAL", "Calibration technician", "G06", ["10000", "10000", "10000", "12000"], ["10000"] * 4)
    pay.say("01", ALL, "EVG-06-CAL", "EXCEPTION", "one woman at 12,000 makes the mean gap exactly -5 %")
    pay.say("04", ALL, "EVG-06-CAL", "PASS", "mean and median gap exactly five points apart")


def _ranges(pay: Pay) -> set[str]:
    """Grade G06 of 2026 runs from 107,284.80 to 160,927.20 a year; returns the employments whose pay is set here."""
    organisation = pay.organisation
    day = dt.date(2026, 7, 12)
    stories: tuple[tuple[str, str, bool | None, str, str], ...] = (
        ("8900.00", "EVG-06-ACC", False, "EXCEPTION", "106,800 a year, below the minimum"),
        ("13500.00", "EVG-06-CLR", False, "EXCEPTION", "162,000 a year, above the maximum, not protected"),
        ("13410.60", "EVG-06-CLR", False, "PASS", "exactly the maximum"),
        ("13410.68", "EVG-06-CLR", False, "PASS", "96 halalas above the maximum are rounding"),
        ("13410.69", "EVG-06-CLR", False, "EXCEPTION", "1.08 above the maximum is more than rounding"),
        ("13600.00", "EVG-06-HRO", True, "NOT_APPLICABLE:protected_pay", "above the maximum, protected by a decision"),
        (
            "13600.00",
            "EVG-06-INT",
            None,
            "REVIEW:protection_not_recorded",
            "above the maximum, with a question mark where protection is recorded",
        ),
        ("9300.00", "EVG-06-EXA", False, "REVIEW:low_for_category", "within the range, 17 % below the others"),
        ("8940.40", "EVG-06-EXA", False, "REVIEW:low_for_category", "exactly the minimum, far below the others"),
    )
    taken: set[str] = set()
    for monthly, category, protected, result, story in stories:
        row = organisation.take_employee(category=category)
        while known(organisation.assignment(row))["fte"] != 1:
            row = organisation.take_employee(category=category)
        organisation.set_pay(row, day, Decimal(monthly), protected_pay=protected)
        alike = "look_alike" if result.startswith("NOT_APPLICABLE") else None
        pay.say_one(Q3, row, result, story, alike)
        taken.add(row["employee_id"])

    # four people on the minimum of 2026: too few for a residual, so that only the range speaks
    women, men = pay.group("EVG-06-SAM", "Sampling assistant", "G06", ["8940.40", "8940.32"], ["8940.40", "8940.31"])
    pay.say_one((Q1, Q2, Q3), women[0], "PASS", "exactly the minimum of 2026")
    pay.say_one((Q1, Q2, Q3), women[1], "PASS", "96 halalas below the minimum are rounding")
    pay.say_one((Q1, Q2, Q3), men[1], "EXCEPTION", "1.08 below the minimum of 2026 is more than rounding")
    pay.say_one(Q4, men[1], "PASS", "above the minimum of 2025")

    half = pay.member("EVG-06-SAM", "F", "4470.20", fte="0.5")
    pay.say_one(ALL, half, "PASS", "half of the minimum for half of the time", "look_alike")
    low = pay.member("EVG-06-SAM", "M", "4440.00", fte="0.5")
    pay.say_one((Q1, Q2, Q3), low, "EXCEPTION", "half time on 53,280, below half of the minimum of 2026")
    pay.say_one(Q4, low, "PASS", "above half of the minimum of 2025")

    ungraded = pay.member("EVG-06-SAM", "F", "8940.40")
    for row in organisation.select("assignment_hist", employee_id=ungraded["employee_id"]):
        row["grade_id"] = None
    pay.say_one(ALL, ungraded, "NOT_TESTED:grade_missing", "no grade recorded")
    return taken


def _retention_rise(organisation: Organisation, taken: set[str]) -> None:
    """
    The better-paid half of the men of every category that has women and men gets three, later five per cent more.

    Half a rise each moves the men's mean of a category by half of it: 1.5 %, then 2.4 %. Left out is whoever changes
    pay or post later, so that nothing of theirs is lost.
    """
    first = RISES[0][0]
    groups = {code for code in organisation.categories if code not in ("EVG-05-NUR", "EVG-05-DIV", "EVG-14-EXE")}
    planted = {answer.item for answer in organisation.answers if answer.attribute in ("PAY-01", "PAY-04")}
    for code in sorted(groups):
        if f"category={code}" in planted or code == "EVG-06-SAM":
            continue
        men = [one for one in organisation.members(code, first, "M") if _stays(organisation, one) and one not in taken]
        men.sort(key=lambda one: (_full_time(organisation, one, first), one))
        for one in men[len(men) // 2 :]:
            before = known(organisation.base_annual(one, first - dt.timedelta(days=1)))
            for day, factor in RISES:
                organisation.set_pay(one, day, money(before / 12 * factor), "retention")
    item = {"organisation": "whole organisation"}
    story = "men earn one per cent more on the whole, for more of them sit in higher grades; like with like nobody does"
    organisation.answer("PAY-06", (Q4, Q1), item, "PASS", story, "look_alike")
    organisation.answer("PAY-06", Q2, item, "PASS", "the first retention rise: about 1.4 %, certain but below 2 %")
    organisation.answer("PAY-06", Q3, item, "EXCEPTION", "the second rise: about 2.3 %, though no category fires")


def _full_time(organisation: Organisation, employee_id: str, day: dt.date) -> Decimal:
    base: Decimal = known(organisation.base_annual(employee_id, day))
    return base / known(organisation.assignment(employee_id, day))["fte"]


def _stays(organisation: Organisation, employee_id: str) -> bool:
    """Whether pay and post stay as they are from the first rise on."""
    employee = organisation.get("employee", employee_id)
    pay, posts = organisation._pay.get(employee_id, []), organisation._assignments[employee_id]
    return (
        organisation.exit_of(employee) is None
        and employee["employment_type"] in ("permanent", "fixed")
        and bool(pay)
        and max(row["valid_from"] for row in pay) < RISES[0][0]
        and max(row["valid_from"] for row in posts) < RISES[0][0]
    )
