"""The helpers of onnx_models.py as a fixture: tests/ is no package."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def models() -> ModuleType:
    """Build ONNX models, and compare their import with onnxruntime."""
    path = Path(__file__).with_name("onnx_models.py")
    spec = importlib.util.spec_from_file_location("onnx_models", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
