"""Damaged files are read, or refused with an `XltError` that names the file.

Studies, exports, corpora and checkpoints are damaged in hundreds of reproducible ways. Every
altered byte of a checkpoint is detected, and its score does not change.
"""

import json
import os
import random
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import torch
from counting import SLOW, Counting, CountingRun, silent
from mangling import (
    Mangle,
    bytes_mangled,
    different,
    file_mangled,
    lines_mangled,
    tables_mangled,
    tree_mangled,
    words_mangled,
)
from records import RECORD
from safetensors import safe_open
from safetensors.torch import save_file
from samples import write_corpus

from xlt.objectives.checkpoints.tree import CheckpointTree
from xlt.objectives.folders import CorruptFolder, verified_folder
from xlt.objectives.ner import embedded, tiny
from xlt.objectives.ner.data import corpora as tagged
from xlt.objectives.ner.data.alignment import SpecialTokenIds, tokenize_and_align_labels
from xlt.objectives.ner.scores import bracket_entities, entity_scores
from xlt.objectives.objective import Configuration, Evaluation
from xlt.objectives.translation import corpora as translated
from xlt.objectives.translation import vocabulary
from xlt.objectives.translation.scores import Detokeniser
from xlt.search.execution.jobs import ObjectiveDescription
from xlt.search.pipeline import reproduce
from xlt.search.results import export
from xlt.search.transfer import compare
from xlt.spaces.errors import XltError
from xlt.spaces.ner import NerSettings
from xlt.studies.loader import CONTROL, parsed
from xlt.studies.resolved import difference, resolved, to_toml
from xlt.studies.study import Study, load

# The number of damaged files or folders for every kind of reader.
CASES: Mapping[str, int] = {
    "studies": 900,
    "exports": 800,
    "tagged": 240,
    "translated": 160,
    "checkpoints": 160,
    "prepared": 40,
}
assert sum(CASES.values()) >= 2_000

