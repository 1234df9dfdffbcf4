"""The names of all attributes that xlt-search writes to studies and trials."""

# Attributes of a study.

# The resolved study: space, budget, settings.
STUDY_CONFIG = "config"
# The data of the objective: source, description, fingerprint.
DATA = "data"
# An identifier of the study in trackers.
TRACKING_ID = "tracking_id"
# For a study: the command, versions and machine. For a trial: its seed and data.
PROVENANCE = "provenance"
# Seconds of the time budget that are spent.
BUDGET_ELAPSED = "budget_elapsed_s"
# Steps that were really trained; steps that configurations share count once.
STEPS_TRAINED = "steps_trained"
# Why the search has ended.
END_OF_SEARCH = "end_of_search"
# The runs on new seeds, with the key below, and the key "runs".
PROOF = "proof"
# The test of the winner.
FINAL = "final"
# Every time that the test set was used.
TEST_ACCESSES = "test_accesses"
# The requests (trials, enqueued, stop, time, proof) of the last command that finished. A command with
# equal requests, or fewer trials, has nothing to do.
FINISHED_FOR = "finished_for"

# Key of PROOF: the `ProofRecord`.
RESULT = "result"
# Key of a run of PROOF: its seconds by part, from step 0 on. Key of FINAL: the seconds of its
# training, with its validation, and of the test ("scoring"), by the clock.
SECONDS = "seconds"

# Attributes of a trial.

CONFIGURATION = "configuration"
# Why the trial ended.
END_REASON = "end_reason"
# The numbers became infinite or NaN. The last score is not the configuration's score.
DIVERGED = "diverged"
# The training failed (out of memory, a worker died), which says nothing about the score.
FAILED = "failed"
# A resumed trial has the numbers of the trial that it continues and of the first one.
RESUMED_FROM = "resumed_from"
# The number of an earlier trial with the same configuration, whose values this trial repeats.
DUPLICATE_OF = "duplicate_of"
# The scores at all rungs; and sample outputs, by step, of the rungs that this trial reached.
EVALUATIONS = "evaluations"
EXAMPLES = "examples"
# Prefix of the seconds that each part of a trial took, such as "seconds/scoring".
SECONDS_PREFIX = "seconds/"
TOKENS_PER_SECOND = "tokens_per_second"

# Attributes of the study that the dashboard shows, and of its trials, one a configuration.

# The study whose configurations it shows.
DASHBOARD_OF = "dashboard_of"
# The last rung at which the configuration was scored, and its scores at all rungs, as a text.
STEP = "step"
SCORES = "scores"
# The numbers of the search's own trials of the configuration.
# The mean score of the full-length runs on new seeds, and their number.
NEW_SEEDS_MEAN = "new_seeds_mean"
NEW_SEEDS = "new_seeds"

# Long attributes that only xlt-search reads. The dashboard shows user attributes but not these.
TRIAL_SYSTEM_ATTRS = frozenset({EVALUATIONS, EXAMPLES, PROVENANCE})
