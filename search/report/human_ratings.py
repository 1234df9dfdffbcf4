"""Ratings of translations by people: requested in the dashboard, shown in the report.

They are kept in a separate study beside the rated one in the database of the dashboard. A trial of
it waits there for an answer, because the dashboard asks no questions about a finished trial.
"""

import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from xlt.objectives.objective import Configuration
from xlt.search.storage.database import DASHBOARD_DATABASE, open_dashboard_storage
from xlt.search.suggest.distributions import config_distributions
from xlt.spaces.space import Space

# No study has this name: names have no blanks.
_SUFFIX = " (ratings)"
# A question is about all translations of a trial together.
QUESTIONS = {
    "sensible": "Do the translations make sense?",
    "specific": "Do they say what the source says, and not just anything?",
}
ANSWERS = {"no": 0.0, "some do": 0.5, "all do": 1.0}
# The attribute of a rating with the number of the rated trial.
_RATED_TRIAL = "trial"


def request_rating(
    storage: BaseStorage,
    name: str,
    space: Space,
    trial: int,
    config: Configuration,
    examples: Sequence[Mapping[str, str]],
) -> None:
    """Ask people to rate a trial, unless a request for it is already waiting.

    Args:
        storage: The database of the dashboard.
        name: The study.
        space: The study's space.
        trial: Its number.
        config: The configuration of the trial.
        examples: Its translations. If there are none, nothing is requested.
    """
    # It takes a second to import, and the report needs only `ratings`.
    from optuna_dashboard import ChoiceWidget, register_objective_form_widgets, save_note

    study = optuna.create_study(
        study_name=f"{name}{_SUFFIX}",
        storage=storage,
        directions=["maximize"] * len(QUESTIONS),
        load_if_exists=True,
    )
    waiting = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    if not examples or any(request.user_attrs.get(_RATED_TRIAL) == trial for request in waiting):
        return
    with warnings.catch_warnings(category=ExperimentalWarning, action="ignore"):
        study.set_metric_names(list(QUESTIONS))
    choices, values = list(ANSWERS), list(ANSWERS.values())
    register_objective_form_widgets(
        study, [ChoiceWidget(choices, values, description=text) for text in QUESTIONS.values()]
    )
    searched = {n: d for n, d in config_distributions(space).items() if n in config}
    study.enqueue_trial({parameter: config[parameter] for parameter in searched})
    request = study.ask(searched)
    request.set_user_attr(_RATED_TRIAL, trial)
    save_note(request, _note(name, trial, examples))


def _note(name: str, trial: int, examples: Sequence[Mapping[str, str]]) -> str:
    columns = {"source": "source", "reference": "expected", "hypothesis": "translation"}
    rows = [
        [example[column].replace("|", "\\|").replace("\n", " ") for column in columns]
        for example in examples
    ]
    lines = [f"| {' | '.join(cells)} |" for cells in (columns.values(), ["---"] * 3, *rows)]
    return "\n".join(
        [
            f"Translations of **trial {trial} of {name}**. Please read them and answer below.",
            "",
            *lines,
        ]
    )


def delete_ratings(storage: BaseStorage, name: str) -> None:
    """Delete the ratings of a study, if there are any."""
    if f"{name}{_SUFFIX}" in optuna.get_all_study_names(storage):
        optuna.delete_study(study_name=f"{name}{_SUFFIX}", storage=storage)


def ratings(runs: Path, name: str) -> dict[int, list[Sequence[float]]]:
    """Read the ratings of a study in a folder of runs.

    Returns:
        By the number of the rated trial: its answers. An answer has a value from 0 to 1 for each of
        `QUESTIONS`.
    """
    if not (runs / DASHBOARD_DATABASE).exists():
        return {}
    storage = open_dashboard_storage(runs)
    if f"{name}{_SUFFIX}" not in optuna.get_all_study_names(storage):
        return {}
    study = optuna.load_study(study_name=f"{name}{_SUFFIX}", storage=storage)
    answers = defaultdict(list)
    for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        if _RATED_TRIAL in trial.user_attrs:
            answers[trial.user_attrs[_RATED_TRIAL]].append(trial.values)
    return dict(answers)
