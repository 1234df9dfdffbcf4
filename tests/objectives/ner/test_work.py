"""The cost of NER runs."""

import pytest
from transfers import STEPS, config

from xlt.objectives.ner import work
from xlt.objectives.ner.transfer import Transfer


def test_cost_of_a_test_depends_on_its_sentences(small: Transfer) -> None:
    """Fifty of each of two languages; in passes of 32 sentences through twelve layers."""
    settings = {**small.settings.model_dump(mode="json"), "sentences": small.data["sentences"]}
    planned = work.units_of_test(config("full"), STEPS, settings)["scoring"]
    assert planned == pytest.approx(2 * 50 / 32)
