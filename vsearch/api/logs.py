"""The service's log: a line for people, or JSON for machines."""

from __future__ import annotations

from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS


def log_configuration(*, as_json: bool) -> dict[str, Any]:
    """For ``logging.config``: everything to stderr, requests included.

    Args:
        as_json: one object a line, with the fields of each record.
    """
    plain = {
        "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        "datefmt": "%Y-%m-%dT%H:%M:%S%z",
    }
    machine = {
        "()": "pythonjsonlogger.json.JsonFormatter",
        "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
        # uvicorn's message once more, with colours for a terminal.
        "reserved_attrs": [*RESERVED_ATTRS, "color_message"],
        "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
    }
    access = {**plain, "format": "%(asctime)s %(request_id)s %(message)s %(ms)s ms %(client)s"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "default": machine if as_json else plain,
            "access": machine if as_json else access,
        },
        "handlers": {
            "default": {"class": "logging.StreamHandler", "formatter": "default"},
            "access": {"class": "logging.StreamHandler", "formatter": "access"},
        },
        "root": {"level": "INFO", "handlers": ["default"]},
        "loggers": {
            "vsearch.access": {"level": "INFO", "handlers": ["access"], "propagate": False},
            # What it says of requests is said above, with their ids.
            "uvicorn.access": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
        },
    }
