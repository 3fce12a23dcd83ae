"""One Chromium for all tests here, so that JupyterLab is fetched and compiled once."""

import pytest

from tests.browser import lab


@pytest.fixture(scope="package")
def chromium():
    with lab.chromium() as context:
        yield context
