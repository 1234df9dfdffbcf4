"""`final/README.md`: the Hugging Face model card of a study's final model."""

from collections.abc import Iterator
from pathlib import Path

from xlt.objectives.folders import write_hashes
from xlt.objectives.tasks import TASKS
from xlt.search.results.export import Export, Scores, languages_text, write_file

CARD_FILE = "README.md"


def write_card(export: Export, folder: Path) -> None:
    """Write the card of the model in `folder`, and add it to the folder's hashes.

    Args:
        export: The export that describes the model.
        folder: The model's folder.

    Raises:
        InputError: The card cannot be written.
    """
    write_file("\n".join(_lines(export, folder)), folder / CARD_FILE)
    write_hashes(folder, CARD_FILE)


def _lines(export: Export, folder: Path) -> Iterator[str]:
    task = TASKS[export.task]
    yield from (
        "---",
        "library_name: transformers",
        *task.card_header,
        "tags:",
        "- xlt-search",
        "---",
        "",
    )
    yield f"# {export.study_name}, trial {export.trial}"
    yield ""
    if export.data.synthetic:
        yield "**Trained on synthetic data: its scores say nothing about real data.**"
        yield ""
    for notice in export.data.notices:
        yield f"- Notice: {notice}"
    yield "\n## How to use it\n"
    yield task.usage(folder)
    yield "\n## Scores\n"
    yield from _scores(export)
    yield "\n## Configuration\n"
    yield "| hyperparameter | value |\n| --- | --- |"
    for name, value in export.configuration.items():
        yield f"| {name} | {value} |"
    yield "\n## Data\n"
    yield f"{export.data.description} (fingerprint {export.data.fingerprint[:12]})"
    yield "\n## How to reproduce it\n"
    yield "`best.toml`, next to this folder, has the configuration, the seed and all scores."
    if export.task.endswith(".py"):
        yield f"`{export.task}` and the data that it reads are needed as well."
    yield ""
    yield "    xlt-search reproduce best.toml\n"
    precision = f" in {export.made.precision}" if export.made.precision else ""
    yield f"It was trained on {export.made.device}{precision}, with seed {export.seed}."


def _scores(export: Export) -> Iterator[str]:
    rows: list[tuple[str, Scores]] = []
    if export.validation:
        rows.append(("validation", export.validation[-1]))
    if export.test:
        rows.append(("test", export.test))
    yield "| split | metric | score | step |\n| --- | --- | --- | --- |"
    for split, scores in rows:
        measure = scores.metric or TASKS[export.task].metric
        yield f"| {split} | {measure} | {scores.score:.2f} | {scores.step:,} |"
    yield ""
    if export.test and (text := languages_text(export.task, export.study, export.test.metrics)):
        yield f"The test score is the {text}.\n"
    proof = export.proof
    if proof and proof.has_proof_runs:
        yield f"{proof.metric} {proof.seeds_text}, on validation."
        yield from (f"\n{comparison}." for comparison in proof.comparisons)
    else:
        yield "Not proven: the best of many scores on one seed is usually too high. Expect a slightly lower score."
