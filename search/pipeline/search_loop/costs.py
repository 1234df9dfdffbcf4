"""What a training is expected to cost, relative to others.

From the prior speed alone: what is suggested must depend on seed and scores, never on the measured
speed.
"""

from dataclasses import dataclass

from xlt.objectives.objective import Configuration
from xlt.search.pipeline.session import Session
from xlt.search.scheduling.schedulers import promotion_rate
from xlt.search.suggest.shared_prefix import PrefixTracker


@dataclass
class Costs:
    """The costs of one study's trainings."""

    session: Session
    prefixes: PrefixTracker

    def of_trying(self, config: Configuration, begin: int = 0) -> float:
        """The expected seconds to try a configuration, promotions weighted by their probability.

        Args:
            config: The configuration.
            begin: The step that it has reached. What its shared prefix has reached costs nothing, too.
        """
        study = self.session.study
        return self.session.runtimes.expected_seconds(
            config,
            max(begin, self.prefixes.trained_until(config)),
            self.prefixes.shared_until(config),
            study.budget.rungs,
            promotion_rate(study.search.pruner),
        )

    def of_full_run(self, config: Configuration) -> float:
        """The expected seconds of a full run."""
        steps = (self.session.description.steps,)
        return self.session.runtimes.expected_seconds(config, 0, 0, steps, 1.0)

    def relative(self, config: Configuration) -> float:
        """The cost of a full run in units of a full run of the baseline."""
        baseline = self.session.study.space.baseline_config
        return self.of_full_run(config) / self.of_full_run(baseline)