# A case takes less than a second; the limit ends a hanging one before the usual ten minutes.
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(autouse=True)
def nothing_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Damaged files that execute code would create a file in the working directory."""
    monkeypatch.chdir(tmp_path)
    yield
    assert not (tmp_path / "executed").exists()


def randoms(kind: str, name: str = "", share: int = 1) -> Iterator[random.Random]:
    """Yield the random numbers of every case. After a failure, their seed is printed."""
    for number in range(CASES[kind] // share):
        seed = f"{kind} {name} {number}"
        try:
            yield random.Random(seed)
        except GeneratorExit:
            print(f"failed with the random numbers of {seed!r}")
            raise


def is_read(read: Callable[[Path], object], path: Path) -> bool:
    """Whether a file was read. If it was not, check that the message is clear and names it."""
    try:
        read(path)
    except XltError as error:
        message = str(error)
        assert str(path) in message
        lines = message.split("\n")  # one line for every mistake
        assert len(lines) < 30
        assert max(map(len, lines)) < 1_000
        assert not CONTROL.search(message.replace("\n", ""))
        assert "pydantic" not in message.lower()
        return False
    return True


# Studies.

RANGES = """
name = "mine"
task = "translation"
[space]
d_model = [128, 192, 256]
num_layers = 2
learning_rate = { low = 1e-6, high = 1e-4 }
dropout = { low = 0.0, high = 0.2, step = 0.1 }
d_ff = { times = "d_model", low = 3, high = 4 }
lr_scheduler_type = ["linear", "cosine"]
[baseline]
dropout = 0.1
[search]
n_trials = 3
enqueue = [{ d_model = 256, num_layers = 2 }, { dropout = 0.2 }]
[budget]
rungs = [50, 100]
"""


def in_toml(good: bytes, rnd: random.Random) -> bytes:
    """Change a value; the result is still TOML."""
    return tomli_w.dumps(tables_mangled(tomllib.loads(good.decode()), rnd)).encode()


def read_study(file: Path) -> Study:
    """Read a study, and check that it is the same after writing and reading it again."""
    study = load(str(file))
    assert study.space.size >= 1
    again = file.with_name("again.toml")
    again.write_text(to_toml(study), encoding="utf-8")
    assert load(str(again)) == study
    assert difference(resolved(study), resolved(load(str(again)))) == []
    return study


@pytest.mark.parametrize("mangle", [bytes_mangled, lines_mangled, in_toml])
def test_studies(mangle: Mangle, tmp_path: Path) -> None:
    """Studies as people write them, and as the program writes them."""
    shipped = [files("xlt.studies").joinpath(f"{name}.toml") for name in ("league", "ner-few-shot")]
    good = [RANGES.encode(), *(path.read_bytes() for path in shipped)]
    good.append(to_toml(load("ner-zero-shot")).encode())
    file = tmp_path / "mine.toml"
    read = 0
    for content in good:
        file.write_bytes(content)
        read_study(file)
    for rnd in randoms("studies", mangle.__name__, share=3):
        file.write_bytes(different(rnd.choice(good), rnd, mangle))
        read += is_read(read_study, file)
    assert 0 < read < CASES["studies"] // 3


# Exports.


def ner_export() -> dict[str, Any]:
    study = load("ner-zero-shot")
    scores = {"step": 800, "score": 70.1, "metrics": {"de_f1": 70.1, "fr_f1_LOC": 1e-9}}
    return RECORD | {
        "study_name": study.name,
        "task": "ner",
        "configuration": dict(study.space.baseline_config),
        "validation": [scores],
        "test": scores,
        "data": RECORD["data"] | {"settings": {"encoder": "tiny"}},
        "study": resolved(study),
    }


def read_export(file: Path) -> None:
    """Do what `reproduce` does, without training."""
    one = export.read_export(file)
    study = reproduce._study(one, file, one.data.source)
    assert one.configuration in study.space
    description = ObjectiveDescription(
        study.steps, {}, {}, {"fingerprint": "b", "description": "x"}
    )
    reproduce._check_data(one, description, file)
    reproduce._check_steps(one, description, file)
    now = {
        "code": "c",
        "device": "cpu",
        "precision": "float32",
        "threads": 1,
        "versions": {"torch": "2"},
    }
    assert all(reproduce._environment_changes(one, now))
    assert export.Export.model_validate(tomllib.loads(export.as_toml(one))).study == one.study


def in_parts(good: bytes, rnd: random.Random) -> bytes:
    """Change the data or the study of an export."""
    record = tomllib.loads(good.decode())
    part = rnd.choice(("data", "study"))
    return tomli_w.dumps(record | {part: tables_mangled(record[part], rnd)}).encode()


@pytest.mark.parametrize("mangle", [bytes_mangled, lines_mangled, in_toml, in_parts])
def test_exports(mangle: Mangle, tmp_path: Path) -> None:
    """Exports are read by `reproduce` and by the comparison of strategies."""
    file = tmp_path / "best.toml"
    good = [tomli_w.dumps(record).encode() for record in (RECORD, ner_export())]
    for content in good:
        file.write_bytes(content)
        read_export(file)
    read = 0
    for rnd in randoms("exports", mangle.__name__, share=4):
        file.write_bytes(different(rnd.choice(good), rnd, mangle))
        read += is_read(read_export, file)
        is_read(compare._read_strategy_export, file)
    assert 0 < read < CASES["exports"] // 4


# Corpora.

SETTINGS = NerSettings(train={"de": 20, "fr": 10}, selection_languages=("de",), validation=5)
LANGUAGES = (b"\xff\xfe", b"a\tb", b"x" * 255, b"a\nb", b"\x1b[31m", "ä".encode(), b"..x", b"a b")


def write_tagged(folder: Path) -> Path:
    """panx/de and panx/fr, from the embedded sentences."""
    for language in ("de", "fr"):
        for split, number in (("train", 20), ("validation", 5), ("test", 5)):
            part = embedded.generate(language, split)
            chosen = list(zip(part.words, part.tags, strict=True))[:number]
            lines = ["\n".join(map("\t".join, zip(*sentence, strict=True))) for sentence in chosen]
            file = folder / "panx" / language / f"{split}.tsv"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    return folder


def mangle_corpus(folder: Path, rnd: random.Random) -> None:
    file = rnd.choice(sorted(path for path in folder.rglob("*") if path.is_file()))
    match rnd.randrange(10):
        case 0:
            # Another language, or a folder whose name is not a language.
            name = os.fsdecode(rnd.choice(LANGUAGES))
            shutil.copytree(file.parent, file.parents[1] / name)
        case 1 | 2 | 3 | 4:
            file.write_bytes(different(file.read_bytes(), rnd, words_mangled))
        case _:
            file_mangled(file, rnd)


def test_tagged_corpora(tmp_path: Path) -> None:
    """A corpus that is read can be tokenised and scored, and named in an export."""
    tokenizer = tiny.train_tokenizer(["Angela Merkel in Berlin"])

    def read_tagged(folder: Path) -> None:
        corpus = tagged.load(str(folder), SETTINGS)
        assert len(corpus.fingerprint) == 64
        numbers = {label: number for number, label in enumerate(corpus.labels)}
        for part in corpus.parts.values():
            windows = tokenize_and_align_labels(
                part, tokenizer, SpecialTokenIds(0, 2, 1, 3), numbers, 128, 32
            )
            assert len(windows.input_ids) >= len(part) > 0
            scores = entity_scores(part.tags, part.tags, corpus.types)
            assert all(0 <= score <= 100 for score in scores.values())
            assert all(map(bracket_entities, part.words, part.tags))
        names = [f"{one}_precision_{name}" for one in corpus.languages for name in corpus.types]
        written = tomli_w.dumps(dict.fromkeys(names, 1.0)).encode()
        assert list(parsed(written.decode(), "export")) == names

    good = write_tagged(tmp_path / "good")
    read_tagged(good)
    assert corpora_read("tagged", good, read_tagged)


def test_translated_corpora(tmp_path: Path) -> None:
    """A corpus that is read can be tokenised and detokenised."""

    def read_translated(folder: Path) -> None:
        corpus = translated.load(str(folder))
        assert len(corpus.fingerprint) == 64
        cache = tmp_path / "cache"
        tokenizer, tokens, altered = vocabulary.prepare(corpus, cache)
        assert not altered
        shutil.rmtree(cache)
        detokeniser = Detokeniser(tokenizer, corpus.parts["captions/train"].english)
        for name, part in corpus.parts.items():
            sides = [tokens[f"{name}.{side}"].sentences for side in ("de", "en")]
            assert len(sides[0]) == len(sides[1]) == len(part.german) == len(part.english) > 0
            assert detokeniser.text(sides[1][0].tolist())

    good = write_corpus(tmp_path / "good")
    read_translated(good)
    assert corpora_read("translated", good, read_translated)


def corpora_read(kind: str, good: Path, read: Callable[[Path], None]) -> bool:
    """Whether some cases were read, and some were refused."""
    count = 0
    for number, rnd in enumerate(randoms(kind)):
        folder = good.with_name(str(number))
        shutil.copytree(good, folder)
        mangle_corpus(folder, rnd)
        count += is_read(read, folder)
        shutil.rmtree(folder)
    return 0 < count < CASES[kind]


# Checkpoints and prepared data.

FAST: Configuration = {"width": 1, "rate": "fast"}


class Saving(Counting):
    """An objective whose states are tensors, like those of real runs."""

    def run(self, config: Configuration, seed: int) -> "SavingRun":
        return SavingRun(self, config, seed)


class SavingRun(CountingRun):
    def save(self, path: Path) -> None:
        state = torch.frombuffer(bytearray(self.state.encode()), dtype=torch.uint8)
        save_file({"state": state}, path / "state.safetensors", {"run": json.dumps(self.step)})

    def restore(self, path: Path) -> None:
        with safe_open(path / "state.safetensors", "pt") as file:
            self.step = json.loads(file.metadata()["run"])
            self.state = bytes(file.get_tensor("state").tolist()).decode()


def answers(tree: CheckpointTree) -> list[Evaluation]:
    """The recorded evaluations, and those of the restored states."""
    evaluations = []
    for config, step in ((SLOW, 20), (FAST, 20), (SLOW, 10)):
        evaluations.append(tree.evaluate(Saving(), config, 1, step, heartbeat=silent))
        run = tree.restore(Saving(), config, 1, step, heartbeat=silent)
        evaluations.append(run.test(silent))
    return evaluations


def nodes(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix != ".lock")


def test_no_byte_of_a_checkpoint_changes_unnoticed(tmp_path: Path) -> None:
    """Every single byte of scores, states and lists of hashes is checked."""
    answers(CheckpointTree(tmp_path, 10**9))
    rnd = random.Random("bytes")
    for node in nodes(tmp_path):
        for file in sorted(node.iterdir()):
            good = file.read_bytes()
            for position in range(len(good)):
                flipped = bytearray(good)
                flipped[position] ^= 1 << rnd.randrange(8)
                file.write_bytes(flipped)
                with pytest.raises(CorruptFolder, match=node.name):
                    verified_folder(node)
            file.write_bytes(good)
        assert verified_folder(node)


def test_checkpoints(tmp_path: Path) -> None:
    """Damaged checkpoints are reported, deleted and trained again, with the same evaluations."""
    good = tmp_path / "good"
    expected = answers(CheckpointTree(good, 10**9))
    assert expected == answers(CheckpointTree(good, 10**9))
    for number, rnd in enumerate(randoms("checkpoints")):
        folder = tmp_path / str(number)
        shutil.copytree(good, folder)
        chosen = rnd.sample(nodes(folder), rnd.choice((1, 1, 3)))
        altered = [tree_mangled(node, rnd) for node in chosen]
        tree = CheckpointTree(folder, 10**9)
        assert answers(tree) == expected
        assert bool(tree.notices) == any(altered)
        assert all("trained again" in notice for notice in tree.notices)
        assert all(map(verified_folder, nodes(folder)))
        shutil.rmtree(folder)


@pytest.mark.parametrize("kind", ["tokens", "encoder"])
def test_prepared_data(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged entry is made again, with the same content."""
    corpus = translated.load(str(write_corpus(tmp_path / "corpus")))

    def write_tiny(folder: Path) -> None:
        tiny.train_tokenizer(["ein Satz"]).save(str(folder / "tokenizer.json"))
        save_file({"weight": torch.arange(9.0)}, folder / "weights.safetensors")

    def prepared() -> list[Any]:
        if kind == "encoder":
            tokenizer, weights = tiny.load(cache)
            return [tokenizer.to_str(), {name: weight.tolist() for name, weight in weights.items()}]
        tokenizer, tokens, _ = vocabulary.prepare(corpus, cache)
        return [tokenizer.to_str(), {name: side.flat.tolist() for name, side in tokens.items()}]

    monkeypatch.setattr(tiny, "_write", write_tiny)  # the real ones take a minute to train
    cache = tmp_path / "cache"
    expected = prepared()
    (entry,) = nodes(cache)
    for rnd in randoms("prepared", kind, share=2):
        tree_mangled(entry, rnd)
        assert prepared() == expected
        assert verified_folder(entry)
