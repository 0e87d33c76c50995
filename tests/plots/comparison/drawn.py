"""What figures of a Comparison have drawn."""

import numpy as np


def names(ax):
    """The names of the rows, from the top."""
    return [label.get_text() for label in ax.get_yticklabels()]


def drawn_rows(ax):
    """Estimate, low and high of each row."""
    (dots,) = [marks for marks in ax.collections if hasattr(marks, "get_sizes") and len(marks.get_sizes())]
    (lines,) = [marks for marks in ax.collections if hasattr(marks, "get_segments")]
    ends = np.asarray(lines.get_segments())[:, :, 0]
    return np.column_stack([np.asarray(dots.get_offsets())[:, 0], ends])


def words_beside(ax):
    """The words right of the rows."""
    return [text.get_text() for text in ax.texts if text.get_text()]
