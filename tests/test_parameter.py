"""Parameters are read from text by their type, never through a float, and every change has an origin."""

import datetime as dt
from decimal import Decimal

import pytest

from auditkit.errors import ControlError
from auditkit.parameter import ALWAYS, Override, Pack, Parameter, Steps, Value, resolve


def parameter(kind: str, default: str, *, by_date: bool = False, **more: str) -> Parameter:
    return Parameter("limit", "a limit", kind, default, by_date=by_date, **more)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("decimal", "20.10", Decimal("20.10")),
        ("integer", "5", 5),
        ("date", "2026-07-01", dt.date(2026, 7, 1)),
        ("text", " review ", "review"),
        ("list", "cash, voucher , gift_card", ("cash", "voucher", "gift_card")),
        ("list", "", ()),
    ],
)
def test_text_is_read_by_the_declared_type(kind: str, text: str, value: Value) -> None:
    assert parameter(kind, "0").read(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [("decimal", "1,5"), ("decimal", "NaN"), ("integer", "1.5"), ("integer", ""), ("date", "1/7/2026")],
)
def test_a_text_of_another_type_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a value of type|is not a number"):
        parameter(kind, "0").read(text)


def test_bounds_hold_on_both_sides() -> None:
    bounded = parameter("decimal", "5", minimum="0", maximum="100")

    assert [bounded.read(text) for text in ("0", "100")] == [Decimal(0), Decimal(100)]
    for text in ("-0.01", "100.01"):
        with pytest.raises(ValueError, match="allowed value"):
            bounded.read(text)


def test_a_step_moves_by_the_smallest_change_that_matters() -> None:
    assert parameter("decimal", "5", step="0.01").moved(Decimal("5"), 1) == Decimal("5.01")
    assert parameter("integer", "5").moved(5, -1) == 4
    assert parameter("date", "2026-07-01").moved(dt.date(2026, 7, 1), 1) == dt.date(2026, 7, 2)
    assert parameter("text", "x").moved("x", 1) is None


DECLARED = {"GFT": {"limit": parameter("decimal", "20")}, "PAY": {"limit": parameter("decimal", "5")}}


def test_an_override_wins_over_the_pack_and_the_pack_over_the_default() -> None:
    pack = Pack("zero", "Zero tolerance", "", "the code", {"GFT.limit": "0", "ABSENT.limit": "1"})
    override = Override("GFT", "limit", "10", "Head of audit", "Policy of 1 May")

    by_pack = resolve(DECLARED, pack, ())
    by_override = resolve(DECLARED, pack, (override,))

    assert (by_pack["GFT"]["limit"].value, by_pack["GFT"]["limit"].origin) == (Decimal(0), "pack zero")
    assert (by_pack["PAY"]["limit"].value, by_pack["PAY"]["limit"].origin) == (Decimal(5), "default")
    assert by_override["GFT"]["limit"].value == Decimal(10)
    assert by_override["GFT"]["limit"].approved_by == "Head of audit"
    assert by_override["GFT"]["limit"].changed


@pytest.mark.parametrize(("control", "name"), [("GFT", "limt"), ("XXX", "limit")])
def test_an_unknown_parameter_is_refused(control: str, name: str) -> None:
    with pytest.raises(ControlError, match="there is no parameter"):
        resolve(DECLARED, None, (Override(control, name, "1", "a", "b"),))


def test_a_pack_with_a_wrong_value_names_the_parameter() -> None:
    with pytest.raises(ControlError, match=r"GFT\.limit \(pack zero\): 'x' is not a value"):
        resolve(DECLARED, Pack("zero", "", "", "", {"GFT.limit": "x"}), ())


DATED = {"GFT": {"limit": parameter("decimal", "20", by_date=True, step="0.01", minimum="0")}}
AUGUST = dt.date(2026, 8, 1)


def test_a_limit_by_date_holds_each_value_from_its_first_day_on() -> None:
    limit = DATED["GFT"]["limit"]

    assert limit.read("20") == Steps(((ALWAYS, Decimal(20)),))
    assert limit.read("20; 2026-08-01: 0.50") == Steps(((ALWAYS, Decimal(20)), (AUGUST, Decimal("0.50"))))
    assert str(limit.read("20; 2026-08-01: 0.50")) == "20, from 2026-08-01 0.50"
    assert limit.moved(limit.read("20; 2026-08-01: 0.50"), -1) == limit.read("19.99; 2026-08-01: 0.49")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("20; 1 August: 5", "is no day with its value"),
        ("20; 2026-08-01", "is no day with its value"),
        ("20; 2026-13-01: 5", "not a value of type date"),
        ("20; 2026-08-01: 5; 2026-08-01: 6", "does not come after"),
        ("20; 2026-08-01: 5; 2026-07-01: 6", "does not come after"),
        ("20; 2026-08-01: -1", "below the least"),
        ("20; 2026-08-01: x", "not a value of type decimal"),
        ("", "not a value of type decimal"),
    ],
)
def test_a_change_on_a_day_that_cannot_be_read_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        DATED["GFT"]["limit"].read(text)


def test_an_override_from_a_day_on_follows_what_held_before_and_keeps_both_approvals() -> None:
    pack = Pack("zero", "Zero tolerance", "", "the code", {"GFT.limit": "0"})
    later = Override("GFT", "limit", "10", "Head of audit", "Policy of 1 August", "2026-08-01")
    first = Override("GFT", "limit", "5", "Board", "Policy of 1 May")

    after_pack = resolve(DATED, pack, (later,))["GFT"]["limit"]
    after_override = resolve(DATED, pack, (later, first))["GFT"]["limit"]

    assert after_pack.text == "0; 2026-08-01: 10"
    assert after_override.text == "5; 2026-08-01: 10"
    assert after_override.reason == "Policy of 1 May; from 2026-08-01: Policy of 1 August"
    assert after_override.approved_by == "Board; from 2026-08-01: Head of audit"
    assert after_override.changed


def test_a_parameter_that_is_not_by_date_cannot_change_on_a_day() -> None:
    with pytest.raises(ControlError, match=r"GFT\.limit cannot change on a day"):
        resolve(DECLARED, None, (Override("GFT", "limit", "1", "a", "b", "2026-08-01"),))
