"""Luigi tasks whose names, values, outputs and errors are markup, or a script's address."""

from __future__ import annotations

import luigi

from luigi_tasks.settings import folders

IMAGE = "<img src=x onerror=alert(1)>"
DRAWING = '"><svg onload=alert(1)>'
SCRIPT = "<script>alert(1)</script>"
ADDRESS = "javascript:alert(1)"
TEXTS = (IMAGE, DRAWING, SCRIPT, ADDRESS)


class Marked(luigi.Task):
    """Writes to a path that is its parameter."""

    text = luigi.Parameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(str(folders().outputs / "markup" / self.text))

    def run(self) -> None:
        with self.output().open("w") as file:
            file.write(self.text)


class Drawn(Marked):
    """A family whose name is markup."""

    task_namespace = IMAGE


class Rotten(luigi.Task):
    """Fails, with an error that is markup."""

    def run(self) -> None:
        raise ValueError(" ".join(TEXTS))


class Everything(luigi.WrapperTask):
    """All of these."""

    def requires(self) -> list[luigi.Task]:
        return [Drawn(text="drawn"), Rotten(), *(Marked(text=text) for text in TEXTS)]
