"""Transfer as an objective, on a small XLM-RoBERTa saved with its tokenizer, by every method."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities
from tokenizers.processors import TemplateProcessing
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaModel,
    pipeline,
)

from xlt.objectives.ner import embedded, tiny, tuning, work
from xlt.objectives.ner.data import tsv
from xlt.objectives.ner.scores import span_counts
from xlt.objectives.ner.task import NER_TASK
from xlt.objectives.ner.transfer import Transfer, TransferRun
from xlt.objectives.ner.weights import BestWeights, WeightAverage, swapped_weights, trainable
from xlt.objectives.objective import Diverged, Evaluation, Paused, Progress
from xlt.objectives.sources import CorpusError
from xlt.spaces.ner import NER, TUNING_METHODS, NerSettings

STEPS = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """panx/de and panx/fr from the embedded sentences; encoder/, random weights."""
    root = tmp_path_factory.mktemp("ner")
    texts = []
    for language in ("de", "fr"):
        for split, number in (("train", 300), ("validation", 40), ("test", 50)):
            part = embedded.generate(language, split)
            chosen = list(zip(part.words, part.tags, strict=True))[:number]
            texts += [" ".join(words) for words, _ in chosen]
            lines = ["\n".join(map("\t".join, zip(*each, strict=True))) for each in chosen]
            file = root / "panx" / language / f"{split}.tsv"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    tokenizer = tiny.train_tokenizer(texts)
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", tiny.BEGIN), ("</s>", tiny.END)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    ).save_pretrained(root / "encoder")
    torch.manual_seed(1)
    config = XLMRobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=260,
        type_vocab_size=1,
        pad_token_id=tiny.PAD,
        bos_token_id=tiny.BEGIN,
        eos_token_id=tiny.END,
    )
    XLMRobertaModel(config, add_pooling_layer=False).save_pretrained(root / "encoder")
    return root


def transfer(folder: Path, **changes: Any) -> Transfer:
    settings: dict[str, Any] = {
        "train": {"de": 300},
        "selection_languages": ["de"],
        "encoder": str(folder / "encoder"),
        "steps": STEPS,
        "validation": 40,
    }
    return Transfer(str(folder), folder / "cache", "cpu", NerSettings(**(settings | changes)))


@pytest.fixture(scope="module")
def small(folder: Path) -> Transfer:
    return transfer(folder)


def config(trained: str, **changes: Any) -> dict[str, Any]:
    values = {**NER.baseline, "tuning_method": trained, "learning_rate": 1e-3, "batch_size": 32}
    return NER.canonical(NER.active(values | changes))


def silent(_: object) -> None:
    pass


def weights(run: TransferRun) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in run.model.state_dict().items()}


@pytest.mark.parametrize("trained", TUNING_METHODS)
def test_each_method_trains_its_part_alone(small: Transfer, trained: str) -> None:
    """What it says is trained moves, all else stays as it was to the last bit."""
    run = small.run(config(trained, weight_decay=0.0), 7)
    before = weights(run)
    names = {name for name, p in run.model.named_parameters() if p.requires_grad}
    run.train_to(2, silent)
    after = weights(run)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved <= names
    assert any("classifier" in name for name in moved)
    body = {name for name in moved if "classifier" not in name}
    if trained == "head":
        assert not body
    if trained == "lora":
        assert body
        assert all("lora_" in name for name in body)
    if trained in ("prefix", "prompt"):
        assert {"prompt_encoder.default.embedding.weight"} == body
    if trained == "partial":  # half of three layers, rounded down, and the embeddings are frozen
        assert {name.partition("layer.")[2][0] for name in body} == {"1", "2"}
    if trained == "full":
        assert names - moved <= {"roberta.embeddings.token_type_embeddings.weight"}


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
def test_paused_where_its_weights_were_to_be_judged(
    small: Transfer, stage: str, tmp_path: Path
) -> None:
    """At a checkpoint of its own, before it was scored or while it was: it is scored later."""
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


# Of `pipeline`, for every tokenizer that marks words' beginnings; and of peft when it loads.
@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")
@pytest.mark.parametrize("trained", TUNING_METHODS)
def test_taken_away(
    small: Transfer, trained: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """`transformers` loads it, with all pieces again, and finds what we found."""
    run = small.run(config(trained, lora_learning_rate=5e-3), 7)
    run.train_to(STEPS, silent)
    first, second = run.export(tmp_path / "final"), run.export(tmp_path / "again")
    assert first == second
    assert "Writing" not in capfd.readouterr().err  # the display is the command's own
    model: Any = AutoModelForTokenClassification.from_pretrained(tmp_path / "final").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "final")
    assert model.config.vocab_size == len(tokenizer) > len(small.vocabulary.kept) - 1
    if trained in ("prefix", "prompt"):
        model = PeftModel.from_pretrained(model, tmp_path / "final" / "adapter").eval()
    windows = small.windows["fr/test"]
    with torch.no_grad(), swapped_weights(run.model, run.best.weights):
        run.model.eval()
        for place, words in enumerate(small.corpus.parts["fr/test"].words[:20]):
            encoded = tokenizer(list(words), is_split_into_words=True, return_tensors="pt")
            assert encoded["input_ids"][0].tolist() == windows.input_ids[place].tolist()
            inputs = {name: encoded[name] for name in ("input_ids", "attention_mask")}
            logits = model(**inputs).logits[:, -len(encoded["input_ids"][0]) :]
            expected = small.tagger.logits(run.model, windows, [place])
            torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-4)
    if trained in ("prefix", "prompt"):
        assert (tmp_path / "final" / "adapter").is_dir()


@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
@pytest.mark.parametrize("trained", ["full", "prefix"])
def test_the_card_of_a_tagger_has_code_that_tags_a_sentence(
    small: Transfer, trained: str, tmp_path: Path
) -> None:
    """As it stands, in the model's folder; where it says that its entity types are, they are."""
    folder = tmp_path / "final"
    small.run(config(trained), 7).export(folder)
    text = NER_TASK.usage(folder)
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert code

    command = [sys.executable, "-c", code[1]]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)

    assert ran.stdout.startswith("[")
    assert "`id2label` in `config.json`" in text
    labels = json.loads((folder / "config.json").read_text(encoding="utf-8"))["id2label"]
    assert set(labels.values()) == set(small.corpus.labels)


