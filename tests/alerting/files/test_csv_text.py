"""CSV: column names, exact places in quoted fields, and broken quoting."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.files.csv_source import field_spans, offset_in_field, records
from alerting.files.lines import passages
from tests.alerting.files.scanned import EMAIL, PHONE, cut, scanned

FIELDS = st.tuples(
    st.text(st.sampled_from(list('a,;"\n є')), max_size=5), st.sampled_from(["", EMAIL, PHONE])
).map(" ".join)


def columns(content: str) -> list[tuple[str, int, int, str | None]]:
    """Return kind, line, column and column name of what is found."""
    found = scanned(content, ending=".csv")
    return [(one.kind, one.start.line, one.start.column, one.column_name) for one in found]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_findings_have_line_column_and_name(mark: str) -> None:
    """Records may take several lines; every usual delimiter is understood."""
    rows = ["id,mail,note", f'1,{EMAIL},"a ""b""', f'c {PHONE}"', "", f"2,,{EMAIL}"]
    assert columns("\n".join(rows).replace(",", mark)) == [
        ("email", 2, 3, "mail"),
        ("phone", 3, 3, "note"),
        ("email", 5, 4, "note"),
    ]


def test_the_header_gives_evidence() -> None:
    """A bare number counts where its column says what it is."""
    assert columns("name,іпн\na,1759013776\n") == [("ua_tax_id", 2, 3, "іпн")]
    assert columns("name,order\na,1759013776\n") == []


def test_names_are_told_apart() -> None:
    """Columns without a name, of one name, and beyond the header have names of their own."""
    found = columns(f"mail,,mail\n{EMAIL},{EMAIL},{EMAIL},{EMAIL}\n")
    assert [name for *_, name in found] == ["mail", "column 2", "mail 3", "column 4"]


def test_a_first_row_with_findings_is_no_header() -> None:
    """Data in the first row is found, and never stands as a column's name."""
    assert columns(f"a,{EMAIL}\nb,{EMAIL}\n") == [
        ("email", 1, 3, "column 2"),
        ("email", 2, 3, "column 2"),
    ]


def test_a_number_in_a_name_makes_no_finding() -> None:
    """What a name is only because columns are told apart by numbers is not data."""
    assert columns(f"096123456,096123456\n,{EMAIL}\n") == [("email", 2, 2, "096123456 2")]


@given(st.lists(st.lists(FIELDS, min_size=1, max_size=4), max_size=5))
def test_every_value_is_found_where_it_was_put(rows: list[list[str]]) -> None:
    """Cut from the source, a finding is the value, however its field is quoted."""
    out = io.StringIO()
    csv.writer(out).writerows([["first", "second"], *rows])
    content = out.getvalue()
    values = [cut(content.replace("\r\n", "\n"), one) for one in scanned(content, ending=".csv")]
    expected = [field.split(" ")[-1] for row in rows for field in row]
    assert values == [value for value in expected if value]


@given(st.lists(st.text(st.sampled_from(list('a,"\n ')), max_size=8), min_size=1))
def test_fields_are_told_apart_as_csv_does(rows: list[str]) -> None:
    """Whatever the text, the spans of a record's fields hold the fields of :mod:`csv`."""
    for record in records(passages(io.StringIO("\n".join(rows))), ","):
        if record.fields:
            text = record.passage.text
            found = [
                text[first:last].replace('""', '"')
                if text[first - 1 : first] == '"'
                else text[first:last]
                for first, last in field_spans(text, ",")
            ]
            assert found == record.fields


def test_a_doubled_mark_is_one_code_point() -> None:
    """Offsets in a quoted field skip the second of two quotation marks."""
    assert [offset_in_field('a""b""c', offset) for offset in range(6)] == [0, 1, 3, 4, 6, 7]


@pytest.mark.parametrize(
    "broken",
    [
        f'1,"{EMAIL}',
        f'1,"x" {EMAIL}',
        f'1,"{EMAIL}"x',
        f'1,"{"x" * 200_000} {EMAIL}"',
        f'1,"\n{EMAIL}',
        f"1,{'x ' * 600_000} {EMAIL}",
    ],
    ids=["open", "text after", "mark inside", "long field", "open line", "long line"],
)
def test_broken_records_are_text(broken: str) -> None:
    """What breaks the rules of quoting is scanned line by line; the next record is one again."""
    content = f"id,mail\n{broken}\n2,{EMAIL}\n3,{EMAIL}\n"
    found = scanned(content, ending=".csv")
    assert [cut(content, one) for one in found] == [EMAIL] * 3
    assert [one.column_name for one in found][1:] == ["mail", "mail"]


def test_an_empty_table_holds_nothing() -> None:
    """No line, no header, no finding."""
    assert columns("") == []
    assert columns("\n") == []
