"""The league as an objective: small models on a small corpus, under a shortened protocol."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from samples import CONFIG, SHORT, assert_same_weights, silent, write_corpus
from torch import Tensor

from xlt.objectives import tasks
from xlt.objectives.checkpoints.tree import CheckpointTree
from xlt.objectives.identity import derive_seed
from xlt.objectives.objective import Evaluation, Progress
from xlt.objectives.translation.league import League, LeagueRun
from xlt.spaces.errors import InputError
from xlt.spaces.league import GROUPS

OTHER_TUNING = {**CONFIG, "learning_rate": 5e-3, "lr_scheduler_type": "cosine", "warmup_steps": 0}


def weights(run: LeagueRun) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in run.model.state_dict().items()}


def timeless(evaluation: Evaluation) -> Evaluation:
    return replace(evaluation, seconds={})


def test_stage_a_is_shared(league: League, tmp_path: Path) -> None:
    """Configurations that differ in FT_HP alone are bit-identical until Stage A ends, not after."""
    runs = [league.run(config, 1) for config in (CONFIG, OTHER_TUNING)]
    ends = [timeless(run.train_to(6, silent)) for run in runs]
    assert ends[0] == ends[1]
    assert_same_weights(weights(runs[0]), weights(runs[1]))
    for run in runs:
        run.train_to(10, silent)
    assert not torch.equal(runs[0].model.shared.weight, runs[1].model.shared.weight)
    assert league.prefix_config(CONFIG, 6) == league.prefix_config(OTHER_TUNING, 6)
    assert league.prefix_config(CONFIG, 7) != league.prefix_config(OTHER_TUNING, 7)
    assert set(league.prefix_config(CONFIG, 6)) == set(GROUPS["MODEL_HP"])
    assert league.prefix_config(CONFIG, 7) == CONFIG


def test_results_do_not_depend_on_the_tree(league: League, tmp_path: Path) -> None:
    """Results with shared checkpoints are bit-identical to those from an empty cache."""
    tree = CheckpointTree(tmp_path / "shared", 10**9)
    for config in (CONFIG, OTHER_TUNING):
        shared = tree.restore(league, config, 1, 10, through=(3,), heartbeat=silent)
        assert isinstance(shared, LeagueRun)
        alone = league.run(config, 1)
        expected = alone.train_to(10, silent)
        actual = tree.evaluate(league, config, 1, 10, heartbeat=silent)
        assert timeless(actual) == timeless(expected)
        assert_same_weights(weights(shared), weights(alone))
    assert tree.trained == 6 + 4 + 4


@pytest.mark.parametrize("pauses", [(3,), (6,), (8,), (2, 6, 9), (1, 5, 7), (10,)])
def test_pausing_changes_nothing(league: League, pauses: tuple[int, ...], tmp_path: Path) -> None:
    """A run that is saved and restored at any step ends like one that never paused."""
    whole = league.run(CONFIG, 1)
    expected = whole.train_to(10, silent)
    run = league.run(CONFIG, 1)
    for step in pauses:
        paused = run.train_to(step, silent)
        folder = tmp_path / str(step)
        folder.mkdir()
        run.save(folder)
        run = league.run(CONFIG, 1)
        run.restore(folder)
        assert run.step == step
        assert timeless(run._evaluate(silent)) == timeless(paused)
    actual = run.train_to(10, silent)
    assert_same_weights(weights(run), weights(whole))
    assert timeless(actual) == timeless(expected)
    assert actual.tokens["stage_a"] > actual.tokens["stage_b"] > 0
    for part in ("stage_a", "stage_b"):
        assert actual.seconds[part] > 0


def test_scoring_does_not_disturb_training(league: League) -> None:
    """A run scored at every step has the weights of one that is scored at its end."""
    often, once = league.run(CONFIG, 1), league.run(CONFIG, 1)
    for step in range(1, 11):
        often.train_to(step, silent)
    once.train_to(10, silent)
    assert_same_weights(weights(often), weights(once))


def test_seeds(league: League) -> None:
    """Another seed changes weights and batches; the same seed gives the same run."""
    runs = [league.run(CONFIG, seed) for seed in (1, 1, 2)]
    for run in runs:
        run.train_to(2, silent)
    assert_same_weights(weights(runs[0]), weights(runs[1]))
    assert not torch.equal(runs[0].model.shared.weight, runs[2].model.shared.weight)
    streams = {derive_seed(s, n, e) for s in (1, 2) for n in ("a", "b") for e in (0, 1)}
    assert len(streams) == 8


def test_contents_of_an_evaluation(league: League) -> None:
    """Scores, signatures, three examples; in Stage B also the score after Stage A."""
    run = league.run(CONFIG, 1)
    after_a = run.train_to(6, silent)
    end = run.train_to(10, silent)
    assert end.score == end.metrics["league_bleu"]
    assert {"sacrebleu", "chrf", "perplexity"} <= end.metrics.keys()
    assert {"sacrebleu_signature", "chrf_signature"} <= end.notes.keys()
    assert end.metrics["league_bleu_after_a"] == after_a.score
    assert end.metrics["forgetting"] == pytest.approx(after_a.score - end.score)
    assert end.earlier_scores == ((6, after_a.score),)
    assert "forgetting" not in after_a.metrics
    assert not after_a.earlier_scores
    raw = league.corpus.parts["captions/validation"]
    assert [e.source for e in end.examples] == list(raw.german[:3])
    assert [e.reference for e in end.examples] == list(raw.english[:3])


def test_beams(league: League) -> None:
    """The protocol's number at ends of stages and on the test split, one within Stage B."""
    run = league.run(CONFIG, 1)
    beams = [run.train_to(step, silent).metrics["beams"] for step in (6, 8, 10)]
    assert beams == [4, 1, 4]
    assert run.test(silent).metrics["beams"] == 4


