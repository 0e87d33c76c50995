"""MLflow's own page in headless Chromium: it shows the run, its curves and its figures."""

import pytest
from matplotlib.figure import Figure

from jaxviz.tracking import MLflowLogger

pytestmark = pytest.mark.exhaustive
SECONDS = 60_000


def test_the_page_of_a_run_shows_its_curves_and_figures(server, browser):
    figure = Figure((2, 1))
    figure.add_subplot().plot([0, 1])
    with MLflowLogger("seen in a browser", server.uri, quiet=True) as logger:
        logger.start_run("a visible run")
        for step in range(20):
            logger.log_training_metrics({"loss/value": 1 / (1 + step)}, step)
        logger.log_figure(figure, "a figure")
        recorder = logger._active().recorder
        recorder.start("a visible child", {}, parent=recorder.run)
    server.settle()
    run = server.runs("seen in a browser")["a visible run"]
    tab = browser.new_page(viewport={"width": 1400, "height": 1000})
    tab.set_default_timeout(SECONDS)
    failed = []
    tab.on("response", lambda r: failed.append(r.url) if r.status >= 500 else None)
    runs = f"{server.uri}/#/experiments/{run.info.experiment_id}/runs"
    tab.goto(runs)
    tab.get_by_text("a visible run").first.wait_for()
    tab.locator(".ag-row button").first.click()  # its children
    tab.get_by_text("a visible child").first.wait_for()
    tab.goto(f"{runs}/{run.info.run_id}/model-metrics")
    tab.get_by_placeholder("Search metric charts").fill("loss/value")
    tab.locator(".js-plotly-plot .scatterlayer .js-line").first.wait_for(state="attached")
    tab.goto(f"{runs}/{run.info.run_id}/artifacts/figures")
    tab.get_by_text("a figure.png").first.click()
    image = tab.locator("img[src^='blob:']").first
    image.wait_for()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    tab.close()
    assert failed == []
