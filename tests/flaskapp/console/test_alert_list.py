"""The lists of alerts and incidents, and what is done with several at once."""

import html
import re

from flask.testing import FlaskClient

from alerting.records.record import Action, State
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
        seen += re.findall(r'name="alert" value="(\w+)"', page)
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

    answer = send("/console/alerts?caller=shop", action="resolve", alert=ids[:2])

    assert [records.get(id_).state for id_ in ids] == [State.RESOLVED, State.RESOLVED, State.OPEN]
    assert answer.headers["Location"] == (
        "/console/alerts?caller=shop&done=resolve&count=1&skipped=1"
    )
    assert "Resolved. 1 alert. In another state already: 1." in text_of(
        operator.get(answer.headers["Location"]).text
    )


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
