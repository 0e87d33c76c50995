"""The page in headless Chromium: it loads, sorts, answers to the pointer, fits a phone, prints."""

import pytest


@pytest.fixture
def visit(browser, page):
    """The page opened under some options; `errors` has everything that went wrong."""
    opened = []

    def make(**options):
        tab = browser.new_page(**options)
        opened.append(tab)
        tab.errors = []
        tab.on("console", lambda message: tab.errors.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else tab.errors.append(r.url))
        tab.goto(page.as_uri())
        return tab

    yield make
    for tab in opened:
        tab.close()


def test_it_loads_without_errors_and_runs_no_name(visit):
    tab = visit()
    assert tab.errors == []
    assert tab.title() != "owned"
    assert tab.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")


def test_sorting(visit):
    tab = visit()
    values = "[...document.querySelectorAll('table.seeds tbody tr')].map(row => row.cells[2].dataset.value)"
    button = tab.locator("table.seeds th button").nth(2)
    button.click()
    rising = tab.evaluate(values)
    button.click()
    falling = tab.evaluate(values)
    assert rising[-1] == falling[-1] == ""
    numbers = [float(x) for x in rising[:-1]]
    assert numbers == sorted(numbers)
    assert falling[:-1] == rising[-2::-1]
    assert tab.locator("table.seeds th").nth(2).get_attribute("aria-sort") == "descending"


def test_hover_names_the_seed(visit):
    tab = visit()
    chart = tab.locator("figure.curves svg")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    end = chart.locator("polyline").nth(3).get_attribute("points").split()[-1].split(",")
    scale = box["width"] / 720
    tab.mouse.move(box["x"] + float(end[0]) * scale, box["y"] + float(end[1]) * scale)
    assert tab.locator("figure.curves output").inner_text().startswith("seed 3: return ")
    assert tab.locator("polyline.near").count() == 1
    tab.locator("figure.curves select").select_option("2")
    assert chart.locator("polyline").count() == 4
    assert tab.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_overflow(visit, scheme):
    tab = visit(viewport={"width": 375, "height": 700}, color_scheme=scheme)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 375
    dark = tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 24, 28)"
    assert dark == (scheme == "dark")


def test_it_prints(visit):
    tab = visit(color_scheme="dark")
    assert len(tab.pdf()) > 20_000
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not tab.locator(".downloads").first.is_visible()
