"""Transfer as an objective, on a small XLM-RoBERTa saved with its tokenizer, by every method."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from seqeval.metrics import f1_score, precision_score, recall_score
from transfers import STEPS, config, silent, transfer, weights
from transformers import AutoModelForTokenClassification, AutoTokenizer, XLMRobertaModel

from xlt.objectives.ner import embedded
from xlt.objectives.ner.transfer import Transfer, TransferRun
from xlt.objectives.ner.weights import BestWeights, swapped_weights, trainable
from xlt.objectives.objective import Diverged, Evaluation, Paused, Progress
from xlt.objectives.sources.text_files import CorpusError
from xlt.spaces.ner import TUNING_METHODS, NerSettings


@pytest.mark.parametrize("trained", TUNING_METHODS)
def test_paused_and_resumed_is_bit_exact(small: Transfer, trained: str, tmp_path: Path) -> None:
    """Also its averages, its best weights and the order of its sentences."""
    chosen = config(trained, averaging_window=16, batch_size=8, dropout=0.1)
    through = small.run(chosen, 7)
    expected = through.train_to(STEPS, silent)
    first = small.run(chosen, 7)
    first.train_to(3, silent)
    first.save(tmp_path)
    second = small.run(chosen, 7)
    second.restore(tmp_path)
    found = second.train_to(STEPS, silent)
    assert stripped(found) == stripped(expected)
    assert second.best.step == through.best.step
    for name, value in weights(through).items():
        assert torch.equal(value, weights(second)[name]), name
    assert second.test(silent).metrics == through.test(silent).metrics


@pytest.mark.parametrize("stage", ["fine-tuning", "decode"])
def test_paused_before_its_own_checkpoint_is_scored(
    small: Transfer, stage: str, tmp_path: Path
) -> None:
    """Also while it is scored: the score is computed later."""
    chosen = config("full", dropout=0.1)
    whole = small.run(chosen, 7)
    expected = whole.train_to(STEPS, silent)
    every = STEPS // small.protocol.checkpoints
    for at in range(every, STEPS, every):
        run = small.run(chosen, 7)

        def told(progress: Progress, at: int = at, run: TransferRun = run) -> None:
            if run.step == at and progress.stage == stage:
                raise Paused

        with pytest.raises(Paused):
            run.train_to(STEPS, told)
        run.save(tmp_path)
        again = small.run(chosen, 7)
        again.restore(tmp_path)
        assert again.step == at
        assert stripped(again.train_to(STEPS, silent)) == stripped(expected)
        assert again.best.step == whole.best.step
        assert again.last_scored_step == STEPS


def stripped(evaluation: Evaluation) -> dict[str, Any]:
    record = evaluation.to_json()
    return {name: value for name, value in record.items() if name != "seconds"}


def test_scores_are_those_of_the_example(learned: TransferRun, tmp_path: Path) -> None:
    """`transformers`' own script for token classification: first pieces count, -100 is dropped.

    On the model as taken away, a sentence at a time; scored by `seqeval`.
    """
    learned.export(tmp_path / "final")
    model: Any = AutoModelForTokenClassification.from_pretrained(tmp_path / "final").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "final")
    part = learned.transfer.corpus.parts["fr/test"]
    expected, found = [], []
    for words, tags in zip(part.words, part.tags, strict=True):
        encoded = tokenizer(list(words), is_split_into_words=True, return_tensors="pt")
        owners = encoded.word_ids()
        first = [
            owner is not None and owner != before
            for before, owner in zip([None, *owners], owners, strict=False)
        ]
        labels = [
            model.config.label2id[tags[owner]] if head else -100
            for owner, head in zip(owners, first, strict=True)
        ]
        with torch.no_grad():
            inputs = {name: encoded[name] for name in ("input_ids", "attention_mask")}
            predictions = model(**inputs).logits[0].argmax(-1).tolist()
        kept = [i for i, label in enumerate(labels) if label != -100]
        expected.append([model.config.id2label[labels[i]] for i in kept])
        found.append([model.config.id2label[predictions[i]] for i in kept])
    metrics = learned.test(silent).metrics
    assert metrics["fr_f1"] == pytest.approx(100 * f1_score(expected, found))
    assert metrics["fr_precision"] == pytest.approx(100 * precision_score(expected, found))
    assert metrics["fr_recall"] == pytest.approx(100 * recall_score(expected, found))
    assert metrics["fr_f1"] > 5


def test_scores_without_leaked_test_sentences(folder: Path, tmp_path: Path) -> None:
    """Against `seqeval` on the sentences that no training file contains."""
    shutil.copytree(folder / "panx", tmp_path / "panx")
    for language in ("de", "fr"):
        file = tmp_path / "panx" / language / "test.tsv"
        training_text = file.with_name("train.tsv").read_text(encoding="utf-8")
        known = "\n\n".join(training_text.split("\n\n")[:20])
        text = "" if language == "fr" else file.read_text(encoding="utf-8")
        file.write_text(f"{known}\n\n{text}", encoding="utf-8")
    settings = NerSettings(
        train={"de": 300},
        selection_languages=("de",),
        encoder=str(folder / "encoder"),
        steps=100,
        validation=40,
    )
    found = Transfer(str(tmp_path), folder / "cache", "cpu", settings)
    assert found.data["leaked"] == {"de": 20, "fr": 20}
    run = found.run(config("full", dropout=0.0, batch_size=8), 7)
    run.train_to(100, silent)
    test = run.test(silent)
    with swapped_weights(run.model, run.best.weights):
        predicted = found.evaluator.predict(run.model, "de/test")
    part, training = found.corpus.parts["de/test"], found.corpus.parts["de/train"].words
    kept = [i for i, words in enumerate(part.words) if words not in training]
    assert len(kept) == len(part) - 20 == 50
    expected = [list(part.tags[i]) for i in kept]
    scored = 100 * f1_score(expected, [predicted[i] for i in kept])
    assert test.unseen["de_f1"] == pytest.approx(scored)
    assert test.unseen["de_f1"] != test.metrics["de_f1"]
    # Nothing of the French test is left, and no score stands for it.
    assert "fr_f1" in test.metrics
    assert not any(name.startswith("fr_") for name in test.unseen)
    assert run.train_to(100, silent).unseen == {}


def test_divergence_is_reported_in_steps(folder: Path) -> None:
    """For every batch size, although the loop counts updates."""
    run = transfer(folder, steps=20).run(config("full", batch_size=8), 7)
    run.train_to(2, silent)
    run.loop.task.divergence_loss = 0.0  # type: ignore[misc]
    with pytest.raises(Diverged) as found:
        run.train_to(20, silent)
    assert found.value.step == 3


def test_best_weights_are_tested_and_exported(small: Transfer) -> None:
    """Not the last ones. The evaluation at the end of the full run uses them too."""
    run = small.run(config("full", learning_rate=1e-3), 7)
    run.train_to(4, silent)
    kept = BestWeights(99.0, 4, trainable(run.model))
    run.best = kept
    expected = run.test(silent).metrics
    end = run.train_to(STEPS, silent)
    assert run.best is kept
    assert end.metrics["best_step"] == 4
    assert run.test(silent).metrics == expected
    with swapped_weights(run.model, kept.weights):
        assert end.metrics["de_f1"] == run._score("validation", ("de",), silent).metrics["de_f1"]


def test_long_sentences_are_scored_whole(folder: Path, tmp_path: Path) -> None:
    """In windows, every word gets its tag, as the example of `transformers` would take them."""
    root = tmp_path / "panx" / "de"
    root.mkdir(parents=True)
    part = embedded.generate("de", "train")
    words = [word for sentence in part.words[:60] for word in sentence]
    tags = [tag for sentence in part.tags[:60] for tag in sentence]
    text = "\n".join(map("\t".join, zip(words, tags, strict=True)))
    for split in ("train", "validation", "test"):
        (root / f"{split}.tsv").write_text(text + "\n", encoding="utf-8")
    long = Transfer(
        str(tmp_path),
        tmp_path / "cache",
        "cpu",
        NerSettings(
            train={"de": 1},
            selection_languages=("de",),
            encoder=str(folder / "encoder"),
            steps=STEPS,
        ),
    )
    assert len(long.windows["de/test"].input_ids) > 3
    run = long.run(config("full"), 7)
    metrics = run.train_to(STEPS, silent).metrics
    (found,) = long.evaluator.predict(run.model, "de/validation")
    assert len(found) == len(words)
    with swapped_weights(run.model, run.best.weights):
        (found,) = long.evaluator.predict(run.model, "de/validation")
    assert metrics["de_f1"] == pytest.approx(100 * f1_score([tags], [found]))


def test_rungs_do_not_matter(small: Transfer) -> None:
    """Only the protocol's own checkpoints decide which weights are kept."""
    through, stopping = small.run(config("full"), 7), small.run(config("full"), 7)
    for step in (1, 3, 5):
        stopping.train_to(step, silent)
    assert stripped(stopping.train_to(STEPS, silent)) == stripped(through.train_to(STEPS, silent))
    assert stopping.best.step == through.best.step


