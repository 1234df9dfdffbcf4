"""The embedded corpus: sentences of our own in four languages, with their entities.

For trying everything without a download. Short sentences and fragments in the manner of PAN-X,
which is made of Wikipedia; none is taken from anywhere.
"""

from xlt.objectives.ner.embedded.corpus import generate

__all__ = ["generate"]
