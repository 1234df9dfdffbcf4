"""Trackers: other programs that people compare their trainings with.

A tracker receives the scores of a study while it is searched. Each needs its own client, which is an
extra of this package. A tracker that fails does not end a search.
"""
