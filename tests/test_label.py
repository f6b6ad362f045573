"""The words of the editions: four catalogues that say the same, none missing, none unused, and how a label is filled."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import ROOT

from auditkit import label
from auditkit.errors import LabelError
from auditkit.label import Labels, faults_of, languages, read
from auditkit.period import Quarters
from auditkit.wording import CHECK_MARKS, ENGLISH, SEVERITY_MARKS, joined, money, number, reason, severities, share

OTHERS = ("ar", "es", "fr")
NAMES = frozenset({"say", "labels", "ENGLISH"})
EXCEL_TITLE = re.compile(r"[^\[\]:*?/\\]{1,31}")


def catalogue(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> None:
    """Put other catalogues in the place of auditkit's own for one test."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(label, "FOLDER", folder)
    clear()


def clear() -> None:
    label.read.cache_clear()
    label._complete.cache_clear()


@pytest.fixture(autouse=True)
def own_catalogues() -> Iterator[None]:
    yield
    clear()


def test_english_comes_first_and_three_others_are_there() -> None:
    assert languages() == ("en", *OTHERS)


@pytest.mark.parametrize("language", OTHERS)
def test_every_catalogue_has_the_same_keys_places_and_the_plural_forms_its_language_needs(language: str) -> None:
    assert list(faults_of(read(language), read("en"))) == []


def test_the_source_itself_has_the_plural_forms_it_needs() -> None:
    assert list(faults_of(read("en"), read("en"))) == []


def test_the_keys_stand_in_the_same_order_in_every_catalogue() -> None:
    """So that a person can compare two of them side by side."""
    for language in OTHERS:
        assert list(read(language).texts) == list(read("en").texts), language


@pytest.mark.parametrize("language", languages())
def test_the_title_of_a_sheet_is_one_that_excel_takes(language: str) -> None:
    labels = Labels.of(language)
    titles = [labels(key) for key in labels.texts if key.endswith(".sheet")]

    assert len(set(titles)) == len(titles) >= 5
    assert [title for title in titles if not EXCEL_TITLE.fullmatch(title)] == []


def texts(language: str) -> Iterator[tuple[str, str]]:
    for key, text in read(language).texts.items():
        for form in [text] if isinstance(text, str) else text.values():
            yield key, form


def test_an_arabic_text_is_arabic() -> None:
    letters = re.compile("[\u0600-\u06ff]")
    neutral = re.compile(r"[\W\d_]*(\{\w+\}[\W\d_]*)*")
    latin = [key for key, text in texts("ar") if not letters.search(text) and not neutral.fullmatch(text)]

    assert latin == []
    assert [key for key, text in texts("ar") if re.search("[\u0660-\u0669\u06f0-\u06f9]", text)] == []  # Latin digits


def test_french_signs_stand_after_a_space_that_does_not_break() -> None:
    assert [key for key, text in texts("fr") if re.search(r" [:;?!%»]|« ", text)] == []
    assert [key for key, text in texts("fr") if re.search(r"[^\W\d]:\s", text)] == []


@pytest.mark.parametrize("language", languages())
def test_a_text_has_no_spaces_at_its_ends_and_no_two_in_a_row_but_around_a_dot(language: str) -> None:
    joints = ("list.comma", "list.semicolon")
    found = [key for key, text in texts(language) if key not in joints and text != text.strip()]
    wide = [key for key, text in texts(language) if "  " in re.sub(r"  ·  |\.  \{", "", text)]

    assert (found, wide) == ([], [])


def calls() -> Iterator[tuple[str, ast.expr]]:
    """Return where auditkit asks for a label: the method ("" for the text itself) and its first argument."""
    for path in sorted((ROOT / "auditkit").rglob("*.py")):
        names = NAMES | {"self"} if path.name == "label.py" else NAMES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                owner, _, method = ast.unparse(node.func).rpartition(".")
                owner, method = (owner, method) if method in ("has", "section") else (ast.unparse(node.func), "")
                if owner.rpartition(".")[2] in names:
                    yield method, node.args[0]


def start(argument: ast.expr) -> str:
    """Return the part of a key that is fixed: all of "a.b", "a." of f"a.{name}"."""
    if isinstance(argument, ast.JoinedStr):
        head = argument.values[0]
        return str(head.value) if isinstance(head, ast.Constant) else ""
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""


def test_every_label_that_is_asked_for_exists() -> None:
    asked = [(method, argument, start(argument)) for method, argument in calls()]
    keys = set(read("en").texts)

    assert len(asked) > 150
    assert [ast.unparse(argument) for _, argument, fixed in asked if not fixed] == []  # a key can be searched for
    for method, argument, fixed in asked:
        if method == "" and isinstance(argument, ast.Constant):
            assert fixed in keys
        else:
            assert any(key.startswith(fixed) for key in keys), ast.unparse(argument)


