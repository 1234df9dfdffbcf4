"""The translation tasks: the league, a contest's protocol, and the same scaled down."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from xlt.objectives.cost_profile import CostProfile, Speed
from xlt.objectives.notebook_code import dictionary
from xlt.objectives.objective import Configuration, Objective
from xlt.objectives.task import Settings, TaskSpec
from xlt.objectives.translation import work
from xlt.spaces.league import (
    GROUPS,
    LEAGUE,
    PROTOCOL,
    QUICK,
    QUICK_PROTOCOL,
    LeagueProtocol,
)
from xlt.spaces.space import Space

_USAGE = """\
Run this in this folder:

```python
from transformers import AutoTokenizer, BartForConditionalGeneration

tokenizer = AutoTokenizer.from_pretrained(".")
model = BartForConditionalGeneration.from_pretrained(".")
batch = tokenizer(["Ein Mann sitzt auf einer Bank."], truncation=True, return_tensors="pt")
output = model.generate(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])
print(tokenizer.batch_decode(output, skip_special_tokens=True)[0])
```

**The text comes in pieces of words, separated by blanks**, such as `A man sit ting on a ben ch .` The
contest's tokenizer does not mark where words begin, so nothing can put the pieces together for certain.
The contest scores this very text, after it has dropped the blanks before punctuation and contractions
(`league_bleu`). `sacrebleu` and `chrf` are of whole words, which xlt-search puts together by the
words of the training text. Upper and lower case are as in the training text. The model takes {max_tokens} tokens at
most: `truncation=True` cuts a longer source. An output has {decode_tokens} at most."""


def _make_objective(
    protocol: LeagueProtocol,
    source: str,
    cache: Path,
    device: str,
    precision: str,
    settings: Settings,
) -> Objective:
    # Importing PyTorch takes seconds, which commands that only list studies need not wait for.
    from xlt.objectives.translation.league import League

    return League(source, cache, device, protocol, precision)


def _notebook(config: Configuration, settings: Settings, seed: int) -> Iterator[str]:
    """The contest's two groups of parameters as dictionaries."""
    for group, names in GROUPS.items():
        yield from dictionary(group, {name: config[name] for name in names})


def _task(name: str, space: Space, protocol: LeagueProtocol, score_note: str = "") -> TaskSpec:
    """The task that trains and scores by `protocol`."""
    usage = _USAGE.format(max_tokens=protocol.max_tokens, decode_tokens=protocol.decode_tokens)
    return TaskSpec(
        name=name,
        space=space,
        protocol=protocol,
        metric="BLEU",
        steps=lambda settings: protocol.steps,
        make_objective=partial(_make_objective, protocol),
        # The default model on one core, and a GPU that mostly waits. Larger models use both better:
        # measured from `d_model` 128 to 512.
        cost=CostProfile(
            run_units=partial(work.units_of_run, protocol=protocol),
            test_units=partial(work.units_of_test, protocol=protocol),
            speed={
                "cpu": Speed(2e-11, power=-0.25),
                "cpu bfloat16": Speed(1.7e-11, power=-0.42),
                "cuda": Speed(3e-13, power=-0.25),
            },
            size=6.3e9,
            scale=lambda settings: 1.0,
        ),
        card_header=("pipeline_tag: translation", "language:", "- de", "- en"),
        usage=lambda folder: usage,
        notebook=_notebook,
        shared_params={"A": GROUPS["MODEL_HP"]},
        curve_note="Decoding is greedy at rungs inside a stage. At the end of a stage it uses four "
        "beams, which gives a higher BLEU.",
        score_note=score_note,
    )


TRANSLATION_TASK = _task("translation", LEAGUE, PROTOCOL)
QUICK_TRANSLATION_TASK = _task(
    "translation-quick", QUICK, QUICK_PROTOCOL, "quick league, not the contest's"
)
