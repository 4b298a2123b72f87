"""What was measured, for people and for programs: terminal, Markdown, CSV, JSON and one HTML page.

The page carries its charts as inline SVG and nothing is loaded from elsewhere, so it can be read
without a network and sent as one file. A plotting library was decided against: the smallest that
draws offline adds 4 MB of script to every page.
"""

from app.reports.chart import Bar, BarChart, Chart, LineChart, Series, Span, TimelineChart
from app.reports.page import render_html
from app.reports.report import Cell, Column, Detail, Report, Table
from app.reports.terminal import print_tables
from app.reports.text import render_csv, render_json, render_markdown
from app.reports.writing import write_report

__all__ = [
    "Bar",
    "BarChart",
    "Cell",
    "Chart",
    "Column",
    "Detail",
    "LineChart",
    "Report",
    "Series",
    "Span",
    "Table",
    "TimelineChart",
    "print_tables",
    "render_csv",
    "render_html",
    "render_json",
    "render_markdown",
    "write_report",
]
