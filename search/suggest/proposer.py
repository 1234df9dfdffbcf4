"""What is tried next: a trial of a configuration that has neither been finished nor is running."""

import json
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from xlt.objectives.objective import Configuration
from xlt.search.storage.keys import (
    CONFIGURATION,
    DUPLICATE_OF,
    END_REASON,
    RESUMED_FROM,
    ROOT_TRIAL,
    SYSTEM_ATTRS,
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
from xlt.search.suggest.samplers import NEED_TRIAL, make_sampler, random_params, sample_params
from xlt.search.suggest.shared_prefix import SharedPrefix
from xlt.spaces.refusal import InvalidConfiguration
from xlt.studies.study import Study

# How often in a row a sampler may suggest what has been tried before one is drawn for it.
MAX_REPEATS = 10
# How many suggestions in a row may be refused until one is drawn that will not be; and how many are
# drawn for that until none is looked for any more.
MAX_REFUSALS, N_RANDOM_CONFIGS = 5, 2000
# Why a wanted configuration was not tried; with more time it is.
NO_TIME = "no time left for it"


class Defer(Enum):
    """Nothing is worth trying before something that runs has ended."""

    DEFER = "later"


class Proposer:
    """The trials of one study, one after the other."""

    def __init__(
        self,
        study: Study,
        store: Store,
        facts: Mapping[str, Any],
        cost: Callable[[Configuration], float],
        prefix: SharedPrefix | None = None,
    ) -> None:
        """`facts`: what every trial's record says, in plain JSON. `cost`: of a configuration, in any
        unit, positive; where something is `common`, its parameters alone make it."""
        self._study, self._store, self._facts, self._cost = study, store, facts, cost
        self._shared_params = None if prefix is None else trial_names(study.space, prefix.params)
        self._shared_until = None if prefix is None else prefix.step
        self._distributions = distributions(study.space)
        self._initial_configs = list(study.starts)
        self._restore_ask_count()

    def _restore_ask_count(self) -> None:
        """What was wanted, and there was no time for in an earlier command, waits again."""
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
        is_affordable: Callable[[Configuration], bool] = lambda _: True,
        prefix_pending: Callable[[Configuration], bool] = lambda _: False,
        *,
        has_other_work: bool = False,
    ) -> tuple[int, Configuration] | Defer | None:
        """A RUNNING trial and its configuration, which is neither finished nor in `busy`.

        None if none is found that `may` be tried. The space must hold one that is new. On the way
        trials that repeat another are told at once. What is `early` is suggested where there is
        nothing else, and put off while other work `waits`.
        """
        tries = refused = again = 0
        question = -1
        while True:
            # Where no record tells one try from the next, their number does.
            again = again + 1 if question == self._store.ask_count() else 0
            question = self._store.ask_count()
            draw_one = tries >= MAX_REPEATS or refused >= MAX_REFUSALS
            context = self._context(
                question, lambda config: is_affordable(config) and not prefix_pending(config)
            )
            suggested = self._ask_sampler(question, again, context, drawn=draw_one)
            if suggested is None:
                found = self._random_unseen(question, running, is_affordable)
                if found is None:
                    return None
                suggested = None, found
            number, params = suggested
            config = self._study.space.from_parameters(params)
            earlier = self._store.latest_by_config().get(config_key(config))
            if earlier is not None or config_key(config) in running:
                tries += 1
                if number is not None:
                    self._tell_duplicate(number, config, earlier)
            elif not is_affordable(config):
                tries, refused = 0, refused + 1
                if number is not None:
                    self._store.tell(number, TrialState.FAIL, NO_TIME)
            else:
                record = {**self._facts, CONFIGURATION: dict(config)}
                if number is None and has_other_work and prefix_pending(config):
                    return Defer.DEFER
                if number is None:
                    return self._store.create_trial(params, self._distributions, record), config
                self._store.set_trial(number, record)
                return number, config

    def _ask_sampler(
        self, ask_index: int, attempt: int, context: AcquisitionContext, *, drawn: bool
    ) -> tuple[int | None, dict[str, Any]] | None:
        """Valid parameters, and their RUNNING trial if they have one already.

        An enqueued trial whose values cannot be tried fails, and the next one is taken.

        `drawn`: None where nothing waits, as one is to be drawn.
        """
        search, study, space = self._study.search, self._store.study, self._study.space
        study.sampler = make_sampler(
            search.sampler, search.seed, ask_index, attempt, context=context
        )
        while self._enqueue_next_initial() or (search.sampler in NEED_TRIAL and not drawn):
            trial = study.ask()
            self._store._note_created(trial.number)
            try:
                check_enqueued(space, self._store.trial(trial.number))
            except InvalidConfiguration as error:
                self._store.tell(trial.number, TrialState.FAIL, str(error))
                continue
            suggest_config(space, trial)
            return trial.number, trial.params
        if drawn:
            return None
        return None, sample_params(study.sampler, study, self._distributions)

    def _context(
        self, ask_index: int, is_affordable: Callable[[Configuration], bool]
    ) -> AcquisitionContext:
        """Costs count less and less: what is left at the end is to be the best, not the cheapest."""
        read = self._study.space.from_parameters
        return AcquisitionContext(
            cost_fn=lambda params: self._cost(read(params)),
            shared_params=self._shared_params,
            shared_until=self._shared_until,
            cost_exponent=max(0.0, 1 - ask_index / self._study.search.n_trials),
            is_affordable=lambda params: is_affordable(read(params)),
            space=self._distributions,
        )

    def _enqueue_next_initial(self) -> bool:
        """Enqueue the next starting point that has not been asked for, if nothing else waits.

        Whether anything waits now. One at a time: what was given up waits at the end, and is to
        come first all the same.
        """
        study = self._store.study
        if study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            return True
        while self._initial_configs:
            before = len(study.get_trials(deepcopy=False))
            enqueue_config(study, self._study.space, self._initial_configs.pop(0))
            if len(study.get_trials(deepcopy=False)) > before:
                return True
        return False

    def _random_unseen(
        self, ask_index: int, running: set[str], is_affordable: Callable[[Configuration], bool]
    ) -> dict[str, Any] | None:
        """Parameters drawn at random until they are new and `may` be tried."""
        seen = running | self._store.latest_by_config().keys()
        refused = 0
        for params, config in self.random_configs(ask_index):
            if config_key(config) in seen:
                continue  # the space has some left
            if is_affordable(config):
                return params
            refused += 1
            if refused == N_RANDOM_CONFIGS:
                return None
        raise AssertionError("draws never end")

    def random_configs(self, ask_index: int = 0) -> Iterator[tuple[dict[str, Any], Configuration]]:
        """Parameters and their configuration at random, without end."""
        search, study = self._study.search, self._store.study
        return random_params(self._study.space, search.seed, study, ask_index)

    def _tell_duplicate(
        self, number: int, config: Configuration, earlier: FrozenTrial | None
    ) -> None:
        """Answer a repeated suggestion with what is known: samplers learn from it, at no cost."""
        if earlier is None:
            self._store.tell(number, TrialState.FAIL, "its configuration is running already")
            return
        recorded = {
            name: earlier.system_attrs[name] for name in SYSTEM_ATTRS & earlier.system_attrs.keys()
        }
        # It continues nothing, whatever the earlier one does.
        shown = {
            name: value
            for name, value in earlier.user_attrs.items()
            if name not in (RESUMED_FROM, ROOT_TRIAL)
        }
        repeated = {**shown, **recorded, DUPLICATE_OF: earlier.number}
        self._store.set_trial(number, repeated)
        for step, score in earlier.intermediate_values.items():
            self._store.report(number, step, score)
        value = earlier.value if earlier.state == TrialState.COMPLETE else None
        why = f"a repetition of trial {earlier.number}"
        self._store.tell(number, earlier.state, why, value)