@pytest.fixture(scope="module")
def learned(folder: Path) -> TransferRun:
    """Trained until it finds something."""
    run = transfer(folder, steps=100).run(config("full", dropout=0.0, batch_size=8), 7)
    run.train_to(100, silent)
    return run


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


def test_the_test_is_scored_without_the_sentences_that_stand_in_training_as_well(
    folder: Path, tmp_path: Path
) -> None:
    """By `seqeval`, on the sentences that were not copied from a training file."""
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


def test_divergence_is_told_in_steps(folder: Path) -> None:
    """Whatever the batch: the loop beneath counts updates."""
    run = transfer(folder, steps=20).run(config("full", batch_size=8), 7)
    run.train_to(2, silent)
    run.loop.task.divergence_loss = 0.0  # type: ignore[misc]
    with pytest.raises(Diverged) as found:
        run.train_to(20, silent)
    assert found.value.step == 3


# Of `pipeline`, for every tokenizer that marks words' beginnings.
@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
def test_the_pipeline_finds_entities(learned: TransferRun, tmp_path: Path) -> None:
    """Those that our own prediction has, as text: words put together again from pieces."""
    run, longer = learned, learned.transfer
    run.export(tmp_path / "final")
    finder = pipeline("token-classification", str(tmp_path / "final"), aggregation_strategy="first")
    with swapped_weights(run.model, run.best.weights):
        tagged = longer.evaluator.predict(run.model, "de/train")
    part = longer.corpus.parts["de/train"]
    compared = 0
    for words, tags in zip(part.words[:50], tagged, strict=False):
        entities = get_entities(tags)
        found = finder(" ".join(words))
        texts = [" ".join(words[start : end + 1]) for _, start, end in entities]
        assert [(each["entity_group"], each["word"].strip()) for each in found] == [
            (kind, text) for (kind, _, _), text in zip(entities, texts, strict=True)
        ]
        compared += len(texts)
    assert compared > 20


def test_the_best_weights_are_tested_and_handed_over(small: Transfer) -> None:
    """Not the last ones; the record of the full run speaks of the same weights."""
    run = small.run(config("full", learning_rate=1e-3), 7)
    run.train_to(4, silent)
    kept = BestWeights(99.0, 4, trainable(run.model))
    run.best = kept
    expected = run.test(silent).metrics
    end = run.train_to(STEPS, silent)
    assert run.best is kept
    assert end.metrics["best_step"] == 4
    tested = run.test(silent)
    assert tested.metrics == expected
    assert not tested.sentences
    assert end.sentences.keys() == {"de"}
    sentences = end.sentences["de"]
    counts = map(span_counts, sentences.references, sentences.hypotheses)
    right, found, there = map(sum, zip(*counts, strict=True))
    assert end.metrics["de_f1"] == pytest.approx(200 * right / max(1, found + there))
    with swapped_weights(run.model, kept.weights):
        assert end.metrics["de_f1"] == run._score("validation", ("de",), silent).metrics["de_f1"]


