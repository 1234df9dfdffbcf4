"""Creates the next trial, of a configuration that is neither tried nor running."""

import json
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from itertools import islice
from typing import Any, TypeAlias

from optuna.trial import FrozenTrial, TrialState

from xlt.objectives.objective import Configuration
from xlt.search.storage.keys import (
    CONFIGURATION,
    DUPLICATE_OF,
    END_REASON,
    RESUMED_FROM,
    TRIAL_SYSTEM_ATTRS,
)
from xlt.search.storage.store import Store, config_key
from xlt.search.suggest.distributions import (
    check_enqueued,
    distributions,
    enqueue_config,
    suggest_config,
    trial_names,
)
from xlt.search.suggest.gp_sampler import AcquisitionContext
from xlt.search.suggest.samplers import (
    NEED_STORED_TRIAL,
    make_sampler,
    random_params,
    sample_params,
)
from xlt.search.suggest.shared_prefix import SharedPrefix
from xlt.spaces.errors import InvalidConfiguration
from xlt.studies.study import Study

# A proposal is drawn at random after this many repeated suggestions in a row, or this many refused
# ones in all.
MAX_REPEATS, MAX_REFUSALS = 10, 5
# How many new random configurations are checked before giving up.
N_RANDOM_CONFIGS = 2000
# The end reason of an enqueued configuration that was unaffordable. A later command, which may have
# more time, recognises it by this text and enqueues it again: the text must not change.
NO_TIME = "no time left for it"
NOT_WORTH = "it promises too little for its time"
# See `Proposer.propose`.
Refusal: TypeAlias = Callable[[Configuration, bool], str | None]


class Defer(Enum):
    """Do other work first: the suggested configuration's prefix is still being trained."""

    DEFER = "later"


