"""What happens to a model's inputs in life, each as a change of the rows that are sent to it."""

from __future__ import annotations

import numpy as np
import pandas as pd


def lengths_in_centimetres(rows: pd.DataFrame) -> pd.DataFrame:
    """A new release of the microscope's software reports in cm what it reported in mm."""
    changed = rows.copy()
    for name in rows.columns:
        if name.endswith(("radius", "perimeter", "radius error", "perimeter error")):
            changed[name] = rows[name] / 10
        elif "area" in name:
            changed[name] = rows[name] / 100
    return changed


def shifted_camera(rows: pd.DataFrame) -> pd.DataFrame:
    """The camera was knocked: every image lies one pixel further to the right."""
    images = rows.to_numpy().reshape(-1, 8, 8)
    shifted = np.zeros_like(images)
    shifted[:, :, 1:] = images[:, :, :-1]
    return pd.DataFrame(shifted.reshape(len(rows), -1), columns=rows.columns)


def dead_sensor(rows: pd.DataFrame) -> pd.DataFrame:
    """The blood pressure monitor is unplugged, and its driver reports 0."""
    return rows.assign(bp=0.0)
