"""The trials of one study: how they are written, resumed, ended and ranked.

Several trials can have the same configuration. A configuration counts once, and a trial that was
abandoned does not count.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from xlt.objectives.objective import Configuration, Evaluation
from xlt.search.storage.keys import (
    CONFIGURATION,
    DIVERGED,
    END_REASON,
    EVALUATIONS,
    EXAMPLES,
    FAILED,
    RESUMED_FROM,
    SECONDS_PREFIX,
    TOKENS_PER_SECOND,
    TRIAL_SYSTEM_ATTRS,
)

# States of trials whose result counts.
RESULT_STATES = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True)
class RankedConfig:
    """A configuration with its scores on validation.

    Attributes:
        trial: Its number for people: see `Store.config_number`.
        configuration: The values of all parameters.
        complete: Whether it was trained to the last rung.
        step: The last rung at which it was scored.
        score: The score at that rung.
        evaluations: For each rung the step, metric, score and metrics.
    """

    trial: int
    configuration: Configuration
    complete: bool
    step: int
    score: float
    evaluations: tuple[Mapping[str, Any], ...]


class Store:
    """Reads and writes the trials of one study.

    The process that uses it must be the only one that writes to the study.
    """

    def __init__(self, study: optuna.Study, storage: BaseStorage) -> None:
        self.study, self.storage = study, storage
        self._study_id = storage.get_study_id_from_name(study.study_name)
        self._cached_index: _TrialIndex | None = None
        self._trial_ids: dict[int, int] = {}  # ids in the database, by trial number

    @property
    def attributes(self) -> dict[str, Any]:
        """The user attributes of the study."""
        return self.study.user_attrs

    def set_trial_attributes(self, number: int, attributes: Mapping[str, Any]) -> None:
        """Set attributes (plain JSON) of an unfinished trial."""
        trial_id = self._trial_id(number)
        for name, value in attributes.items():
            if name in TRIAL_SYSTEM_ATTRS:
                self.storage.set_trial_system_attr(trial_id, name, value)
            else:
                self.storage.set_trial_user_attr(trial_id, name, value)

    def create_trial(
        self,
        params: dict[str, Any],
        distributions: dict[str, BaseDistribution],
        attributes: dict[str, Any],
        values: dict[int, float] | None = None,
    ) -> int:
        """Create a RUNNING trial in one write.

        Args:
            params: The parameters, as Optuna has them.
            distributions: Their distributions.
            attributes: Plain JSON.
            values: The scores so far, by step.

        Returns:
            The number of the trial.
        """
        trial = optuna.trial.create_trial(
            state=TrialState.RUNNING,
            params=params,
            distributions=distributions,
            user_attrs={k: v for k, v in attributes.items() if k not in TRIAL_SYSTEM_ATTRS},
            system_attrs={k: v for k, v in attributes.items() if k in TRIAL_SYSTEM_ATTRS},
            intermediate_values=values,
        )
        trial_id = self.storage.create_new_trial(self._study_id, trial)
        number = self.storage.get_trial_number_from_id(trial_id)
        self._trial_ids[number] = trial_id
        self.note_created(number, resumed=RESUMED_FROM in attributes)
        return number

    def resume_trial(self, paused: FrozenTrial, attributes: Mapping[str, Any]) -> int:
        """Create a RUNNING trial that continues a paused one, with its scores; returns its number."""
        linked = {
            CONFIGURATION: paused.user_attrs[CONFIGURATION],
            EVALUATIONS: paused.system_attrs[EVALUATIONS],
            RESUMED_FROM: paused.number,
        }
        return self.create_trial(
            paused.params,
            paused.distributions,
            {**attributes, **linked},
            paused.intermediate_values,
        )

    def report(self, number: int, step: int, value: float) -> None:
        """Report the score of a running trial at a step."""
        self.storage.set_trial_intermediate_value(self._trial_id(number), step, value)

    def should_prune(self, number: int) -> bool:
        """Whether the pruner of the study would stop a running trial."""
        return self.study.pruner.prune(self.study, self.trial(number))

    def tell(self, number: int, state: TrialState, reason: str, value: float | None = None) -> None:
        """Finish a trial. People read `reason`; `Proposer` also recognises its `NO_TIME` by it."""
        self.set_trial_attributes(number, {END_REASON: reason})
        self._index.add(self.study.tell(number, value, state=state))

    def trial(self, number: int) -> FrozenTrial:
        """A trial of the study in its current state."""
        return self.storage.get_trial(self._trial_id(number))

    def _trial_id(self, number: int) -> int:
        if number not in self._trial_ids:
            trial_id = self.storage.get_trial_id_from_study_id_trial_number(self._study_id, number)
            self._trial_ids[number] = trial_id
        return self._trial_ids[number]

    def config_number(self, config: Configuration) -> int:
        """The number of a configuration, in the order in which their trainings began, from 0.

        This is the number of the trial that people see: a configuration that was resumed has
        several trials in the study, but one number.
        """
        return self._index.number(config)

    def results_by_config(self) -> dict[str, FrozenTrial]:
        """The trial with the result of each configuration, by `config_key`.

        This is its first trial, or the last one that resumed it. Running, repeated and abandoned
        trials do not count.
        """
        return self._index.latest

    def ask_count(self) -> int:
        """The number of trials that resume no other one, without those that failed without a result."""
        return self._index.created - self._index.without_result - self._index.resumed

    def ranking(self) -> list[RankedConfig]:
        """All scored configurations, best first: by completeness, last rung, then score."""
        return sorted(self._index.ranked(), key=_rank_key, reverse=True)

    def best(self) -> RankedConfig | None:
        """The first of `ranking`."""
        return max(self._index.ranked(), key=_rank_key, default=None)

    def note_created(self, number: int, *, resumed: bool = False) -> None:
        """Count a new trial. `create_trial` calls it; callers of `study.ask` must."""
        self._index.created = max(self._index.created, number + 1)
        self._index.resumed += resumed

    @property
    def _index(self) -> "_TrialIndex":
        if self._cached_index is None:
            trials = self.study.get_trials(deepcopy=False)
            self._cached_index = _TrialIndex(len(trials))
            for trial in trials:
                self._cached_index.resumed += RESUMED_FROM in trial.user_attrs
                self._cached_index.add(trial)
        return self._cached_index

    def abandon(self, number: int, reason: str) -> None:
        """Fail a running trial and enqueue its configuration again.

        The order matters: after a kill in between, a configuration is tried twice but not lost.
        """
        trial = self.trial(number)
        if trial.state.is_finished() and not finished_elsewhere(trial):
            return  # `tell` finished it before an error occurred
        if RESUMED_FROM in trial.user_attrs:
            pass  # the trial that it continues can be resumed again
        elif CONFIGURATION in trial.user_attrs:
            self.study.enqueue_trial(trial.params)
        elif "fixed_params" in trial.system_attrs:  # enqueued, and not started yet
            self.study.enqueue_trial(trial.system_attrs["fixed_params"])
        with suppress(UpdateFinishedTrialError):  # another program has finished it
            self.set_trial_attributes(number, {END_REASON: reason})
            self.study.tell(number, state=TrialState.FAIL)
        self._cached_index = None

    def recover(self) -> int:
        """Abandon the trials that a dead process left RUNNING.

        Only the process that holds the lock of the study may call this.

        Returns:
            How many trials were abandoned.
        """
        orphans = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        for trial in orphans:
            self.abandon(trial.number, "its process died")
        return len(orphans)


@dataclass
class _TrialIndex:
    """Counts and results of all trials, updated trial by trial, because reading all again is slow."""

    created: int
    without_result: int = 0
    resumed: int = 0
    latest: dict[str, FrozenTrial] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)  # of configurations, by `config_key`

    def number(self, config: Configuration) -> int:
        """The number of a configuration; a new one gets the next number."""
        return self.numbers.setdefault(config_key(config), len(self.numbers))

    def ranked(self) -> Iterator[RankedConfig]:
        """All scored configurations."""
        return filter(None, map(self._ranked_config, self.latest.values()))

    def add(self, trial: FrozenTrial) -> None:
        """Add a trial. An unfinished one only gives its configuration a number."""
        resumed = RESUMED_FROM in trial.user_attrs
        config = trial.user_attrs.get(CONFIGURATION)
        if config is not None:
            self.number(config)
        if trial.state in RESULT_STATES or FAILED in trial.user_attrs:
            if config is None:  # another program added it
                return
            if finished_elsewhere(trial):
                self.without_result += not resumed
                return
            key = config_key(config)
            if key in self.latest and not resumed:
                return
            self.latest[key] = trial
        elif trial.state == TrialState.FAIL and not resumed:
            self.without_result += 1

    def _ranked_config(self, trial: FrozenTrial) -> RankedConfig | None:
        """None if the trial has no score that says how good the configuration is."""
        if not trial.intermediate_values or {DIVERGED, FAILED} & trial.user_attrs.keys():
            return None
        step, config = max(trial.intermediate_values), trial.user_attrs[CONFIGURATION]
        return RankedConfig(
            trial=self.number(config),
            configuration=config,
            complete=trial.state == TrialState.COMPLETE,
            step=step,
            score=trial.intermediate_values[step],
            evaluations=tuple(trial.system_attrs[EVALUATIONS]),
        )


def finished_elsewhere(trial: FrozenTrial) -> bool:
    """Whether another program has finished a trial of ours. Its value is not our score then."""
    attributes = trial.user_attrs
    ours = CONFIGURATION in attributes and END_REASON not in attributes
    return ours and trial.state.is_finished()


def _rank_key(row: RankedConfig) -> tuple[bool, int, float]:
    return row.complete, row.step, row.score


def config_key(config: Configuration, names: Sequence[str] | None = None) -> str:
    """A text that is equal for equal configurations, or for equal values of `names` if there are any."""
    return json.dumps({name: config[name] for name in names or config}, sort_keys=True)


def evaluation_attributes(evaluations: list[Evaluation]) -> dict[str, Any]:
    """The attributes of a trial with these evaluations, in the order of their steps."""
    latest = evaluations[-1]
    training = sum(latest.seconds.get(stage, 0.0) for stage in latest.tokens)
    return {
        **latest.metrics,
        **latest.notes,
        **{f"{SECONDS_PREFIX}{part}": round(spent, 3) for part, spent in latest.seconds.items()},
        **({TOKENS_PER_SECOND: sum(latest.tokens.values()) / training} if training else {}),
        EXAMPLES: {
            str(evaluation.step): [asdict(example) for example in evaluation.examples]
            for evaluation in evaluations
            if evaluation.examples
        },
        EVALUATIONS: [evaluation_record(evaluation) for evaluation in evaluations],
    }


def seconds_by_part(trial: FrozenTrial) -> dict[str, float]:
    """Seconds that the training and evaluation of a trial have taken from step 0 on, by part."""
    return {
        name.removeprefix(SECONDS_PREFIX): seconds
        for name, seconds in trial.user_attrs.items()
        if name.startswith(SECONDS_PREFIX)
    }


def evaluation_record(evaluation: Evaluation) -> dict[str, Any]:
    """The step and scores of an evaluation as plain JSON, as trials and `best.toml` have them."""
    return {
        "step": evaluation.step,
        "metric": evaluation.metric,
        "score": evaluation.score,
        "metrics": dict(evaluation.metrics),
    }
