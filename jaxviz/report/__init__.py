"""One self-contained HTML page about training runs: words, tables and figures made from their Analysis and Aggregate.

jaxviz.report.write(run, "report.html", target=475)
"""

from ._write import write

__all__ = ["write"]
