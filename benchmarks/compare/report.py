"""The report's files: Markdown, HTML, JSON, and the plots."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from tabulate import tabulate

from benchmarks.compare.plots import plots
from benchmarks.compare.results import Results
from benchmarks.compare.sections import Section, losses, sections

TEMPLATES = Environment(
    loader=PackageLoader("benchmarks.compare"),
    autoescape=select_autoescape(["html"], default_for_string=False, default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write_report(results: Results, folder: Path) -> list[Path]:
    """Write the report.

    :param results: what was measured
    :param folder: an existing folder; files of an earlier report are replaced
    :return: the files, the one for people first
    """
    drawn = plots(results)
    facts = {"results": results, "sections": sections(results), "losses": losses(results), "plots": drawn}
    texts = {
        "report.md": TEMPLATES.get_template("report.md").render(facts, table=_markdown_table),
        "report.html": TEMPLATES.get_template("report.html").render(facts),
        "results.json": results.to_json(),
        **{f"{name}.svg": svg for name, svg in drawn.items()},
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return [folder / name for name in texts]


def _markdown_table(section: Section) -> str:
    rows = [[cell.text.replace("|", "\\|") for cell in row] for row in section.rows]
    return tabulate(rows, headers=section.header, tablefmt="github", disable_numparse=True)
