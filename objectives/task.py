"""What a task is: everything that the rest of xlt-search needs to know about it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from xlt.objectives.cost_profile import CostProfile
from xlt.objectives.objective import Configuration, Objective
from xlt.spaces.space import Space
from xlt.spaces.toml_table import TomlTable

# A study's `[settings]` table.
Settings: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class TaskSpec:
    """A task.

    A new task is a folder in `objectives/`, a space in `spaces/`, and one line in
    `xlt.objectives.tasks`.

    Attributes:
        name: The `task` of its studies.
        space: Its search space.
        protocol: A frozen dataclass of the constants that no study can change.
        metric: The name of its score, as it is printed. Higher is better.
        steps: The steps of the full run, from a study's settings.
        make_objective: Builds the objective from a source of data, a folder for prepared data,
            device, precision and a study's settings.
        cost: The estimated cost of its runs, used until something was measured.
        card_header: Lines for the header of its models' cards on the Hugging Face hub.
        usage: Markdown for a model's card: how to use the model in this folder.
        notebook: Python code for a notebook that trains a configuration by `transformers`, from
            the configuration, a study's settings and the seed.
        settings: The model of a study's `[settings]` table. None: it has no settings.
        settings_example: Describes the table, with an example; the end of the error "settings is not ...".
        settings_errors: Called when every setting is valid. A message for each key that does not fit
            the others.
        shared_params: For each stage, the parameters that alone decide the training up to the end of
            that stage. Configurations with equal values share it.
        language_suffix: The suffix of metrics of single languages, whose mean is the score.
        examples: The kind of its example outputs: 'texts', which people can rate, or 'tags', tagged sentences.
        min_gain: The default of `search.min_gain`.
        curve_note: What has to be known to compare scores of one training; empty if nothing.
        score_note: What has to stand beside every final score; empty for scores that need none.
        has_strategies: Whether `xlt-search transfer` compares strategies of transfer on it.
    """

    name: str
    space: Space
    protocol: Any
    metric: str
    steps: Callable[[Settings], int]
    make_objective: Callable[[str, Path, str, str, Settings], Objective]
    cost: CostProfile
    card_header: Sequence[str]
    usage: Callable[[Path], str]
    notebook: Callable[[Configuration, Settings, int], Iterator[str]]
    settings: type[TomlTable] | None = None
    settings_example: str = ""
    settings_errors: Callable[[Any], Mapping[str, str]] = lambda settings: {}
    shared_params: Mapping[str, Sequence[str]] = field(default_factory=dict)
    language_suffix: str | None = None
    examples: Literal["texts", "tags"] = "texts"
    curve_note: str = ""
    score_note: str = ""
    min_gain: float = 0.1
    has_strategies: bool = False

    @property
    def prefix_params(self) -> Sequence[str]:
        """The parameters of the first stage that configurations can share; empty if there is none."""
        return next(iter(self.shared_params.values()), ())

    def by_language(self, metrics: Mapping[str, float]) -> dict[str, float]:
        """The scores of single languages among `metrics`; empty for a task of one language."""
        suffix = self.language_suffix
        if suffix is None:
            return {}
        scores = {
            name.removesuffix(suffix): value
            for name, value in metrics.items()
            if name.endswith(suffix)
        }
        return dict(sorted(scores.items()))
