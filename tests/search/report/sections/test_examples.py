"""Sentences that models wrote are shown, with their entities marked."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from xlt.search.report.facts import Facts
from xlt.search.report.sections.examples import final_samples, spans, validation_samples


def test_outputs_of_the_final_model_are_shown(facts: Facts) -> None:
    (section,) = final_samples(facts)
    assert section.title.startswith("0 of 1 ")
    assert "step 1,100" in section.note
    (sample,) = section.samples
    lines = [(label, "".join(span.text for span in line)) for label, line in sample.lines]
    assert lines == [("source", "zwei"), ("expected", "two"), ("final", "too")]


def test_configurations_are_compared_at_one_step(facts: Facts) -> None:
    """A step that few have reached is not used while four can be compared at an earlier one."""
    text = {"source": "zwei", "reference": "two"}
    assert facts.winner
    last = max(config.scores[-1].step for config in facts.configs)
    configs = []
    for index, config in enumerate(facts.ranked):
        steps = [40, last] if index < 2 else [40]
        outputs = {step: [{**text, "hypothesis": f"{index} at {step}"}] for step in steps}
        configs.append(replace(config, examples_by_step=outputs))
    winner = next(config for config in configs if config.trial == facts.winner.trial)
    (section,) = validation_samples(replace(facts, configs=configs, winner=winner, baseline=None))
    lines = {name: "".join(s.text for s in line) for name, line in section.samples[0].lines}
    assert len(lines) == 7
    assert all(line.endswith("at 40") for line in list(lines.values())[2:])
    assert "step 40" in section.note
    assert "winner" in lines


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_characters="[]"), max_size=8),
            st.text(st.characters(categories=["L"]), min_size=1, max_size=8),
            st.sampled_from(["PER", "LOC", "ORG"]),
            st.booleans(),
        )
    )
)
def test_a_sentence_is_split_at_its_entities(parts: list[tuple[str, str, str, bool]]) -> None:
    """All text is kept, and each entity has its type and whether it is wrong."""
    text = "".join(
        f"{before}[{'*' * wrong}{entity} {kind}]" for before, entity, kind, wrong in parts
    )
    result = spans(text)
    assert "".join(span.text for span in result) == "".join(b + e for b, e, _, _ in parts)
    marked = [(span.text, span.entity_type, span.wrong) for span in result if span.entity_type]
    assert marked == [(entity, kind, wrong) for _, entity, kind, wrong in parts]
