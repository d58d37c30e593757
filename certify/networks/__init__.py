"""Networks in and out: JSON, ONNX, .nnet and torch; the builder and the gadgets."""
