"""compose.yaml, what it mounts, and what it sets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from tests.deploy.image import ROOT, image
from vsearch.service_settings import ServiceSettings
from vsearch.settings import Settings

DEPLOY = ROOT / "deploy"
TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]

KNOWN = {f"VSEARCH_{name.upper()}" for name in Settings.__dataclass_fields__} | {
    f"VSEARCH_SERVE_{name.upper()}" for name in ServiceSettings.__dataclass_fields__
}


def test_it_is_a_compose_file() -> None:
    PyCompose.from_yaml(TEXT).validate()


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_mounts_is_there(name: str) -> None:
    for mount in SERVICES[name].get("volumes", ()):
        source = mount.split(":")[0]
        if source.startswith("."):
            assert (ROOT / source).is_dir()
        else:
            assert source in COMPOSE["volumes"]


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_is_there_and_tells_its_health(name: str) -> None:
    waited = SERVICES[name].get("depends_on", ())
    for other in waited:
        assert other in SERVICES
        if isinstance(waited, dict) and waited[other]["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]


@pytest.mark.parametrize("name", SERVICES)
def test_only_this_machine_reaches_it(name: str) -> None:
    for port in SERVICES[name].get("ports", ()):
        assert port.startswith("127.0.0.1:")


def test_everything_that_can_be_set_stands_in_the_example() -> None:
    example = (DEPLOY / "example.env").read_text(encoding="utf-8")
    shown = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert shown == set(re.findall(r"\$\{([A-Z_]+)", TEXT))


@pytest.mark.parametrize(
    "text",
    [TEXT, (DEPLOY / "vsearch.service").read_text(encoding="utf-8"), str(image().environment)],
    ids=["compose", "systemd", "image"],
)
def test_every_variable_is_one_of_ours(text: str) -> None:
    named = set(re.findall(r"VSEARCH_[A-Z_]+", text))
    assert named
    assert named <= KNOWN


def test_prometheus_asks_the_service_with_the_key_that_it_is_given() -> None:
    settings = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    (job,) = settings["scrape_configs"]
    ((target,),) = [one["targets"] for one in job["static_configs"]]
    service, _, port = target.partition(":")
    assert service in SERVICES
    assert port == image().environment["VSEARCH_SERVE_PORT"]
    secret = Path(job["authorization"]["credentials_file"])
    assert secret.parent == Path("/run/secrets")
    assert secret.name in SERVICES["prometheus"]["secrets"]
    assert secret.name in COMPOSE["secrets"]
    for file in settings["rule_files"]:
        assert (DEPLOY / "prometheus" / file).exists()


def test_grafana_finds_its_source_and_its_dashboards() -> None:
    provisioning = DEPLOY / "grafana" / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text())
    (source,) = sources["datasources"]
    host, port = source["url"].removeprefix("http://").split(":")
    assert SERVICES[host]["ports"] == [f"127.0.0.1:{port}:{port}"]
    providers = yaml.safe_load((provisioning / "dashboards" / "vsearch.yaml").read_text())
    (provider,) = providers["providers"]
    mounted = [mount.split(":")[1] for mount in SERVICES["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounted
