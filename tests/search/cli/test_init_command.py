"""`xlt-search init` writes tasks that work; each template learns on data that the test makes."""

import random
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    AutoModel,
    BertConfig,
    BertForSequenceClassification,
    PreTrainedTokenizerFast,
)

from xlt.objectives import tasks
from xlt.objectives.trainer.data import PARTS, encode_labels, load_parts
from xlt.search.cli.init_command import Kind, init
from xlt.spaces.errors import InputError
from xlt.studies import study as studies

WORDS = ["good", "bad", "film", "the", "a", "plot", "very", "actor"]
COLUMNS = {
    Kind.CLASSIFICATION: "review,stars",
    Kind.PAIRS: "first,second,relation",
    Kind.GENERATION: "line",
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder without pretraining, with a tokenizer of whole words."""
    folder = tmp_path_factory.mktemp("model")
    specials = ["<pad>", "<unk>", "<s>", "</s>"]
    vocabulary = {word: index for index, word in enumerate([*specials, *WORDS])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", unk_token="<unk>", eos_token="</s>"
    ).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        initializer_range=0.2,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


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
    kind: Kind, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `init` writes is a study that trains, scores, tests and exports."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "datasets"))
    is_generation = kind is Kind.GENERATION
    # A few lines make one example of a language model.
    write_table(tmp_path / "data.tsv", COLUMNS[kind], 2_000 if is_generation else 200)
    init(Path("mine.py"), kind, "data.tsv", COLUMNS[kind], str(model))
    study = studies.load("mine.py", ["search.n_trials=3"])
    objective = tasks.build(study.task, source="auto", cache=tmp_path / "cache", device="cpu")
    changes: dict[str, Any] = {"learning_rate": 5e-3, "epochs": 5, "batch_size": 8}
    known = {name: value for name, value in changes.items() if name in study.space.by_name}
    run = objective.run({**study.space.baseline_config, **known}, 1)
    run.train_to(300, lambda _: None)
    score = run.train_to(1000, lambda _: None).score
    # Six of a line's eight tokens are drawn from six words: no loss is below log(6) * 6 / 8 = 1.34.
    assert -1.8 < score < -1.2 if is_generation else score > 90
    assert run.test(lambda _: None).metric == ("-loss" if is_generation else "accuracy")
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
