from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from benchmarks.charts import Dot, Series, dots, panels

SVG = "{http://www.w3.org/2000/svg}"


def drawn(text):
    return ET.fromstring(text)  # noqa: S314 - what this program has written


def texts(text):
    return ["".join(each.itertext()) for each in drawn(text).iter(f"{SVG}text")]


def test_dots_stand_in_the_order_of_their_values():
    chart = dots("Rates", "/s", [Dot(str(n), n, n, n) for n in (30, 300, 3000)])
    places = [float(each.get("cx")) for each in drawn(chart).iter(f"{SVG}circle")]
    first, second = (right - left for left, right in pairwise(places))
    assert first == pytest.approx(second, abs=0.2)  # ten times is as far everywhere
    assert first > 0


def test_dots_carry_label_and_value_as_text():
    chart = dots("Rates", "/s", [Dot("A & B <c>", 1234.4, 1000, 2000, "ours")])
    assert "A & B <c>" in texts(chart)
    assert "1,234" in texts(chart)


def test_dots_stay_within_the_axis():
    chart = drawn(dots("Rates", "/s", [Dot("low", 0.37, 0.2, 0.9), Dot("high", 9_999, 1, 10_000)]))
    width = float(chart.get("width"))
    lines = [line for line in chart.iter(f"{SVG}line") if line.get("stroke-width") == "3"]
    places = [float(line.get(end)) for line in lines for end in ("x1", "x2")]
    assert len(places) == 4
    assert all(300 <= place <= width - 90 for place in places)


@pytest.mark.parametrize("rows", [[], [Dot("zero", 0, 0, 0)]])
def test_dots_refuse_what_a_logarithmic_axis_has_not(rows):
    with pytest.raises(ValueError, match="above 0"):
        dots("Rates", "/s", rows)


@pytest.mark.parametrize("value", [96.7, 191, 49.9, 199.9, 10])
def test_highest_label_of_a_panel_stays_below_its_title(value):
    chart = drawn(panels("Growth", [Series("Page", "ms", [(1e3, value), (1e4, value / 5)])]))
    heights = {"".join(each.itertext()): float(each.get("y")) for each in chart.iter(f"{SVG}text")}
    title = heights.pop("Page, ms")
    del heights["Growth"]
    assert min(heights.values()) >= title + 12


def test_panels_draw_a_line_through_each_series_points():
    series = [
        Series("Start", "s", [(1e3, 1.0), (1e4, 2.0), (1e6, 4.0)]),
        Series("B", "MB", [(10, 5)]),
    ]
    chart = drawn(panels("Growth", series))
    lines = [line.get("points").split() for line in chart.iter(f"{SVG}polyline")]
    assert [len(points) for points in lines] == [3, 1]
    heights = [float(point.partition(",")[2]) for point in lines[0]]
    assert heights == sorted(heights, reverse=True)  # larger is higher
    assert {"Start, s", "1,000", "10,000", "1 M"} <= set(texts(panels("Growth", series)))


def test_panels_show_a_tenth_as_a_tenth():
    chart = drawn(panels("Growth", [Series("Start", "s", [(1e3, 2.0), (1e4, 2.2)])]))
    first, second = (float(each.get("cy")) for each in chart.iter(f"{SVG}circle"))
    assert 0 < first - second < 15  # of 144: noise does not look like growth


def test_panels_refuse_a_series_without_points():
    with pytest.raises(ValueError, match="Start has no points"):
        panels("Growth", [Series("Start", "s", [])])


def test_panels_draw_one_value_all_along_without_dividing_by_nothing():
    assert drawn(panels("Growth", [Series("Flat", "s", [(1e3, 1.0), (1e4, 1.0)])])) is not None
