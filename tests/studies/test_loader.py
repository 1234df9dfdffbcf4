"""Reading a study: every unreadable file is refused with place, rule and remedy."""

import tomllib
from pathlib import Path

import pytest

from xlt.studies.loader import MAX_FILE_BYTES, StudyError, parsed, read
from xlt.studies.study import load

HEAD = 'name = "mine"\ntask = "translation"\n'

BUDGET = "[budget]\nrungs = [50, 100]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + BUDGET + "[space\n", "is not TOML: line 5, column 7: Expected ']'"),
        (
            HEAD + BUDGET + "rungs = [1]\n",
            "is not TOML: line 5, column 12: Cannot overwrite a value",
        ),
        (HEAD + 'x = "', "is not TOML: "),
        (
            "name = mine\n" + BUDGET,
            "line 1, column 8: Invalid value; text needs straight quotes: n",
        ),
        ("name = mine\n" + BUDGET, 'name = "mine"'),
        (
            HEAD + BUDGET + "time_limit = 30m # all\n",
            'text needs straight quotes: time_limit = "30m"',
        ),
        (HEAD + "x = my data\n", 'text needs straight quotes: x = "my data"'),
        ("name = \u201cmine\u201d\n", 'text needs straight quotes: name = "mine"'),
        (HEAD + "x = True\n", "line 3, column 5: Invalid value; write x = true"),
        (HEAD + "x = 0,5\n", "write x = 0.5"),
        (HEAD + "x = 042\n", "write x = 42"),
        (HEAD + "x = [adam, sgd]\n", "text inside a list or a table needs quotes as well"),
        (HEAD + "x = " + "9" * 5000, "a number is beyond TOML's 64 bits; give a smaller one"),
        (
            HEAD + f"x = {2**63}\n" + BUDGET,
            "x: a number is beyond TOML's 64 bits; give a smaller o",
        ),
        (
            HEAD + f"x = [{{y = {-(2**64)}}}]\n",
            "x.y: a number is beyond TOML's 64 bits; give a smal",
        ),
        (HEAD + "x = " + "[" * 50_000, "is nested too deeply"),
        (HEAD + "x = " + "[" * 25 + "]" * 25, "is nested too deeply"),
        (HEAD + "x" + ".x" * 25 + " = 1", "is nested too deeply"),
        (HEAD + "x" + ".x" * 3_000 + " = 1", "is nested too deeply"),
        (HEAD + "x" * 300 + " = 1", "x... is too long or has control characters; drop it"),
        (HEAD + '"\\u001b[2J" = 1', 'the key "\\u001b[2J" is too long or has control characters'),
        (HEAD + "#" * MAX_FILE_BYTES, "too large: has more than 1,000,000 bytes"),
        (HEAD.encode() + b"# caf\xe9\n", "line 3 is not UTF-8 (byte 0xe9); save it as UTF-8"),
    ],
)
def test_a_file_that_is_not_plain_toml(tmp_path: Path, text: str | bytes, message: str) -> None:
    """It is refused with line and remedy, before anything is printed or walked through."""
    path = tmp_path / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(StudyError) as caught:
        read(str(path))

    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_a_long_chain_of_keys_never_reaches_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the square of the chain's length, in time and in memory."""
    monkeypatch.setattr(tomllib, "loads", None)
    for chain in (
        "a" + ".a" * 100,
        "a" + " . a" * 100,
        "a" + ".'b c'" * 100,
        "a" + '."\\" b"' * 100,
    ):
        with pytest.raises(StudyError, match="nested too deeply"):
            parsed(f"x = 1\n{chain} = 1", "mine.toml")


def test_a_file_without_an_end() -> None:
    with pytest.raises(StudyError, match="/dev/zero: too large"):
        load("/dev/zero")


def test_a_missing_study_names_the_near_miss(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(HEAD + BUDGET)

    with pytest.raises(StudyError, match=r'^leage: no such study; did you mean "league"\?; use'):
        load("leage")
    with pytest.raises(StudyError, match=r"mien\.toml: no such file; did you mean .*mine\.toml"):
        load(str(tmp_path / "mien.toml"))
    with pytest.raises(StudyError, match=r'no such file; did you mean "league"'):
        load(str(tmp_path / "none" / "leage.toml"))
    with pytest.raises(StudyError, match="cannot be read: Is a directory; give a study's"):
        load(f"{tmp_path}/")
    with pytest.raises(StudyError, match="cannot be read: embedded null byte"):
        load("a\0b.toml")


def test_a_file_beside_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever leaves out its ending is told it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").touch()
    with pytest.raises(StudyError, match=r'mine: no such study; did you mean "mine.toml"\?'):
        load("mine")
    with pytest.raises(StudyError, match="no such study"):
        load("a" * 300)
