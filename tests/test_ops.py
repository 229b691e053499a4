"""The dashboard, the alert rules and the scrape example: they parse, and name no metric, label or state that is not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from worker.tasks import Kit
from worker.web import make_app
from worker.web.metrics import HELP, PREFIX

ROOT = Path(__file__).resolve().parents[1]
OPS = ROOT / "ops"
RULES = [rule for group in yaml.safe_load((OPS / "alerts.yml").read_text("utf-8"))["groups"] for rule in group["rules"]]
DASHBOARD: dict[str, Any] = json.loads((OPS / "grafana.json").read_text("utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

_SELECTOR = re.compile(r"(watercooler_\w+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
_TOKEN = re.compile(
    r"\s+|\"[^\"]*\"|[0-9.]+(?:e[0-9]+)?|\[[0-9]+[smhdw]\]|=~|!~|!=|==|>=|<=|[-+*/><=(){},]|[A-Za-z_:][\w:]*"
)
_FUNCTIONS = {"sum", "max", "min", "count", "delta", "deriv", "clamp_min", "max_over_time", "predict_linear"}
_WORDS = {"by", "on", "and", "or", "unless", "up"}


def expressions() -> list[str]:
    """Every expression of the alert rules and of the dashboard."""
    panels = [target["expr"] for panel in PANELS for target in panel["targets"]]
    return [rule["expr"] for rule in RULES] + [one.replace("$job", "watercooler") for one in panels]


@pytest.fixture
def labels(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, set[str]]]:
    """The labels of each metric with their values, as a new installation gives them; those of a broker beside."""
    monkeypatch.setattr(kit.settings, "metrics", "open")
    found: dict[str, dict[str, set[str]]] = {PREFIX + name: {} for name in HELP}
    for family in text_string_to_metric_families(TestClient(make_app(kit)).get("/metrics").text):
        for sample in family.samples:
            for label, value in sample.labels.items():
                found[family.name].setdefault(label, set()).add(value)
    found["watercooler_queue_messages"] = {"queue": {"crawl", "ingest", "mail"}}
    found["watercooler_set_aside"] = {"reason": {"ingest-failed"}}
    found["watercooler_source_ill"] = {"source": set(), "state": set()}
    return found


def test_every_metric_label_and_state_that_is_asked_for_is_there(labels: dict[str, dict[str, set[str]]]) -> None:
    for expression in expressions():
        for name, matchers in _SELECTOR.findall(expression):
            assert name in labels, expression
            for label, operator, value in _MATCHER.findall(matchers):
                if label == "job":
                    continue
                assert label in labels[name], expression
                wanted = set(value.split("|")) if "~" in operator else {value}
                known = labels[name][label] | {"scaled"}  # the mode that this test is not in
                assert wanted <= known, f"{expression}: {wanted - known}"


def test_labels_that_texts_and_groups_name_are_there(labels: dict[str, dict[str, set[str]]]) -> None:
    known = {label for of in labels.values() for label in of} | {"job", "instance"}
    for expression in expressions():
        for group in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression):
            assert {one.strip() for one in group.split(",")} <= known, expression
    legends = [target["legendFormat"] for panel in PANELS for target in panel["targets"]]
    texts = legends + [text for rule in RULES for text in rule["annotations"].values()]
    assert {one for text in texts for one in re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", text)} <= known


def test_expressions_are_promql() -> None:
    for expression in expressions():
        position = 0
        while position < len(expression):
            match = _TOKEN.match(expression, position)
            assert match, expression[position:]
            position = match.end()
        bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|on) \([^)]*\)', "", expression)
        names = set(re.findall(r"[a-z_]\w*", re.sub(r"watercooler_\w+|\b[0-9.]+e[0-9]+", "", bare)))
        assert names <= _FUNCTIONS | _WORDS, expression
        assert bare.count("(") == bare.count(")"), expression


@pytest.mark.skipif(find_spec("promql_parser") is None, reason="the parser is not installed")
def test_expressions_parse() -> None:
    import promql_parser  # where it is at hand it knows the whole grammar

    for expression in expressions():
        promql_parser.parse(expression)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_no_fault() -> None:
    subprocess.run(["promtool", "check", "rules", OPS / "alerts.yml"], check=True)


def test_every_alert_says_what_it_is_and_what_to_do() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names) > 15
    for rule in RULES:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "description", "action"}
        assert rule["annotations"]["action"].endswith(f"docs/operating.md#{rule['alert'].lower()}")


def test_the_guide_has_a_chapter_for_every_alert() -> None:
    guide = ROOT / "docs" / "operating.md"
    if not guide.is_file():
        pytest.skip("the guide is not written yet")
    headings = set(re.findall(r"^#+ (\w+)\s*$", guide.read_text("utf-8"), re.M))
    assert {rule["alert"] for rule in RULES} <= headings


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {name for panel in PANELS for target in panel["targets"] for name, _ in _SELECTOR.findall(target["expr"])}
    assert {PREFIX + name for name in HELP} - shown == set()


def test_the_dashboard_can_be_imported_as_it_is() -> None:
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert {panel["datasource"]["uid"] for panel in PANELS} == {"${datasource}"}
    assert "__inputs" not in DASHBOARD
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)
    assert all(panel["fieldConfig"]["defaults"].get("unit") for panel in PANELS if panel["type"] != "table")
    places = [cell for panel in DASHBOARD["panels"] for cell in cells(panel["gridPos"])]
    assert len(set(places)) == len(places), "panels lie on each other"


def cells(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            assert x < 24
            yield x, y


def test_the_scrape_example_asks_for_what_there_is() -> None:
    example = yaml.safe_load((OPS / "prometheus.yml").read_text("utf-8"))
    (job,) = example["scrape_configs"]
    assert (job["metrics_path"], job["job_name"]) == ("/metrics", "watercooler")
    assert job["authorization"]["type"] == "Bearer"
    assert all((OPS / name).is_file() for name in example["rule_files"])
