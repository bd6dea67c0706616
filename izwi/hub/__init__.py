"""The model registry: what there is, where it comes from, how it gets here whole, and whether it is ready."""