class Proposer:
    """Proposes the trials of one study, one at a time."""

    def __init__(
        self,
        study: Study,
        store: Store,
        trial_attributes: Mapping[str, Any],
        cost: Callable[[Configuration], float],
        prefix: SharedPrefix | None = None,
    ) -> None:
        """Create a proposer, and enqueue again what an earlier command had no time for.

        Args:
            study: The study's definition.
            store: Its trials.
            trial_attributes: Attributes of every new trial, in plain JSON.
            cost: The positive cost of a configuration, in any unit. If there is a `prefix`, it must
                depend on the prefix's parameters alone.
            prefix: The prefix that configurations can share, if any.
        """
        self._study, self._store, self._cost = study, store, cost
        self._trial_attributes = trial_attributes
        self._shared_params = None if prefix is None else trial_names(study.space, prefix.params)
        self._shared_until = None if prefix is None else prefix.step
        self._distributions = distributions(study.space)
        self._initial_configs = list(study.initial_configs)
        self._reenqueue_unaffordable()

    def _reenqueue_unaffordable(self) -> None:
        latest = {
            json.dumps(trial.system_attrs["fixed_params"], sort_keys=True): trial
            for trial in self._store.study.get_trials(deepcopy=False)
            if "fixed_params" in trial.system_attrs
        }
        for trial in latest.values():
            if trial.state == TrialState.FAIL and trial.user_attrs.get(END_REASON) == NO_TIME:
                self._store.study.enqueue_trial(trial.system_attrs["fixed_params"])

    def propose(
        self,
        running: set[str],
        refusal: Refusal,
        prefix_pending: Callable[[Configuration], bool],
        *,
        has_other_work: bool,
    ) -> tuple[int, Configuration] | Defer | None:
        """Create a trial of a new configuration. The space must have one that was not tried yet.

        Trials that repeat a configuration get its earlier result, or fail if it is still running.
        The next suggestion is taken.

        Args:
            running: The keys of configurations that are running.
            refusal: Why a configuration may not be tried, `NO_TIME` or `NOT_WORTH`; None if it may.
                Its second argument is whether somebody has enqueued the configuration.
            prefix_pending: Whether a configuration's shared prefix is still being trained. `auto`
                suggests such a configuration only if no other fits. With `has_other_work`, it is
                deferred, unless its trial is stored already (an enqueued one, or of a sampler in
                `NEED_STORED_TRIAL`).
            has_other_work: Whether there is other work to wait for, or to do first.

        Returns:
            The number of a RUNNING trial and its configuration, or `Defer`. None if no configuration
            was found that may be tried.
        """
        repeats = refusals = attempt = 0
        ask_index = -1
        while True:
            # `attempt` distinguishes suggestions at the same count, which would be equal otherwise.
            attempt = attempt + 1 if ask_index == self._store.ask_count() else 0
            ask_index = self._store.ask_count()
            context = self._context(
                ask_index,
                lambda config: refusal(config, False) is None and not prefix_pending(config),
            )
            at_random = repeats >= MAX_REPEATS or refusals >= MAX_REFUSALS
            suggestion = self._ask_sampler(ask_index, attempt, context, only_enqueued=at_random)
            if suggestion is None:
                unseen = self._random_unseen(ask_index, running, refusal)
                if unseen is None:
                    return None
                suggestion = None, unseen
            number, params = suggestion
            config = self._study.space.from_trial_params(params)
            earlier = self._store.results_by_config().get(config_key(config))
            if earlier is not None or config_key(config) in running:
                repeats += 1
                if number is not None:
                    self._tell_duplicate(number, earlier)
            elif (reason := refusal(config, self._is_enqueued(number))) is not None:
                repeats, refusals = 0, refusals + 1
                if number is not None:
                    self._store.tell(number, TrialState.FAIL, reason)
            else:
                attributes = {**self._trial_attributes, CONFIGURATION: dict(config)}
                if number is not None:
                    self._store.set_trial_attributes(number, attributes)
                    return number, config
                if has_other_work and prefix_pending(config):
                    return Defer.DEFER
                return self._store.create_trial(params, self._distributions, attributes), config

    def _is_enqueued(self, number: int | None) -> bool:
        return number is not None and "fixed_params" in self._store.trial(number).system_attrs

    def _ask_sampler(
        self, ask_index: int, attempt: int, context: AcquisitionContext, *, only_enqueued: bool
    ) -> tuple[int | None, dict[str, Any]] | None:
        """The number of a RUNNING trial, if it is stored, and valid parameters.

        Enqueued trials come first; those with invalid values fail. If `only_enqueued` and none is
        left, returns None.
        """
        search, optuna_study, space = self._study.search, self._store.study, self._study.space
        optuna_study.sampler = make_sampler(
            search.sampler, search.seed, ask_index, attempt, context=context
        )
        while self._enqueue_next_initial() or (
            search.sampler in NEED_STORED_TRIAL and not only_enqueued
        ):
            trial = optuna_study.ask()
            self._store.note_created(trial.number)
            try:
                check_enqueued(space, self._store.trial(trial.number))
            except InvalidConfiguration as error:
                self._store.tell(trial.number, TrialState.FAIL, str(error))
                continue
            suggest_config(space, trial)
            return trial.number, trial.params
        if only_enqueued:
            return None
        return None, sample_params(optuna_study.sampler, optuna_study, self._distributions)

    def _context(
        self, ask_index: int, may_try: Callable[[Configuration], bool]
    ) -> AcquisitionContext:
        to_config = self._study.space.from_trial_params
        return AcquisitionContext(
            cost_fn=lambda params: self._cost(to_config(params)),
            # Falls to 0, because at the end only the best score counts.
            cost_exponent=max(0.0, 1 - ask_index / self._study.search.n_trials),
            shared_params=self._shared_params,
            may_suggest=lambda params: may_try(to_config(params)),
            shared_until=self._shared_until,
            space=self._distributions,
        )

    def _enqueue_next_initial(self) -> bool:
        """Enqueue the next initial configuration that has no trial, unless a trial is waiting.

        One at a time: Optuna starts waiting trials in the order of enqueueing, and a configuration
        that was abandoned later must come before the initial ones that are left.

        Returns:
            Whether a trial is waiting now.
        """
        optuna_study = self._store.study
        if optuna_study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            return True
        while self._initial_configs:
            n_trials = len(optuna_study.get_trials(deepcopy=False))
            enqueue_config(optuna_study, self._study.space, self._initial_configs.pop(0))
            if len(optuna_study.get_trials(deepcopy=False)) > n_trials:
                return True
        return False

    def _random_unseen(
        self,
        ask_index: int,
        running: set[str],
        refusal: Refusal,
    ) -> dict[str, Any] | None:
        """Random parameters of a new configuration that may be tried; None if none is found."""
        seen = running | self._store.results_by_config().keys()
        unseen = (
            (params, config)
            for params, config in self.random_configs(ask_index)
            if config_key(config) not in seen
        )
        for params, config in islice(unseen, N_RANDOM_CONFIGS):
            if refusal(config, False) is None:
                return params
        return None

    def random_configs(self, ask_index: int = 0) -> Iterator[tuple[dict[str, Any], Configuration]]:
        """Yield random parameters with their configuration, without end."""
        seed = self._study.search.seed
        return random_params(self._study.space, seed, self._store.study, ask_index)

    def _tell_duplicate(self, number: int, earlier: FrozenTrial | None) -> None:
        """Gives a trial the result of its configuration's earlier trial; samplers learn from it.

        If `earlier` is None, the configuration is running, and the trial fails.
        """
        if earlier is None:
            self._store.tell(number, TrialState.FAIL, "its configuration is running already")
            return
        system_attrs = {
            name: value
            for name, value in earlier.system_attrs.items()
            if name in TRIAL_SYSTEM_ATTRS
        }
        # The duplicate resumes no trial, even if the earlier one does.
        user_attrs = {k: value for k, value in earlier.user_attrs.items() if k != RESUMED_FROM}
        self._store.set_trial_attributes(
            number, {**user_attrs, **system_attrs, DUPLICATE_OF: earlier.number}
        )
        for step, score in earlier.intermediate_values.items():
            self._store.report(number, step, score)
        value = earlier.value if earlier.state == TrialState.COMPLETE else None
        shown = self._store.config_number(earlier.user_attrs[CONFIGURATION])
        reason = f"a repetition of trial {shown}"
        self._store.tell(number, earlier.state, reason, value)