def test_learning_raises_the_score(small: Transfer) -> None:
    """300 sentences, 120 steps: a random encoder finds entities of its own language."""
    longer = Transfer(
        small.corpus.source,
        Path("unused"),
        "cpu",
        NerSettings(
            train={"de": 300},
            selection_languages=("de",),
            encoder=small.encoder.name,
            steps=120,
            validation=40,
        ),
    )
    run = longer.run(config("full", learning_rate=1e-3, dropout=0.0, batch_size=8), 7)
    first, last = run.train_to(1, silent), run.train_to(120, silent)
    assert last.score > first.score + 15
    assert {"de_f1", "fr_f1", "de_f1_PER", "best_step"} <= last.metrics.keys()
    assert "fr_f1" not in first.metrics
    assert last.notes["selected_on"] == "de"


def test_unused_embeddings_are_pruned(small: Transfer, folder: Path) -> None:
    run = small.run(config("head"), 7)
    rows = run.model.get_parameter("roberta.embeddings.word_embeddings.weight")
    full = XLMRobertaModel.from_pretrained(folder / "encoder")
    assert len(rows) == len(small.vocabulary.kept) < full.config.vocab_size
    expected = full.get_input_embeddings().weight[small.vocabulary.kept]
    assert torch.equal(rows, expected)