def test_every_label_is_asked_for() -> None:
    whole = {start(argument) for _, argument in calls() if isinstance(argument, ast.Constant)}
    parts = tuple({start(argument) for _, argument in calls() if isinstance(argument, ast.JoinedStr)})

    asked = (key.removeprefix("reviewed.") for key in read("en").texts)  # these stand in for others of their name
    assert [key for key in asked if key not in whole and not key.startswith(parts)] == []


def test_words_that_the_code_lists_have_their_labels() -> None:
    assert set(ENGLISH.section("severity")) == set(SEVERITY_MARKS)
    assert set(ENGLISH.section("check.status")) == set(CHECK_MARKS)


def test_a_number_a_date_and_an_amount_read_as_the_language_writes_them() -> None:
    day, amounts = dt.date(2026, 7, 1), {"SAR": Decimal("1200.5"), "EUR": Decimal(90), "USD": Decimal(0)}
    shown = {name: (labels.number(12345), labels.day(day), labels.money(amounts)) for name, labels in each()}

    assert shown == {
        "en": ("12,345", "1 July 2026", "90.00 EUR; 1,200.50 SAR"),
        "fr": ("12\u202f345", "1er juillet 2026", "90,00 EUR\u00a0; 1\u202f200,50 SAR"),
        "es": ("12.345", "1 de julio de 2026", "90,00 EUR; 1.200,50 SAR"),
        "ar": ("12,345", "1 يوليو 2026", "90.00 EUR؛ 1,200.50 SAR"),
    }
    assert Labels.of("fr").day(dt.date(2026, 7, 2)) == "2 juillet 2026"
    assert {name: labels.percent(Decimal("4.996"), 3) for name, labels in each()} == {
        "en": "4.996 %",
        "fr": "4,996\u00a0%",
        "es": "4,996\u00a0%",
        "ar": "4.996\u200e%\u200e",
    }


def each() -> Iterator[tuple[str, Labels]]:
    return ((language, Labels.of(language)) for language in languages())


def test_an_amount_of_more_digits_than_usual_is_written_whole() -> None:
    assert Labels.of("en").number(Decimal("12345678901234567890123456789012.345"), 2) == (
        "12,345,678,901,234,567,890,123,456,789,012.35"
    )


def test_a_quarter_is_spanned_by_its_first_and_last_day() -> None:
    period = Quarters().period("2026-Q3")

    assert {name: labels.span(period) for name, labels in each()} == {
        "en": "1 July 2026 to 30 September 2026",
        "fr": "du 1er juillet 2026 au 30 septembre 2026",
        "es": "del 1 de julio de 2026 al 30 de septiembre de 2026",
        "ar": "من 1 يوليو 2026 إلى 30 سبتمبر 2026",
    }


@pytest.mark.parametrize(
    ("count", "arabic", "french", "english"),
    [
        (0, "0 بند", "0 élément", "0 items"),
        (1, "بند واحد", "1 élément", "1 item"),
        (2, "بندين", "2 éléments", "2 items"),
        (3, "3 بنود", "3 éléments", "3 items"),
        (10, "10 بنود", "10 éléments", "10 items"),
        (11, "11 بندًا", "11 éléments", "11 items"),
        (99, "99 بندًا", "99 éléments", "99 items"),
        (100, "100 بند", "100 éléments", "100 items"),
        (103, "103 بنود", "103 éléments", "103 items"),
        (1_000_000, "1,000,000 بند", "1\u202f000\u202f000 éléments", "1,000,000 items"),
    ],
)
def test_a_count_takes_the_plural_form_of_the_language(count: int, arabic: str, french: str, english: str) -> None:
    shown = [Labels.of(language)("count.item", n=count) for language in ("ar", "fr", "en")]

    assert shown == [arabic, french, english]


def test_a_list_ends_with_and() -> None:
    for names, shown in [
        ([], ("", "", "", "")),
        (["a"], ("a", "a", "a", "a")),
        (["a", "b", "c"], ("a, b and c", "a, b et c", "a, b y c", "a، b وc")),
    ]:
        assert tuple(Labels.of(language).joined(names) for language in ("en", "fr", "es", "ar")) == shown


