"""Texts of controls in other languages, and the board edition that shows them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import ROOT
from run_builder import build
from small import write_controls

from auditkit import board_edition
from auditkit.catalogue import load_catalogue
from auditkit.control import Catalogue, Control, Translation
from auditkit.errors import AuditkitError
from auditkit.label import Labels, languages
from auditkit.programme import Programme, ShownControl, ShownFigure
from auditkit.reason import Reason
from auditkit.result import Run
from auditkit.run import Outcome
from auditkit.translation import translated

OTHERS = ("ar", "es", "fr")


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue(ROOT / "controls")


@pytest.fixture
def controls(tmp_path: Path) -> Path:
    return write_controls(tmp_path)


def say(folder: Path, language: str, text: str) -> Control:
    """Write one translation into the only control of `folder` and load it."""
    place = next(folder.glob("*/control.yml")).parent / "translations"
    place.mkdir(exist_ok=True)
    (place / f"{language}.yml").write_text(text, encoding="utf-8")
    return load_catalogue(folder).controls[0]


def test_a_control_without_translations_has_none(controls: Path) -> None:
    assert load_catalogue(controls).controls[0].translations == {}


def test_a_translation_is_read_by_the_keys_of_the_control(controls: Path) -> None:
    control = say(
        controls, "fr", "title: Ventes\nattributes: {SAL-01: Une  limite}\ncodes: {value_missing: sans valeur}\n"
    )

    assert control.translations == {
        "fr": Translation(
            texts={"title": "Ventes"}, attributes={"SAL-01": "Une limite"}, codes={"value_missing": "sans valeur"}
        )
    }


@pytest.mark.parametrize(
    ("language", "text", "message"),
    [
        ("fr", "titel: x\n", "translations/fr.yml:1: unknown key 'titel' in the file"),
        ("fr", "title: x\nattributes: {SAL-1: x}\n", "translations/fr.yml:2: unknown key 'SAL-1' in attributes"),
        ("fr", "populations: {nowhere: x}\n", "translations/fr.yml:1: unknown key 'nowhere' in populations"),
        ("fr", "criteria: {c: x}\n", "translations/fr.yml:1: unknown key 'c' in criteria"),
        ("fr", "parameters: {limit: {name: x}}\n", "translations/fr.yml:1: unknown key 'name' in parameters.limit"),
        ("fr", "parameters: {other: {title: x}}\n", "translations/fr.yml:1: unknown key 'other' in parameters"),
        ("fr", "board: {b: {title: x}}\n", "translations/fr.yml:1: unknown key 'b' in board"),
        ("fr", "figures: {b: {title: x}}\n", "translations/fr.yml:1: unknown key 'b' in figures"),
        ("fr", "attestation: {statement: x}\n", "translations/fr.yml:1: unknown key 'statement' in attestation"),
        ("fr", "title: ''\n", "translations/fr.yml:1: title is ''"),
        ("fr", "title: no\nobjective: [x]\n", "translations/fr.yml:2: objective is ['x']"),
        ("fr", "attributes:\n  SAL-01: 3\n", "translations/fr.yml:2: attributes.SAL-01 is 3"),
        ("de", "title: x\n", "translations/de.yml: there are no labels in the language 'de'"),
    ],
)
def test_what_a_translation_says_wrongly_is_named_with_file_and_line(
    controls: Path, language: str, text: str, message: str
) -> None:
    with pytest.raises(AuditkitError) as caught:
        say(controls, language, text)

    assert message in str(caught.value)


def test_every_shipped_control_is_translated_as_far_as_the_board_sees_it(shipped: Catalogue) -> None:
    for control in shipped.controls:
        assert set(control.translations) == set(OTHERS), control.shown
        for language in OTHERS:
            own = control.translations[language]
            assert "title" in own.texts, (control.id, language)
            if not control.restricted:
                assert set(own.attributes) == {attribute.id for attribute in control.attributes}, (control.id, language)
                assert set(own.populations) == set(control.populations), (control.id, language)
                assert set(own.board) == {block.id for block in control.board}, (control.id, language)


def test_no_translated_text_is_that_of_another_language(shipped: Catalogue) -> None:
    arabic = re.compile("[\u0600-\u06ff]")
    for control in shipped.controls:
        for language in OTHERS:
            own = control.translations[language]
            texts = [*own.texts.values(), *own.populations.values(), *own.criteria.values(), *own.attributes.values()]
            assert all(bool(arabic.search(text)) == (language == "ar") for text in texts), (control.id, language)


def test_the_run_is_counted_as_before_and_says_what_has_no_translation(tmp_path: Path) -> None:
    run, _ = build(tmp_path)
    own = run.controls[0].control
    known = Translation(texts={"title": "Cadeaux"}, attributes={own.attributes[0].id: "Rien au-delà de la limite"})
    changed = replace(
        run, controls=(replace(run.controls[0], control=replace(own, translations={"fr": known})), *run.controls[1:])
    )

    french, missing = translated(changed, Labels.of("fr"))
    _, before = translated(run, Labels.of("fr"))

    assert (french.controls[0].control.title, french.controls[0].control.objective) == ("Cadeaux", own.objective)
    assert french.controls[0].populations[0].attributes[0].attribute.title == "Rien au-delà de la limite"
    assert french.controls[0].populations[0].counts == run.controls[0].populations[0].counts
    assert before - missing == 2
    assert translated(changed, Labels.of("en"))[1] == 0


def test_the_words_of_a_missing_denominator_are_those_of_the_language(shipped: Catalogue, tmp_path: Path) -> None:
    control = shipped.control("SPK")
    figures = tuple(
        ShownFigure(figure, not_measured=Reason.no_denominator(figure.denominator))
        for figure in control.measures
        if figure.id == "SPK-12"
    )
    run, _ = build(tmp_path, programme=Programme(shown=(ShownControl(control, figures),)))

    (shown,) = translated(run, Labels.of("fr"))[0].programme.shown

    assert shown.figures[0].not_measured == Reason.no_denominator("Affaires à transmettre")
    assert shown.figures[0].figure.block == "E - Transmissions"
    assert (shown.control.title, shown.control.codes["hotline"]) == (
        "Compte rendu des signalements au Conseil",
        "ligne téléphonique",
    )


@pytest.mark.slow
@pytest.mark.parametrize("language", OTHERS)
def test_the_sample_s_board_sees_no_text_without_a_translation(sample_outcome: Outcome, language: str) -> None:
    assert translated(sample_outcome.run, Labels.of(language))[1] == 0


def workbook(run: Run, language: str) -> Any:
    return openpyxl.load_workbook(io.BytesIO(board_edition.make(run, Labels.of(language)).data()))


def texts(book: Any) -> Iterator[str]:
    return (cell.value for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str))


def test_the_arabic_edition_runs_from_right_to_left_and_the_others_do_not(tmp_path: Path) -> None:
    run, _ = build(tmp_path)
    directions = {
        language: {bool(sheet.sheet_view.rightToLeft) for sheet in workbook(run, language)} for language in languages()
    }

    assert directions == {"en": {False}, "ar": {True}, "es": {False}, "fr": {False}}


def test_arabic_text_begins_on_the_right_and_figures_stay_aligned_by_their_units(tmp_path: Path) -> None:
    run, _ = build(tmp_path)
    sheet = workbook(run, "ar")["بطاقة النتائج"]
    row = next(row for row in sheet.iter_rows() if row[4].data_type == "n" and row[4].value)

    assert (row[0].alignment.horizontal, row[0].font.name) == ("right", "Arial")
    assert (row[4].alignment.horizontal, row[4].alignment.readingOrder) == ("right", 2)
    assert sheet.oddHeader.left.text.startswith("مسودة")
    assert (sheet.oddHeader.right.text, sheet.oddFooter.left.text) == (None, "&A، صفحة &P من &N")


def test_a_text_of_another_script_is_read_from_its_own_side(tmp_path: Path) -> None:
    run, _ = build(tmp_path)
    orders = {
        bool(re.search("[\u0600-\u06ff]", cell.value)): cell.alignment.readingOrder
        for sheet in workbook(run, "ar")
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and re.search(r"[^\W\d_]", cell.value)
    }

    assert orders == {True: 2, False: 1}


@pytest.mark.parametrize("language", OTHERS)
def test_an_edition_holds_the_same_numbers_in_every_language(tmp_path: Path, language: str) -> None:
    run, _ = build(tmp_path)

    def numbers(book: Any) -> list[list[float]]:
        return [
            [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, int | float)]
            for sheet in book
        ]

    assert numbers(workbook(run, language)) == numbers(workbook(run, "en"))


@pytest.mark.parametrize("language", OTHERS)
def test_masks_are_words_of_the_language(tmp_path: Path, language: str) -> None:
    run, _ = build(tmp_path)
    found, english = set(texts(workbook(run, language))), set(texts(workbook(run, "en")))
    say = Labels.of(language)

    assert {"< 5", "withheld"} <= english
    assert {say("mask.few"), say("mask.withheld")} <= found
    assert "withheld" not in found


def test_the_same_run_gives_the_same_arabic_bytes(tmp_path: Path) -> None:
    run, _ = build(tmp_path)

    assert board_edition.make(run, Labels.of("ar")).data() == board_edition.make(run, Labels.of("ar")).data()


def test_a_table_names_its_columns_as_its_header_does(tmp_path: Path) -> None:
    """Or Excel would have to repair the file: the mark before a quarter stands in both."""
    run, _ = build(tmp_path)
    book = workbook(run, "ar")
    marked = 0
    for sheet in book:
        for table in sheet.tables.values():
            header = [cell.value for cell in sheet[table.ref][0]]
            assert [column.name for column in table.tableColumns] == header
            marked += sum("\u200e2026-Q" in name for name in header)

    assert marked > 0


def test_no_part_of_the_arabic_file_carries_an_override_of_direction(tmp_path: Path) -> None:
    run, _ = build(tmp_path)
    with zipfile.ZipFile(io.BytesIO(board_edition.make(run, Labels.of("ar")).data())) as archive:
        text = "".join(archive.read(name).decode("utf-8") for name in archive.namelist())

    assert re.findall("[\u202a-\u202e]", text) == []
