"""What is tried next: a trial of a configuration that has neither been finished nor is running."""

import json
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from xlt.objectives.objective import Configuration
from xlt.search.storage.keys import DUPLICATE, FIRST_TRIAL, GOES_ON_FROM, RECORDED
from xlt.search.storage.store import Store, key
from xlt.search.suggest.distributions import (
    check_enqueued,
    distributions,
    enqueue,
    suggest,
    trial_names,
)
from xlt.search.suggest.gp_sampler import Weigh
from xlt.search.suggest.samplers import NEED_RECORDS, draw, draws, sampler
from xlt.search.suggest.shared_prefix import Shared
from xlt.spaces.errors import InvalidConfiguration
from xlt.studies.study import Study

# How often in a row a sampler may suggest what has been tried before one is drawn for it.
REPEATS = 10
# How many suggestions in a row may be refused until one is drawn that will not be; and how many are
# drawn for that until none is looked for any more.
REFUSALS, DRAWS = 5, 2000
# Why a wanted configuration was not tried; with more time it is.
NO_TIME = "no time left for it"


class Later(Enum):
    """Nothing is worth trying before something that runs has ended."""

    LATER = "later"


class Questions:
    """The trials of one study, one after the other."""

    def __init__(
        self,
        study: Study,
        store: Store,
        facts: Mapping[str, Any],
        cost: Callable[[Configuration], float],
        common: Shared | None = None,
    ) -> None:
        """`facts`: what every trial's record says, in plain JSON. `cost`: of a configuration, in any
        unit, positive; where something is `common`, its parameters alone make it."""
        self._study, self._store, self._facts, self._cost = study, store, facts, cost
        self._names = None if common is None else trial_names(study.space, common.names)
        self._until = None if common is None else common.step
        self._distributions = distributions(study.space)
        self._starts = list(study.initial_configs)
        self._ask_again()

    def _ask_again(self) -> None:
        """What was wanted, and there was no time for in an earlier command, waits again."""
        latest = {
            json.dumps(trial.system_attrs["fixed_params"], sort_keys=True): trial
            for trial in self._store.study.get_trials(deepcopy=False)
            if "fixed_params" in trial.system_attrs
        }
        for trial in latest.values():
            if trial.state == TrialState.FAIL and trial.user_attrs.get("ended") == NO_TIME:
                self._store.study.enqueue_trial(trial.system_attrs["fixed_params"])

    def next(
        self,
        busy: set[str],
        may: Callable[[Configuration], bool] = lambda _: True,
        early: Callable[[Configuration], bool] = lambda _: False,
        *,
        waits: bool = False,
    ) -> tuple[int, Configuration] | Later | None:
        """A RUNNING trial and its configuration, which is neither finished nor in `busy`.

        None if none is found that `may` be tried. The space must hold one that is new. On the way
        trials that repeat another are told at once. What is `early` is suggested where there is
        nothing else, and put off while other work `waits`.
        """
        tries = refused = again = 0
        question = -1
        while True:
            # Where no record tells one try from the next, their number does.
            again = again + 1 if question == self._store.asked() else 0
            question = self._store.asked()
            draw_one = tries >= REPEATS or refused >= REFUSALS
            weigh = self._weigh(question, lambda config: may(config) and not early(config))
            suggested = self._suggested(question, again, weigh, drawn=draw_one)
            if suggested is None:
                found = self._unseen(question, busy, may)
                if found is None:
                    return None
                suggested = None, found
            number, params = suggested
            config = self._study.space.from_parameters(params)
            earlier = self._store.finished().get(key(config))
            if earlier is not None or key(config) in busy:
                tries += 1
                if number is not None:
                    self._repeat(number, config, earlier)
            elif not may(config):
                tries, refused = 0, refused + 1
                if number is not None:
                    self._store.tell(number, TrialState.FAIL, NO_TIME)
            else:
                record = {**self._facts, "configuration": dict(config)}
                if number is None and waits and early(config):
                    return Later.LATER
                if number is None:
                    return self._store.begin(params, self._distributions, record), config
                self._store.set_trial(number, record)
                return number, config

    def _suggested(
        self, question: int, again: int, weigh: Weigh, *, drawn: bool
    ) -> tuple[int | None, dict[str, Any]] | None:
        """Valid parameters, and their RUNNING trial if they have one already.

        An enqueued trial whose values cannot be tried fails, and the next one is taken.

        `drawn`: None where nothing waits, as one is to be drawn.
        """
        search, study, space = self._study.search, self._store.study, self._study.space
        study.sampler = sampler(search.sampler, search.seed, question, again, weigh=weigh)
        while self._offer_start() or (search.sampler in NEED_RECORDS and not drawn):
            trial = study.ask()
            self._store.begun(trial.number)
            try:
                check_enqueued(space, self._store.trial(trial.number))
            except InvalidConfiguration as error:
                self._store.tell(trial.number, TrialState.FAIL, str(error))
                continue
            suggest(space, trial)
            return trial.number, trial.params
        if drawn:
            return None
        return None, draw(study.sampler, study, self._distributions)

    def _weigh(self, question: int, may: Callable[[Configuration], bool]) -> Weigh:
        """Costs count less and less: what is left at the end is to be the best, not the cheapest."""
        read = self._study.space.from_parameters
        return Weigh(
            cost=lambda params: self._cost(read(params)),
            names=self._names,
            until=self._until,
            power=max(0.0, 1 - question / self._study.search.n_trials),
            may=lambda params: may(read(params)),
            space=self._distributions,
        )

    def _offer_start(self) -> bool:
        """Enqueue the next starting point that has not been asked for, if nothing else waits.

        Whether anything waits now. One at a time: what was given up waits at the end, and is to
        come first all the same.
        """
        study = self._store.study
        if study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            return True
        while self._starts:
            before = len(study.get_trials(deepcopy=False))
            enqueue(study, self._study.space, self._starts.pop(0))
            if len(study.get_trials(deepcopy=False)) > before:
                return True
        return False

    def _unseen(
        self, question: int, busy: set[str], may: Callable[[Configuration], bool]
    ) -> dict[str, Any] | None:
        """Parameters drawn at random until they are new and `may` be tried."""
        seen = busy | self._store.finished().keys()
        refused = 0
        for params, config in self.draws(question):
            if key(config) in seen:
                continue  # the space has some left
            if may(config):
                return params
            refused += 1
            if refused == DRAWS:
                return None
        raise AssertionError("draws never end")

    def draws(self, question: int = 0) -> Iterator[tuple[dict[str, Any], Configuration]]:
        """Parameters and their configuration at random, without end."""
        search, study = self._study.search, self._store.study
        return draws(self._study.space, search.seed, study, question)

    def _repeat(self, number: int, config: Configuration, earlier: FrozenTrial | None) -> None:
        """Answer a repeated suggestion with what is known: samplers learn from it, at no cost."""
        if earlier is None:
            self._store.tell(number, TrialState.FAIL, "its configuration is running already")
            return
        recorded = {
            name: earlier.system_attrs[name] for name in RECORDED & earlier.system_attrs.keys()
        }
        # It continues nothing, whatever the earlier one does.
        shown = {
            name: value
            for name, value in earlier.user_attrs.items()
            if name not in (GOES_ON_FROM, FIRST_TRIAL)
        }
        repeated = {**shown, **recorded, DUPLICATE: earlier.number}
        self._store.set_trial(number, repeated)
        for step, score in earlier.intermediate_values.items():
            self._store.report(number, step, score)
        value = earlier.value if earlier.state == TrialState.COMPLETE else None
        why = f"a repetition of trial {earlier.number}"
        self._store.tell(number, earlier.state, why, value)
