"""A copy of a runs folder on another disk, from which a study resumes when its machine is gone.

A background thread writes the copy. An error of the other disk never ends a search: it is shown
once, and the copy is tried again. The folder of the copy has:

- `search.db.mirror`: an identifier of the runs folder;
- `search.db.copy`, and `search.db.older`, the copy before it: both databases;
- everything else of the runs folder, under the same names. A folder with a list of hashes, such as a
  checkpoint or a model, is copied as a whole or not at all.
"""