def test_lineage_and_identity(small: Transfer, folder: Path) -> None:
    """Another encoder, another number of sentences: other checkpoints."""
    assert small.prefix_config(config("head"), 1) == config("head")
    drawn, fixed = (transfer(folder, train={"de": 200}, redraw=redraw) for redraw in (True, False))
    assert drawn.identity != small.identity != fixed.identity
    assert drawn.corpus.fingerprint == small.corpus.fingerprint != fixed.corpus.fingerprint
    torch.manual_seed(99)  # nothing may hang on what somebody has drawn before
    assert transfer(folder).identity == small.identity
    changed = shutil.copytree(folder / "encoder", folder / "changed")
    encoder = XLMRobertaModel.from_pretrained(changed, add_pooling_layer=False)
    with torch.no_grad():
        encoder.get_parameter("encoder.layer.0.output.dense.bias")[0] += 1
    encoder.save_pretrained(changed)
    assert transfer(folder, encoder=str(changed)).identity != small.identity
    moved = shutil.copytree(folder / "encoder", folder / "moved")
    assert transfer(folder, encoder=str(moved)).identity == small.identity


def test_missing_language(folder: Path) -> None:
    with pytest.raises(CorpusError, match="the study wants it, there is de, fr"):
        transfer(folder, train={"it": 10})
