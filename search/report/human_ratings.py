"""What people say of translations: asked in the dashboard, told in the report.

Asked in a study of its own, beside the one that is rated. There a trial waits for an answer: those
that were told to the search cannot take one any more.
"""

import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from xlt.objectives.objective import Configuration
from xlt.search.suggest.distributions import distributions
from xlt.spaces.space import Space

# A study's name has no blanks: none is called like this.
_SUFFIX = " (ratings)"
# Asked of a trial's translations together, and answered from bad to good.
QUESTIONS = {
    "sensible": "Do the translations make sense?",
    "specific": "Do they say what the source says, and not just anything?",
}
ANSWERS = {"no": 0.0, "some do": 0.5, "all do": 1.0}
# The attribute of a rating that names the trial it is about.
_ABOUT = "trial"


def put_up(
    storage: BaseStorage,
    name: str,
    space: Space,
    trial: int,
    config: Configuration,
    examples: Sequence[Mapping[str, str]],
) -> None:
    """Ask people about a trial of the study `name`, unless they are being asked already."""
    # Reports read ratings; only the dashboard asks for them, and takes a second to import.
    from optuna_dashboard import ChoiceWidget, register_objective_form_widgets, save_note

    study = optuna.create_study(
        study_name=f"{name}{_SUFFIX}",
        storage=storage,
        directions=["maximize"] * len(QUESTIONS),
        load_if_exists=True,
    )
    waiting = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    if not examples or any(each.user_attrs.get(_ABOUT) == trial for each in waiting):
        return
    with warnings.catch_warnings(category=ExperimentalWarning, action="ignore"):
        study.set_metric_names(list(QUESTIONS))
    widgets: list[Any] = [
        ChoiceWidget(list(ANSWERS), list(ANSWERS.values()), description=question)
        for question in QUESTIONS.values()
    ]
    register_objective_form_widgets(study, widgets)
    study.enqueue_trial(space.to_parameters(config))
    asked = study.ask(distributions(space))
    asked.set_user_attr(_ABOUT, trial)
    save_note(asked, _text(trial, examples))


def _text(trial: int, examples: Sequence[Mapping[str, str]]) -> str:
    rows = [
        f"| {_cell(each['source'])} | {_cell(each['reference'])} | {_cell(each['hypothesis'])} |"
        for each in examples
    ]
    head = "| source | expected | translation |\n| --- | --- | --- |"
    return "\n".join(
        [f"Translations of **trial {trial}**. Please read them, and answer below.", "", head, *rows]
    )


def _cell(text: str) -> str:
    """In a table of Markdown."""
    return text.replace("|", "\\|").replace("\n", " ")


def ratings(storage: BaseStorage, name: str) -> dict[int, list[Sequence[float]]]:
    """Answers to `QUESTIONS`, each from 0 to 1, by the trial that they are about."""
    if f"{name}{_SUFFIX}" not in optuna.get_all_study_names(storage):
        return {}
    study = optuna.load_study(study_name=f"{name}{_SUFFIX}", storage=storage)
    found = defaultdict(list)
    for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        if _ABOUT in trial.user_attrs:
            found[trial.user_attrs[_ABOUT]].append(trial.values)
    return dict(found)