def test_heartbeats(league: League) -> None:
    """Stages in order, with steps counted over both, then decoding."""
    beats: list[Progress] = []
    league.run(CONFIG, 1).train_to(10, beats.append)
    trained = [(beat.stage, beat.step) for beat in beats if beat.stage != "decode"]
    assert trained == [("A" if step <= 6 else "B", step) for step in range(1, 11)]
    assert {beat.target for beat in beats if beat.stage != "decode"} == {10}
    assert (beats[-1].stage, beats[-1].step, beats[-1].target) == ("decode", 6, 6)


def test_steps_out_of_range(league: League) -> None:
    """A run cannot train backwards or beyond its end."""
    run = league.run(CONFIG, 1)
    run.train_to(2, silent)
    for step in (1, 11):
        with pytest.raises(ValueError, match="not between 2 and 10"):
            run.train_to(step, silent)


def test_only_test_reads_the_test_split(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Training, scoring, saving, restoring and exporting do not."""
    own = League(str(corpus), tmp_path / "cache", "cpu", SHORT)

    class Sealed(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            assert not name.startswith("captions/test"), "the test split was opened"
            return super().__getitem__(name)

    own.tokens = own.evaluator.tokens = Sealed(own.tokens)
    run = own.run(CONFIG, 1)
    run.train_to(10, silent)
    (tmp_path / "state").mkdir()
    run.save(tmp_path / "state")
    own.run(CONFIG, 1).restore(tmp_path / "state")
    run.export(tmp_path / "final")
    with pytest.raises(AssertionError, match="test split"):
        run.test(silent)


def test_test_scores_the_test_split(league: League) -> None:
    """Examples are from the test split, and the weights do not change."""
    run = league.run(CONFIG, 1)
    run.train_to(10, silent)
    before = weights(run)
    evaluation = run.test(silent)
    assert [e.source for e in evaluation.examples] == list(
        league.corpus.parts["captions/test"].german[:3]
    )
    assert_same_weights(weights(run), before)


def test_identity(league: League, corpus: Path, tmp_path: Path) -> None:
    """It depends on data and protocol, not on where the data are."""
    same = League(str(write_corpus(tmp_path / "moved")), tmp_path / "a", "cpu", SHORT)
    assert same.identity == league.identity
    other = League(str(write_corpus(tmp_path / "o", talks=40)), tmp_path / "b", "cpu", SHORT)
    longer = League(str(corpus), tmp_path / "c", "cpu", replace(SHORT, stage_b_steps=5))
    assert other.identity["data"] != league.identity["data"]
    assert longer.identity["protocol"] != league.identity["protocol"]
    assert league.data["fingerprint"] == league.identity["data"]
    assert league.data["pairs"]["talks/train"] == 48
    assert not league.data["synthetic"]


def test_corrupt_cache_is_noticed(corpus: Path, tmp_path: Path) -> None:
    """And named among the notices of the data."""
    League(str(corpus), tmp_path, "cpu", SHORT)
    (file,) = tmp_path.glob("*/about.json")
    file.write_text(file.read_text() + " ")
    notices = League(str(corpus), tmp_path, "cpu", SHORT).data["notices"]
    assert [notice for notice in notices if "had been altered" in notice]


def test_building_by_name(corpus: Path, tmp_path: Path) -> None:
    """An unknown task or GPU is a user's error."""
    built = tasks.build("translation", source=str(corpus), cache=tmp_path, device="cpu")
    assert built.steps == 1100
    assert dict(built.stages) == {"A": 600, "B": 1100}
    with pytest.raises(InputError, match="task 'translatoin' is unknown; there is translation"):
        tasks.build("translatoin", source=str(corpus), cache=tmp_path)
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="--device cuda: PyTorch sees no such GPU"):
            tasks.build("translation", source=str(corpus), cache=tmp_path, device="cuda")


def test_another_protocol_is_used_everywhere(corpus: Path, tmp_path: Path) -> None:
    """In corpus, tokenizer, weights, training, decoding and export."""
    from transformers import AutoTokenizer, BartForConditionalGeneration

    own = replace(
        SHORT, vocabulary=60, min_frequency=1, max_tokens=9, positions=40, beams=2,
        initial_std=0.5, multi30k_pairs=20, iwslt_pairs=12,
    )  # fmt: skip
    league = League(str(corpus), tmp_path / "cache", "cpu", own)
    run = league.run({**CONFIG, "num_layers": 2}, 1)
    assert {part: len(pairs.german) for part, pairs in league.corpus.parts.items()} == {
        **{part: len(pairs.german) for part, pairs in league.corpus.parts.items()},
        "captions/train": 20,
        "talks/train": 12,
    }
    assert league.tokenizer.get_vocab_size() <= 60
    lengths = [tokens.lengths.max().item() for tokens in league.tokens.values()]
    assert max(lengths) == 9
    assert float(run.model.shared.weight[own.pad_id + 1 :].detach().std()) == pytest.approx(
        0.5, rel=0.1
    )

    evaluation = run.train_to(own.steps, silent)
    assert evaluation.metrics["beams"] == 2
    run.export(tmp_path / "final")

    model: Any = BartForConditionalGeneration.from_pretrained(tmp_path / "final")
    generation = model.generation_config
    assert (generation.num_beams, generation.max_length) == (2, 12)
    assert model.config.max_position_embeddings == 40
    assert AutoTokenizer.from_pretrained(tmp_path / "final").model_max_length == 9
