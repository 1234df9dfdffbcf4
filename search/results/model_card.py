"""`final/README.md`: what the model is, how it is used, what it scores and how to get it again.

In the form of a Hugging Face model card.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from xlt.objectives.folders import write_hashes
from xlt.search.evidence.seed_statistics import format_mean_std
from xlt.search.results.export import Export, Scores, languages_text, write_file
from xlt.spaces.catalogue import TASKS

CARD_FILE = "README.md"


def write_card(export: Export, folder: Path) -> None:
    """Write the card of the model in `folder`, for the export that describes it.

    Raises:
        InputError: it cannot be written.
    """
    write_file("\n".join(_lines(export, folder)), folder / CARD_FILE)
    write_hashes(folder, CARD_FILE)


def _lines(export: Export, folder: Path) -> Iterator[str]:
    header, usage = USAGE[export.task]
    yield from ("---", "library_name: transformers", *header, "tags:", "- xlt-search", "---", "")
    yield f"# {export.study_name}, trial {export.trial}"
    yield ""
    if export.data.synthetic:
        yield "**Trained on synthetic data: its scores say nothing about real data.**"
        yield ""
    for notice in export.data.notices:
        yield f"- Notice: {notice}"
    yield "\n## How to use it\n"
    yield from usage(folder)
    yield "\n## Scores\n"
    yield from _scores(export)
    yield "\n## Configuration\n"
    yield "| hyperparameter | value |\n| --- | --- |"
    for name, value in export.configuration.items():
        yield f"| {name} | {value} |"
    yield "\n## Data\n"
    yield f"{export.data.description} (fingerprint {export.data.fingerprint[:12]})"
    yield "\n## How to get it again\n"
    yield "`best.toml`, beside this folder, has everything that is needed:\n"
    yield "    xlt-search reproduce best.toml\n"
    yield f"It was trained on {export.made.device}, with seed {export.seed}."


def _scores(export: Export) -> Iterator[str]:
    rows: list[tuple[str, Scores]] = []
    if export.validation:
        rows.append(("validation", export.validation[-1]))
    if export.test:
        rows.append(("test", export.test))
    yield "| split | measure | score | step |\n| --- | --- | --- | --- |"
    for split, found in rows:
        measure = found.measure or TASKS[export.task].measure
        yield f"| {split} | {measure} | {found.score:.2f} | {found.step:,} |"
    yield ""
    if export.test and (text := languages_text(export.task, export.study, export.test.metrics)):
        yield f"The test score is the {text}.\n"
    record = export.confirmation
    if record and record.confirmed:
        scores = format_mean_std(record.candidate(record.winner).scores(record.seeds))
        yield f"Confirmed: {record.measure} {scores} on {record.seeds_text}, on validation."
        yield from (f"\n{each}." for each in record.comparisons)
    else:
        yield "Not confirmed: the best of many scores on one seed is usually too high. Expect less."


def _translation(_: Path) -> Iterator[str]:
    yield """\
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
words of the training text. Upper and lower case are as in the training text. The model takes 64 tokens at
most: `truncation=True` cuts a longer source. An output has 64 at most, too."""


def _ner(folder: Path) -> Iterator[str]:
    if not (folder / "adapter").is_dir():
        yield """\
Run this in this folder:

```python
from transformers import pipeline

tagger = pipeline("token-classification", ".", aggregation_strategy="first")
print(tagger("Angela Merkel wohnt in Berlin ."))
```"""
    else:
        yield """\
This classifier was trained with a prefix or prompt, and finds nothing without it. Run this in this
folder:

```python
from peft import PeftModel
from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline

model = AutoModelForTokenClassification.from_pretrained(".")
model = PeftModel.from_pretrained(model, "adapter")
tokenizer = AutoTokenizer.from_pretrained(".")
tagger = pipeline("token-classification", model, tokenizer=tokenizer, aggregation_strategy="first")
print(tagger("Angela Merkel wohnt in Berlin ."))
```"""
    yield """
It was trained on text whose words and punctuation are separated by blanks. `id2label` in `config.json`
has the types of its entities."""


# By task: the header's lines, and what to type.
USAGE: Mapping[str, tuple[tuple[str, ...], Callable[[Path], Iterator[str]]]] = {
    "translation": (("pipeline_tag: translation", "language:", "- de", "- en"), _translation),
    "ner": (("pipeline_tag: token-classification",), _ner),
}
