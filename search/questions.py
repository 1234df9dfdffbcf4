"""What is tried next: a trial of a configuration that has neither been finished nor is running."""

from collections.abc import Mapping
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from xlt.objectives.objective import Configuration
from xlt.search.pruners import DUPLICATE
from xlt.search.samplers import NEED_RECORDS, draw, sampler
from xlt.search.store import Store, key
from xlt.search.suggest import distributions, enqueue
from xlt.spaces.errors import InputError
from xlt.studies.study import Study

# How often in a row a sampler may suggest what has been tried before one is drawn for it.
REPEATS = 10


class Questions:
    """The trials of one study, one after the other."""

    def __init__(self, study: Study, store: Store, facts: Mapping[str, Any]) -> None:
        """`facts`: what every trial's record says, in plain JSON."""
        self._study, self._store, self._facts = study, store, facts
        self._distributions = distributions(study.space)
        self._starts = list(study.starts)

    def next(self, busy: set[str]) -> tuple[int, Configuration]:
        """A RUNNING trial and its configuration, which is neither finished nor in `busy`.

        The space must hold one. On the way trials that repeat another are told at once.
        """
        repeats = clashes = 0
        while True:
            number, params = self._asked(busy, repeats, clashes)
            try:
                config = self._study.space.from_parameters(params)
            except InputError as error:  # somebody enqueued it
                self._store.tell(number, TrialState.FAIL, str(error))
                continue
            earlier = self._store.finished().get(key(config))
            if earlier is not None:
                self._repeat(number, config, earlier)
                repeats += 1
            elif key(config) in busy:
                self._store.tell(number, TrialState.FAIL, "its configuration is running already")
                clashes += 1
            else:
                return number, config

    def _asked(self, busy: set[str], repeats: int, clashes: int) -> tuple[int, dict[str, Any]]:
        """A RUNNING trial and its parameters, whatever they are."""
        search, study = self._study.search, self._store.study
        asked = self._store.asked()
        study.sampler = sampler(search.sampler, search.seed, asked, clashes)
        waiting = self._offer_start()
        if waiting or (search.sampler in NEED_RECORDS and repeats + clashes < REPEATS):
            trial = study.ask(self._distributions)
            self._store.begun(trial.number)
            with_facts = {**self._facts, **self._configured(trial.params)}
            self._store.set_trial(trial.number, with_facts)
            return trial.number, trial.params
        if repeats + clashes < REPEATS:
            params = draw(study.sampler, study, self._distributions)
        else:
            params = self._unseen(asked, busy)
        with_facts = {**self._facts, **self._configured(params)}
        return self._store.begin(params, self._distributions, with_facts), params

    def _configured(self, params: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"configuration": dict(self._study.space.from_parameters(params))}
        except InputError:
            return {}

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

    def _unseen(self, asked: int, busy: set[str]) -> dict[str, Any]:
        """Parameters drawn at random until they are new; the space has some left."""
        seen = busy | self._store.finished().keys()
        random = sampler("random", self._study.search.seed, asked)
        while True:
            drawn = draw(random, self._store.study, self._distributions)
            if key(self._study.space.from_parameters(drawn)) not in seen:
                return drawn

    def _repeat(self, number: int, config: Configuration, earlier: FrozenTrial) -> None:
        """Answer a repeated suggestion with what is known: samplers learn from it, at no cost."""
        self._store.set_trial(number, {**earlier.user_attrs, DUPLICATE: earlier.number})
        for step, score in earlier.intermediate_values.items():
            self._store.report(number, step, score)
        value = earlier.value if earlier.state == TrialState.COMPLETE else None
        why = f"a repetition of trial {earlier.number}"
        self._store.tell(number, earlier.state, why, value)
