"""An export as Python code for a notebook that trains with `transformers`."""

from xlt.objectives.tasks import TASKS
from xlt.search.results.export import Export, Scores, languages_text


def as_notebook(export: Export) -> str:
    """The export's scores as comments, then its configuration as Python code."""
    lines = [f"# xlt-search, study {export.study_name}, trial {export.trial}"]
    if export.validation:
        validation = _scores(export, export.validation[-1])
        lines.append(f"# Validation: {validation}, seed {export.seed}.")
    if export.test:
        lines.append(f"# Test set: {_scores(export, export.test)}.")
    proof = export.proof
    if proof and proof.has_proof_runs:
        lines.append(f"# On validation: {proof.metric} {proof.seeds_text}.")
        lines += [f"# {test}." for test in proof.comparisons if test.against == "baseline"]
    else:
        lines.append(
            "# Not proven: the best of many scores on one seed is usually too high. Expect a slightly lower score."
        )
    if export.test and (text := languages_text(export.task, export.study, export.test.metrics)):
        lines.append(f"# The test score is the {text}.")
    lines += [f"# Notice: {notice}" for notice in export.data.notices]
    if export.data.synthetic:
        lines.append("# Tuned on synthetic data: this score says nothing about real data.")
    settings = export.study.get("settings", {})
    code = TASKS[export.task].notebook(export.configuration, settings, export.seed)
    return "\n".join([*lines, *code])


def _scores(export: Export, scores: Scores) -> str:
    measure = scores.metric or TASKS[export.task].metric
    return f"{measure} {scores.score:.2f} at step {scores.step:,}"
