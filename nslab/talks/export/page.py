"""A talk as one HTML file: its slides, its pictures, and what its cells showed when they were run."""

from __future__ import annotations

import json
import time
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from nslab.show.live.panel import RECORDING
from nslab.talks import STAGE
from nslab.talks.deck import Slide, Talk
from nslab.talks.rehearsal import Run

THEMES = ("light", "dark")


def page(talk: Talk, runs: list[Run], theme: str = "light") -> str:
    """The talk as HTML that loads nothing from elsewhere. A cell that was not run, or failed, shows its source alone.

    `theme` is "light" or "dark", until T changes it. Raises ValueError for another, OSError where a picture is missing.
    """
    if theme not in THEMES:
        raise ValueError(f"theme={theme!r}: choose one of {', '.join(THEMES)}")
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(template_name="basic", embed_images=True, exclude_input_prompt=True,
                            exclude_output_prompt=True, exclude_anchor_links=True)  # fmt: skip
    shown = {run.cell: run.outputs for run in runs if not run.error}
    measured = time.strftime("%Y-%m-%d %H:%M")
    sections = [
        _section(exporter, talk, slide, shown, f"{number} / {len(talk.slides)}", measured)
        for number, slide in enumerate(talk.slides, 1)
    ]
    return "\n".join([
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(talk.title)}</title>',
        '<meta name="viewport" content="width=device-width">',
        f"<style>{_of_stage('look.css')}{_file('slides.css')}{_highlighted()}</style></head>",
        f'<body class="nslab-slides" data-jp-theme-light="{"true" if theme == "light" else "false"}">',
        *sections,
        f'<script type="module">{_scripts()}</script></body></html>',
    ])  # fmt: skip


def _section(exporter: Any, talk: Talk, slide: Slide, shown: dict[str, Any], number: str, measured: str) -> str:
    ran = any(cell.id in shown for cell in slide.cells if cell.cell_type == "code")
    foot = f"measured {measured} · {number}" if ran else number
    body = _body(exporter, talk, slide, shown)
    return f'<section><div class="fit">{body}</div><footer>{escape(foot)}</footer></section>'


def _body(exporter: Any, talk: Talk, slide: Slide, shown: dict[str, Any]) -> str:
    """The cells of one slide as nbconvert shows them, with the pictures in them."""
    import nbformat

    cells = [
        {**cell, "outputs": [_played(output) for output in shown.get(cell.id, ())], "execution_count": None}
        if cell.cell_type == "code"
        else dict(cell)
        for cell in slide.cells
    ]
    notebook = nbformat.from_dict({**talk.notebook, "cells": cells})
    body, _ = exporter.from_notebook_node(notebook, {"metadata": {"path": str(talk.path.parent)}})
    return str(body)


def _played(output: Any) -> Any:
    """An output of a panel with what its charts are drawn from, beside the picture of them, which is for paper."""
    data = output.get("data", {})
    if RECORDING not in data:
        return output
    # In a script only "</script" would end it.
    kept = json.dumps(data[RECORDING], separators=(",", ":")).replace("</", "<\\/")
    mark = f'<div class="nslab nslab-recorded"><script type="application/json">{kept}</script></div>'
    return {**output, "data": {**data, "text/html": mark + data["text/html"]}}


def _highlighted() -> str:
    """Colours of code that can be told apart on both grounds."""
    from pygments.formatters import HtmlFormatter

    light = HtmlFormatter(style="default", nobackground=True).get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark", nobackground=True).get_style_defs(
        'body[data-jp-theme-light="false"] .highlight'
    )
    return f"{light}\n{dark}"


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _scripts() -> str:
    chart = resources.files("nslab.show.live").joinpath("chart.js").read_text(encoding="utf-8")
    return "\n".join([chart, _of_stage("fit.js"), _file("recorded.js"), _file("slides.js")])


def _of_stage(name: str) -> str:
    """What the slides have in common with those in JupyterLab: how they look, and how they are made to fit."""
    return (STAGE / "nslab-stage/static" / name).read_text(encoding="utf-8")


def write(talk: Talk, runs: list[Run], file: Path, theme: str = "light") -> None:
    """Write page() to a file, whole or not at all. Raises OSError."""
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.write_text(page(talk, runs, theme), encoding="utf-8")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
