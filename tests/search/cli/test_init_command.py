"""`xlt-search init` writes tasks that work; each template learns on data that the test makes."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from tiny_models import VOCABULARY, WORDS, save_encoder, save_tokenizer
from transformers import AutoModel, BartConfig, BartForConditionalGeneration

from xlt.objectives import tasks
from xlt.objectives.gpus import gpu_names
from xlt.objectives.trainer.data import PARTS, encode_labels, load_parts
from xlt.search.cli.init_command import Kind, init
from xlt.spaces.errors import InputError
from xlt.studies import study as studies

COLUMNS = {
    Kind.CLASSIFICATION: "review,stars",
    Kind.PAIRS: "first,second,relation",
    Kind.NER: "words,tags",
    Kind.QA: "asked,text,found",
    Kind.SEQ2SEQ: "source,target",
    Kind.GENERATION: "line",
}
METRICS = {
    Kind.NER: "f1",
    Kind.QA: "f1",
    Kind.SEQ2SEQ: "bleu",
    Kind.GENERATION: "-loss",
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder without pretraining, with a tokenizer of whole words."""
    folder = tmp_path_factory.mktemp("model")
    save_encoder(folder)
    return folder


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder-decoder without pretraining; its tokenizer ends a text with `</s>`."""
    folder = tmp_path_factory.mktemp("translator")
    save_tokenizer(folder, "$A </s>")
    config = BartConfig(
        vocab_size=VOCABULARY,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=64,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=3,
        decoder_start_token_id=3,
        forced_eos_token_id=None,
        init_std=0.2,
    )
    BartForConditionalGeneration(config).save_pretrained(folder)
    return folder


def examples(kind: Kind) -> list[dict[str, Any]]:
    """Data with structure for the kinds that a table does not have."""
    drawn = random.Random(1)
    rows: list[dict[str, Any]] = []
    for index in range(200):
        first = ["good", "bad"][index % 2]
        words = [first, *drawn.choices(["the", "a", "plot", "very", "actor"], k=6)]
        drawn.shuffle(words)
        text = " ".join(words)
        if kind is Kind.NER:
            tags = ["B-MOOD" if word == first else "O" for word in words]
            rows.append({"words": words, "tags": tags})
        elif kind is Kind.QA:
            found = [{"text": first, "start": text.index(first)}]
            rows.append({"asked": "the film", "text": text, "found": found})
        else:
            target = "a very good plot the film" if first == "good" else "the actor a bad film very"
            rows.append({"source": text, "target": target})
    return rows


def write_table(path: Path, columns: str, n_rows: int = 200) -> None:
    drawn = random.Random(1)
    lines = [columns.replace(",", "\t")]
    for index in range(n_rows):
        texts = [
            " ".join([WORDS[index % 2], *drawn.choices(WORDS[2:], k=6)])
            for _ in range(max(columns.count(","), 1))
        ]
        label = ["one", "five"][index % 2]
        lines.append("\t".join([*texts, label][: columns.count(",") + 1]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(Kind))
def test_templates_train(
    kind: Kind, model: Path, translator: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `init` writes is a study that trains, scores, tests and exports."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "datasets"))
    is_generation, data = kind is Kind.GENERATION, "data.tsv"
    if kind in (Kind.NER, Kind.QA, Kind.SEQ2SEQ):
        data = "data.jsonl"
        (tmp_path / data).write_text("\n".join(map(json.dumps, examples(kind))))
    else:  # a few lines make one example of a language model
        write_table(tmp_path / data, COLUMNS[kind], 2_000 if is_generation else 200)
    pretrained = translator if kind is Kind.SEQ2SEQ else model
    init(Path("mine.py"), kind, data, COLUMNS[kind], str(pretrained))
    study = studies.load("mine.py", ["search.n_trials=3"])
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")  # which this changes
    objective = tasks.build(study.task, source="auto", cache=tmp_path / "cache", device="cpu")
    gpu_names.cache_clear()
    changes = {"learning_rate": 5e-3, "num_train_epochs": 5, "per_device_train_batch_size": 8}
    known = {name: value for name, value in changes.items() if name in study.space.by_name}
    run = objective.run({**study.space.baseline_config, **known}, 1)
    run.train_to(300, lambda _: None)
    score = run.train_to(1000, lambda _: None).score
    # Six of a line's eight tokens are drawn from six words: no loss is below log(6) * 6 / 8 = 1.34.
    assert -1.8 < score < -1.2 if is_generation else score > 90
    assert run.test(lambda _: None).metric == METRICS.get(kind, "accuracy")
    (tmp_path / "final").mkdir()
    run.export(tmp_path / "final")
    AutoModel.from_pretrained(tmp_path / "final")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("mine")
    with pytest.raises(InputError, match="the file exists"):
        init(file)
    assert file.read_text() == "mine"
    with pytest.raises(InputError, match=r"expected a name that ends in \.py"):
        init(tmp_path / "mine.toml")


def test_wrong_columns_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "datasets"))
    table = tmp_path / "data.tsv"
    write_table(table, "review,stars")
    with pytest.raises(InputError, match=r"no column text, label; .* from review, stars"):
        init(tmp_path / "mine.py", Kind.CLASSIFICATION, str(table))
    with pytest.raises(InputError, match="expected 2 columns, like text,label"):
        init(tmp_path / "mine.py", Kind.CLASSIFICATION, str(table), "review")
    with pytest.raises(InputError, match="there is no such file"):
        init(tmp_path / "mine.py", Kind.CLASSIFICATION, str(tmp_path / "other.csv"))
    assert not (tmp_path / "mine.py").exists()


def test_classes_have_the_same_number_in_all_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if a part lacks one; the drawn parts have no example twice."""
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "datasets"))
    for part, labels in (("train", "abc"), ("validation", "ac"), ("test", "c")):
        rows = "".join(f"text {label}\t{label}\n" for label in labels)
        (tmp_path / f"{part}.tsv").write_text(f"text\tlabel\n{rows}")
    data = encode_labels(load_parts(str(tmp_path)), "label")
    assert [data[part]["labels"] for part in PARTS] == [[0, 1, 2], [0, 2], [2]]
    write_table(tmp_path / "one.tsv", "number,stars", 100)
    parts = load_parts(str(tmp_path / "one.tsv"))
    assert [len(parts[part]) for part in PARTS] == [80, 10, 10]
