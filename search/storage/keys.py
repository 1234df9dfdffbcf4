"""The names of the attributes that xlt-search writes beside studies and trials, in one place.

Attributes whose names are words of `best.toml`, such as "configuration", "data" and "made", are written
as they are.
"""

# Of a trial.

# It left the numbers: its last score is not what it is worth.
DIVERGED = "diverged"
# It could not be trained (out of memory, a worker died): this says nothing of its score.
FAILED = "failed"
# Trials of one configuration that paused and were resumed: its trial before, and its first.
RESUMED_FROM = "goes on from trial"
ROOT_TRIAL = "first trial"
# It repeats the values of another trial with the same configuration.
DUPLICATE_OF = "duplicate of"
# What only xlt-search reads of a trial: the dashboard shows user attributes, and these are long.
SYSTEM_ATTRS = frozenset({"evaluations", "examples", "made with"})

# Of a study.

# Seconds of its time budget that are spent.
BUDGET_ELAPSED = "seconds spent"
# Steps that were trained, those that configurations share counted once.
STEPS_TRAINED = "steps trained"
# What runs on new seeds scored, and what was decided on them.
CONFIRMATION = "confirmation"
# What the last command that was finished had asked for.
FINISHED_FOR = "finished for"
