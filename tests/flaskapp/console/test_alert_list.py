"""The lists of alerts and incidents, and what is done with several at once."""

import html
import re

from flask.testing import FlaskClient

from alerting.records.record import Action, Record, State
from alerting.records.store import RecordStore
from tests.flaskapp.console.conftest import Send
from tests.flaskapp.console.reading import text_of
from tests.flaskapp.console.seeds import add, record_of


def test_list_is_filtered(operator: FlaskClient, records: RecordStore) -> None:
    """The form narrows the list down, and keeps what was filled in."""
    shop = record_of({"a": "x@example.com"}, caller="shop")
    billing = record_of({"a": "4111 1111 1111 1111"}, caller="billing")
    add(records, [shop, billing])

    for query in (
        "caller=billing",
        "kind=card",
        "severity=high",
        "text=billing",
        "state=open&kind=card",
    ):
        page = operator.get(f"/console/alerts?{query}").text
        assert billing.alert.id in page
        assert shop.alert.id not in page
    assert 'value="card" selected' in page
    assert "No alert matches" in operator.get("/console/alerts?caller=nobody").text


def test_filter_that_means_nothing_is_explained(operator: FlaskClient) -> None:
    """A time that is none is marked in the form, and its other fields stay."""
    answer = operator.get("/console/alerts?since=yesterday&caller=shop")

    assert answer.status_code == 422
    assert re.search(r'name="since"[^>]*aria-invalid="true"', answer.text)
    assert 'value="shop"' in answer.text


def test_list_goes_on_page_by_page(operator: FlaskClient, records: RecordStore) -> None:
    """Every alert is on one of the pages that lead to each other, with the filter kept."""
    kept = [record_of({"a": "x@example.com"}, caller="shop") for _ in range(60)]
    add(records, kept)
    path = "/console/alerts?caller=shop"
    seen: list[str] = []
    while path:
        page = operator.get(path).text
        seen += re.findall(r'name="alert" value="(\w+):1"', page)
        link = re.search(r'href="([^"]+)" rel="next"', page)
        path = html.unescape(link[1]) if link else ""

    assert sorted(seen) == sorted(record.alert.id for record in kept)


def test_several_alerts_are_resolved_at_once(
    send: Send, operator: FlaskClient, records: RecordStore
) -> None:
    """The ticked alerts are acted on, those that it does not suit are counted, the filter stays."""
    kept = [record_of({"a": "x@example.com"}) for _ in range(3)]
    add(records, kept)
    ids = [record.alert.id for record in kept]
    records.act(ids[0], Action.RESOLVE, who="olena")

    ticked = [f"{ids[0]}:2", f"{ids[1]}:1"]
    answer = send("/console/alerts?caller=shop", action="resolve", alert=ticked)

    assert [records.get(id_).state for id_ in ids] == [State.RESOLVED, State.RESOLVED, State.OPEN]
    assert answer.headers["Location"] == (
        "/console/alerts?caller=shop&done=resolve&count=1&skipped=1"
    )
    assert "Resolved. 1 alert. In another state already: 1." in text_of(
        operator.get(answer.headers["Location"]).text
    )


def test_ticked_alerts_that_changed_are_left(
    send: Send, operator: FlaskClient, records: RecordStore
) -> None:
    """What somebody did since the list was loaded stands, and the operator is told how often."""
    kept = [record_of({"a": "x@example.com"}) for _ in range(2)]
    add(records, kept)
    ids = [record.alert.id for record in kept]
    ticked = re.findall(r'name="alert" value="([^"]+)"', operator.get("/console/alerts").text)
    records.act(ids[0], Action.COMMENT, who="olena", text="mine")

    done = send("/console/alerts", action="resolve", alert=ticked)
    again = send("/console/alerts", action="acknowledge", alert=ticked)

    assert [records.get(id_).state for id_ in ids] == [State.OPEN, State.RESOLVED]
    assert "Resolved. 1 alert. Left, as somebody changed them meanwhile: 1." in text_of(
        operator.get(done.headers["Location"]).text
    )
    assert "Nothing was done. Left, as somebody changed them meanwhile: 2." in text_of(
        operator.get(again.headers["Location"]).text
    )


def test_form_that_names_no_version_is_refused(send: Send, record: Record) -> None:
    """A form that is not of our pages does nothing."""
    answer = send("/console/alerts", action="resolve", alert=[record.alert.id])

    assert answer.status_code == 422


def test_incident_that_changed_is_left(
    send: Send, operator: FlaskClient, record: Record, records: RecordStore
) -> None:
    """Who acts on an incident as it no longer is changes nothing, and keeps the comment."""
    (incident,) = records.incidents(limit=5).incidents
    path = f"/console/incidents/{incident.id}"
    assert 'name="version" value="1"' in operator.get(path).text
    records.act(record.alert.id, Action.ACKNOWLEDGE, who="olena")

    answer = send(path, action="resolve", comment="all mine", version=1)

    assert answer.status_code == 409
    assert "Somebody changed alerts of this incident meanwhile" in answer.text
    assert ">all mine</textarea>" in answer.text
    assert 'name="version" value="2"' in answer.text
    assert records.get(record.alert.id).state is State.ACKNOWLEDGED


def test_incident_is_acted_on_as_a_whole(
    send: Send, operator: FlaskClient, records: RecordStore
) -> None:
    """Alerts that belong together are listed, counted and closed together."""
    add(records, [record_of({"a": "x@example.com"}) for _ in range(3)])
    (incident,) = records.incidents(limit=5).incidents
    path = f"/console/incidents/{incident.id}"

    assert path in operator.get("/console/incidents").text
    assert operator.get(path).text.count('class="state open"') == 3
    assert send(path, action="acknowledge", comment="all of them").status_code == 303

    assert records.incident(incident.id).open == 0
    assert operator.get(path).text.count('class="state acknowledged"') == 3
