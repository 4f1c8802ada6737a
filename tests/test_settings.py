"""What the environment says, and what it can't say."""

import pytest

from vsearch.errors import SettingsError
from vsearch.settings import Settings, UrlPolicy


@pytest.mark.parametrize("policy", list(UrlPolicy))
def test_a_choice(policy):
    assert Settings.from_environment({"VSEARCH_URLS": policy.value}).urls is policy


def test_a_choice_that_is_none():
    with pytest.raises(SettingsError, match='VSEARCH_URLS: "all" is none of any, public, none'):
        Settings.from_environment({"VSEARCH_URLS": "all"})


def test_what_is_not_set_keeps_its_default():
    assert Settings.from_environment({}) == Settings()
