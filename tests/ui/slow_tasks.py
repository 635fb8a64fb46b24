"""A Luigi pipeline each of whose tasks waits until the test lets it go on."""

from __future__ import annotations

from pathlib import Path

import luigi

from local_airflow.waiting import wait_for
from luigi_tasks.settings import folders

WIDTH, LAYERS = 4, 3
DEADLINE = 120.0


def gate(folder: Path, name: str, layer: int, place: int) -> Path:
    """Give the file that a step waits for."""
    return folder / "slow" / name / f"go_{layer}_{place}"


class Step(luigi.Task):
    """Goes on when its file is there. It needs two steps of the layer before."""

    name = luigi.Parameter()
    layer = luigi.IntParameter()
    place = luigi.IntParameter()

    def requires(self) -> list[luigi.Task]:
        before = {self.place, (self.place + 1) % WIDTH} if self.layer > 0 else ()
        return [Step(self.name, self.layer - 1, place) for place in sorted(before)]

    def output(self) -> luigi.LocalTarget:
        path = gate(folders().outputs, self.name, self.layer, self.place)
        return luigi.LocalTarget(str(path.with_name(f"done_{self.layer}_{self.place}")))

    def run(self) -> None:
        go = gate(folders().outputs, self.name, self.layer, self.place)
        wait_for(str(go), go.exists, deadline=DEADLINE, every=0.05)
        self.output().open("w").close()


class Slow(luigi.WrapperTask):
    """The steps of all layers."""

    name = luigi.Parameter()

    def requires(self) -> list[luigi.Task]:
        return [Step(self.name, LAYERS - 1, place) for place in range(WIDTH)]