def test_the_average_is_a_running_mean(small: Transfer) -> None:
    """Of all weights so far while they are few, then one that forgets: by hand."""
    run = small.run(config("head"), 7)
    average = WeightAverage(run.model, 4)
    name = next(iter(average.mean))
    values = [float(i * i) for i in range(1, 9)]
    expected = values[0]
    for update, value in enumerate(values, 1):
        with torch.no_grad():
            run.model.get_parameter(name).fill_(value)
        average.add(update)
        expected += (value - expected) / min(update, 4)
        if update <= 4:
            assert expected == pytest.approx(sum(values[:update]) / update)
    assert average.mean[name].flatten()[0] == pytest.approx(expected)


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


def test_what_is_frozen_is_never_random(small: Transfer) -> None:
    """Layers that are both to be frozen and started anew stay as pretrained."""
    run = small.run(config("partial", frozen_layer_fraction=0.75, reinitialised_layers=2), 7)
    for layer in (0, 1):  # three quarters of three layers, rounded down
        name = f"encoder.layer.{layer}.attention.self.query.weight"
        assert torch.equal(run.model.get_parameter(f"roberta.{name}"), small.encoder.weights[name])
    top = "encoder.layer.2.attention.self.query.weight"
    assert not torch.equal(run.model.get_parameter(f"roberta.{top}"), small.encoder.weights[top])


def test_the_way_does_not_matter(small: Transfer) -> None:
    """Scoring at rungs changes nothing: the weights that are kept are the way's own."""
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


def test_every_batch_size_sees_the_same_steps(small: Transfer) -> None:
    """A step is the same 32 sentences, in batches of 32 or 8; no sentence comes more often."""

    def steps(batch: int) -> Iterator[list[int]]:
        run = small.run(config("head", batch_size=batch), 7)
        batches = run.loop.task.batches(0)
        for _ in range(STEPS):
            updates: list[Any] = [next(batches) for _ in range(run.updates_a_step)]
            yield sorted(place for _, places in updates for place in places)

    whole = list(steps(32))
    assert list(steps(8)) == whole
    batches: Iterator[Any] = iter(small.run(config("head", batch_size=32), 7).loop.task.batches(0))
    seen = Counter(place for _ in range(16 * 75) for place in next(batches)[1])
    assert set(seen.values()) == {128}  # 75 x 512 windows are 128 times 300


def test_unused_pieces_need_no_memory(small: Transfer, folder: Path) -> None:
    run = small.run(config("head"), 7)
    rows = run.model.get_parameter("roberta.embeddings.word_embeddings.weight")
    full = XLMRobertaModel.from_pretrained(folder / "encoder")
    assert len(rows) == len(small.vocabulary.kept) < full.config.vocab_size
    expected = full.get_input_embeddings().weight[small.vocabulary.kept]
    assert torch.equal(rows, expected)


def test_layers_learn_slower_downwards(small: Transfer) -> None:
    run = small.run(config("full", layerwise_lr_decay=0.7), 7)
    scale = tuning.lr_scale(run.model, run.config)
    names = ("classifier.weight", "encoder.layer.2.x", "encoder.layer.0.x", "embeddings.x")
    found = [scale(f"roberta.{name}") for name in names]
    assert found == pytest.approx([1, 0.7, 0.7**3, 0.7**4])


def test_lineage_and_identity(small: Transfer, folder: Path) -> None:
    """Another encoder, another number of sentences: other checkpoints."""
    assert small.lineage(config("head"), 1) == config("head")
    other = transfer(folder, train={"de": 200})
    assert other.identity != small.identity
    assert other.corpus.fingerprint != small.corpus.fingerprint
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


def test_a_language_that_is_not_there(folder: Path) -> None:
    with pytest.raises(CorpusError, match="the study wants it, there is de, fr"):
        transfer(folder, train={"it": 10})


def test_faults_are_reported_and_nothing_mended(tmp_path: Path) -> None:
    file = tmp_path / "train.tsv"
    file.write_text(
        "Anna\tB-PER\nsah\tO\n\n\nBonn\tX-LOC\n\nRom\tI-LOC\nist\tO\n\nzu viel\tO\tO\nda\tO\n\nGut\tO\n"
        + "\nWien\tB-LOC\n" * 20
    )
    notices: list[str] = []
    found = tsv.read(file, notices)
    assert found.words[:3] == (("Anna", "sah"), ("Rom", "ist"), ("Gut",))
    assert found.tags[1] == ("I-LOC", "O")
    assert len(notices) == 4
    for part, line in (("empty", 4), ("neither O nor", 5), ("continue nothing", 7), ("3 col", 10)):
        assert any(part in notice and f"(line {line})" in notice for notice in notices)
        assert all(str(file) in notice for notice in notices)


def test_a_test_is_planned_by_the_sentences_that_the_folder_has(small: Transfer) -> None:
    """Fifty of each of two languages; in passes of 32 sentences through twelve layers."""
    settings = {**small.settings.model_dump(mode="json"), "sentences": small.data["sentences"]}
    planned = work.units_of_test(config("full"), STEPS, settings)["scoring"]
    assert planned == pytest.approx(2 * 50 / 32)
