"""Scores against a second implementation, and detokenisation."""

import os
import random
import re

import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st
from samples import write_corpus
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from xlt.objectives.translation import corpora, scores, vocabulary
from xlt.objectives.translation.corpora import Corpus
from xlt.objectives.translation.vocabulary import TokenizedSide

REAL = pytest.mark.skipif(
    not os.environ.get("XLT_DATA"), reason="real corpora: set XLT_DATA to their folder"
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = write_corpus(tmp_path_factory.mktemp("corpus"), held_out=200)
    return corpora.load(str(folder))


@pytest.fixture(scope="module")
def tokenizer(corpus: Corpus) -> Tokenizer:
    return vocabulary.train(corpus.parts["captions/train"])


def contest_text(tokenizer: Tokenizer, ids: list[int]) -> str:
    """The contest's rule once more: decode as `transformers` does, then tidy blanks up."""
    pad, bos, eos, unknown = vocabulary.SPECIALS
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=pad, bos_token=bos, eos_token=eos, unk_token=unknown
    )
    text = str(fast.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))
    for mark in "?.!,;:":
        text = re.sub(rf"\s+{re.escape(mark)}", mark, text)
    for contraction in ("n't", "'re", "'ve", "'ll", "'d", "'m", "'s"):
        text = re.sub(rf"\s+{contraction}", contraction, text)
    return " ".join(text.split())


WORDS = """the dog isn't running , he 's at home n't ' s ? ! ; : 'll 'd " - <pad> </s> runs ü"""


@pytest.fixture(scope="module")
def whole_words() -> Tokenizer:
    """Each of WORDS is one token, contractions too, which the contest's tokenizer cuts up."""
    ids = {piece: i for i, piece in enumerate((*vocabulary.SPECIALS, *WORDS.split(" ")[:-4]))}
    made = Tokenizer(models.WordLevel(ids, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.add_special_tokens(list(vocabulary.SPECIALS))
    return made


@pytest.mark.parametrize("which", ["tokenizer", "whole_words"])
@given(words=st.lists(st.sampled_from(WORDS.split(" ")), max_size=12))
def test_league_text(words: list[str], which: str, request: pytest.FixtureRequest) -> None:
    """The string of any ids, specials among them, is the contest's."""
    tokenizer: Tokenizer = request.getfixturevalue(which)
    ids = tokenizer.encode(" ".join(words)).ids
    assert scores.league_text(tokenizer, ids) == contest_text(tokenizer, ids)


def test_league_text_keeps_sub_words_apart(tokenizer: Tokenizer) -> None:
    """An unknown word stays in sub-words, as the contest's tokenizer has no decoder."""
    ids = tokenizer.encode("dogchild.").ids
    assert scores.league_text(tokenizer, [1, *ids, 2, 0]) == "dog child."


def test_league_bleu(tokenizer: Tokenizer, corpus: Corpus) -> None:
    """sacreBLEU's `corpus_bleu` with its defaults over those strings: 13a, exp, no lower case."""
    rnd = random.Random(1)
    english = corpus.parts["captions/validation"].english
    references = [contest_text(tokenizer, tokenizer.encode(text).ids) for text in english]
    hypotheses = [" ".join(w for w in text.split() if rnd.random() > 0.2) for text in references]
    metric = sacrebleu.BLEU(lowercase=False, tokenize="13a", smooth_method="exp")
    expected = metric.corpus_score(hypotheses, [references]).score
    assert 20 < expected < 95
    assert scores.league_bleu(hypotheses, references) == pytest.approx(expected, abs=1e-12)
    assert scores.league_bleu(references, references) == pytest.approx(100)


def test_published_scores_carry_their_signatures() -> None:
    """Signatures are sacreBLEU's own: one reference, mixed case, its usual tokenizer."""
    values, signatures = scores.published_scores(["the dog runs fast"], ["the dog runs away"])
    assert 0 < values["sacrebleu"] < 100
    assert values["chrf"] == pytest.approx(
        sacrebleu.corpus_chrf(["the dog runs fast"], [["the dog runs away"]]).score
    )
    bleu = signatures["sacrebleu_signature"]
    assert bleu.startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:")
    assert sacrebleu.__version__ in bleu
    assert signatures["chrf_signature"].startswith("nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no")


def restored_bleu(corpus: Corpus) -> float:
    tokenizer = vocabulary.train(corpus.parts["captions/train"])
    detokeniser = scores.Detokeniser(tokenizer, corpus.parts["captions/train"].english)
    english = corpus.parts["captions/validation"].english
    tokens = TokenizedSide.of(tokenizer, english)
    texts = [detokeniser.text(ids.tolist()) for ids in tokens.sentences]
    return float(sacrebleu.corpus_bleu(texts, [list(english)]).score)


def test_references_are_restored(corpus: Corpus) -> None:
    """Sub-word ids of unseen sentences become the sentences again: BLEU of at least 95."""
    assert restored_bleu(corpus) >= 95


@REAL
def test_real_references_are_restored() -> None:
    """The same on the corpora of the contest."""
    assert restored_bleu(corpora.load(os.environ["XLT_DATA"])) >= 95


def test_words_are_the_likeliest_division(tokenizer: Tokenizer) -> None:
    """If sub-words can be joined in two ways, frequency in the training text decides."""
    ids = tokenizer.encode("a man in the park").ids
    apart, joined = ["a man in the park"] * 20, ["aman in the park"] * 20
    for texts, expected in (
        ([*apart, "aman"], "a man in the park"),
        ([*joined, "a man"], "aman in the park"),
    ):
        assert scores.Detokeniser(tokenizer, texts).text(ids) == expected


def test_unseen_words_stay_whole(tokenizer: Tokenizer, corpus: Corpus) -> None:
    """Sub-words that no known word contains are joined to one word."""
    detokeniser = scores.Detokeniser(tokenizer, corpus.parts["captions/train"].english)
    assert len(tokenizer.encode("beast").ids) > 1
    ids = tokenizer.encode("the beast in the park").ids
    assert detokeniser.text(ids) == "the beast in the park"


def test_text_of_no_ids_and_of_unknown_words(tokenizer: Tokenizer, corpus: Corpus) -> None:
    """No error, and nothing is lost."""
    detokeniser = scores.Detokeniser(tokenizer, corpus.parts["captions/train"].english)
    assert detokeniser.text([]) == ""
    assert detokeniser.text([1, 3, 2, 0]) == ""
    ids = tokenizer.encode("Straße läuft").ids
    assert detokeniser.text(ids).replace(" ", "") == "Straßeläuft"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("A dog runs , fast .", "A dog runs, fast."),
        ("It ' s a T - shirt ( red ) .", "It's a T-shirt (red)."),
        ('He says " go home " to us !', 'He says "go home" to us!'),
        ("the boys ' dog", "the boys ' dog"),
        ("", ""),
    ],
)
def test_joining_words(words: str, expected: str) -> None:
    """English spacing of punctuation."""
    assert scores.join_words(words.split()) == expected
