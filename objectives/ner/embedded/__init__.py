"""The embedded corpus: tagged sentences in four languages, for work without a download.

They are short sentences and fragments in the manner of PAN-X, which is made from Wikipedia. None
is copied from anywhere: a grammar draws them.

`data/` has the names, words and sentence templates of each language; `grammar` reads them and draws
one sentence; `corpus` draws the splits.
"""

from xlt.objectives.ner.embedded.corpus import generate

__all__ = ["generate"]
