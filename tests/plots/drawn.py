"""What a figure has drawn, as NumPy arrays: matplotlib types its getters as anything that could become one."""

import numpy as np
from matplotlib.patches import Rectangle

from tests.known import known_as


def xs(line):
    """The x values of a line."""
    return np.asarray(line.get_xdata())


def ys(line):
    """The y values of a line."""
    return np.asarray(line.get_ydata())


def points(line):
    """x and y of every point of a line: [point, 2]."""
    return np.asarray(line.get_xydata())


def vertices(path):
    """The vertices of a path: [vertex, 2]."""
    return np.asarray(path.vertices)


def outline(patch):
    """The vertices of the outline of a patch: [vertex, 2]."""
    return vertices(patch.get_path())


def cells(mappable):
    """The values that colours stand for, of an image or a collection."""
    return np.asarray(mappable.get_array())


def rectangles(ax):
    """The bars of a panel."""
    return [known_as(Rectangle, patch) for patch in ax.patches]