def test_only_arabic_runs_from_right_to_left() -> None:
    assert [language for language, labels in each() if labels.right_to_left] == ["ar"]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("في 2026-Q3 وما قبله", "في \u200e2026-Q3 وما قبله"),
        ("2026-Q3", "\u200e2026-Q3"),
        ("20261012T093000Z-2", "\u200e20261012T093000Z-2"),
        ("GFT-02 و15 من 20", "GFT-02 و15 من 20"),
        ("1,200.00 SAR", "1,200.00 SAR"),
        ("", ""),
    ],
)
def test_a_code_that_begins_with_a_digit_keeps_the_order_of_its_parts(text: str, marked: str) -> None:
    assert Labels.of("ar").upright(text) == marked
    assert Labels.of("ar").upright(marked) == marked
    assert Labels.of("fr").upright(text) == text


def test_the_english_words_are_those_of_the_other_editions() -> None:
    assert (number(1200), money({}), joined(["a", "b"])) == ("1,200", "-", "a and b")
    assert (reason("value_missing"), reason(""), reason("blocked")) == (
        "value missing",
        "no reason given",
        "the extract failed a reliability check",
    )
    assert severities({"low": 2, "critical": 1, "high": 0}) == "1 critical, 2 low"
    assert (share(1, 3), share(0, 0), share(4996, 100000)) == ("33.33 %", "-", "4.996 %")


def test_a_language_without_labels_is_refused_and_those_known_are_named() -> None:
    with pytest.raises(LabelError) as caught:
        Labels.of("de")

    assert str(caught.value) == "there are no labels in the language 'de'\n  known: en, ar, es, fr"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda say: say("summary.titel"), "there is no label 'summary.titel'"),
        (lambda say: say("summary.title"), "the label 'summary.title' lacks a value for quarter"),
        (lambda say: say("summary.title", quarter="Q", place=1), "the label 'summary.title' has no place for place"),
        (lambda say: say("count.item"), "the label 'count.item' is chosen by a count"),
        (lambda say: say("count.item", n="3"), "the label 'count.item' is chosen by a count"),
    ],
)
def test_a_label_used_wrongly_is_named_with_its_catalogue(call: object, message: str) -> None:
    with pytest.raises(LabelError) as caught:
        SimpleNamespace(call=call).call(Labels.of("fr"))

    assert str(caught.value).startswith(f"auditkit/labels/fr.yml: {message}")


def test_what_is_filled_in_is_never_read_as_a_place() -> None:
    assert Labels.of("en")("summary.criterion", place="{quarter} {0}") == "Criterion: {quarter} {0}"


def test_a_catalogue_that_lacks_a_label_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    english = "locale: en_GB\na:\n  b: 'text of {name}'\n  c: {one: 'a row', other: '{n} rows'}\n"
    catalogue(
        tmp_path / "auditkit" / "labels",
        monkeypatch,
        en=english,
        fr="locale: fr\na: {c: '{n} lignes de {who}'}\nd: plus\n",
    )

    with pytest.raises(LabelError) as caught:
        Labels.of("fr")

    assert str(caught.value) == (
        "auditkit/labels/fr.yml: the labels are not complete: 'a.b' is missing; 'a.c' has {who}, which has no value; "
        "'d' is not a label of the others\n  complete it after en.yml; docs/languages.md says how"
    )


def test_a_plural_form_that_the_language_needs_may_not_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = "a: {one: '{n} row of {name}', other: '{n} rows of {name}'}\n"
    arabic = "a: {one: 'صف {name}', two: 'صفان', few: '{n} {name}', many: '{n} {name}', other: '{n} {name}'}\n"
    catalogue(tmp_path / "auditkit" / "labels", monkeypatch, en=english, ar=arabic)

    with pytest.raises(LabelError, match=r"'a' lacks the plural form zero; 'a' lacks \{name\} in the form two"):
        Labels.of("ar")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: ''\n", "auditkit/labels/fr.yml:1: the label 'a' is no text"),
        ("a:\n  b: 3\n", "auditkit/labels/fr.yml:2: the label 'a.b' is no text"),
        ("a:\n  b: {}\n", "auditkit/labels/fr.yml:2: the label 'a.b' is no text"),
        ("a: {one: '', other: x}\n", "auditkit/labels/fr.yml:1: the label 'a.one' is no text"),
        ("a: x\na: y\n", "auditkit/labels/fr.yml:2: not valid YAML"),
        ("locale: xx_nowhere\na: x\n", "auditkit/labels/fr.yml:1: there is no locale 'xx_nowhere'"),
    ],
)
def test_a_catalogue_that_is_not_sound_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    catalogue(tmp_path / "auditkit" / "labels", monkeypatch, en="a: x\n", fr=text)

    with pytest.raises(LabelError) as caught:
        Labels.of("fr")

    assert str(caught.value).startswith(message)
