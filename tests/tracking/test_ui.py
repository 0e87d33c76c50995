"""MLflow's own page in headless Chromium: it shows the run, its curves and its figures."""

import re

import numpy as np

from jaxviz.tracking import MLflowLogger

SECONDS = 60_000


def test_the_page_of_a_run_shows_its_curves_and_figures(server, browser):
    rng = np.random.default_rng(0)
    with MLflowLogger("seen in a browser", server.uri, quiet=True) as logger:
        logger.start_run("a visible run")
        logger.log_hyperparameters({"lr": 0.1})
        logger.log_training_curves(rng.normal(size=(3, 30)))
        logger.log_analysis(analysis_of(rng), parameters=[{"lr": 0.1}, {"lr": 0.2}])
    server.settle()
    run = server.runs("seen in a browser")["a visible run"]
    tab = browser.new_page(viewport={"width": 1400, "height": 1000})
    tab.set_default_timeout(SECONDS)
    failed = []
    tab.on("response", lambda r: failed.append(r.url) if r.status >= 400 else None)
    place = f"{server.uri}/#/experiments/{run.info.experiment_id}/runs"
    tab.goto(place)
    tab.get_by_text("a visible run").first.wait_for()
    tab.get_by_text("lr=0.1").first.wait_for()  # a configuration
    tab.goto(f"{place}/{run.info.run_id}")
    tab.get_by_text("jaxviz.best_configuration").first.wait_for()
    tab.goto(f"{place}/{run.info.run_id}/model-metrics")
    tab.get_by_text("return/iqm").first.wait_for()
    tab.locator(".js-plotly-plot .scatterlayer .js-line").first.wait_for(state="attached")
    tab.goto(f"{place}/{run.info.run_id}/artifacts/figures")
    tab.get_by_text("training_curves.png").first.click()
    image = tab.locator("img[src^='blob:'], img[src*='training_curves']").first
    image.wait_for()
    assert re.search("blob:|training_curves", image.get_attribute("src"))
    assert image.evaluate("image => image.naturalWidth > 0 || image.decode().then(() => true)")
    tab.close()
    assert failed == []


def analysis_of(rng):
    import jaxviz as jv

    rise = np.linspace(0, 10, 30) * np.array([1.0, 2.0])[:, None, None]
    return jv.analyze(jv.from_arrays(rise + rng.normal(size=(2, 3, 30))), windows=(10,))
