"""What can go wrong between a model's name and its files. Every message is a plain sentence fit for the page."""

from __future__ import annotations


class ModelFault(RuntimeError):
    """A model cannot be used; the message says which one and why."""


class HubOutOfReach(ModelFault):
    """The Hub did not answer like a Hub within the deadline."""

    def __init__(self, endpoint: str, why: str) -> None:
        super().__init__(f"The model hub at {endpoint} cannot be reached ({why}).")


class NotOnHub(ModelFault):
    """The Hub answered, but has no such repository, revision or file."""


class DownloadFailed(ModelFault):
    """A transfer broke and did not recover; what arrived is kept, and the next try goes on from there."""

    def __init__(self, model: str, file: str, why: str) -> None:
        super().__init__(f"The download of {file} of {model} broke off ({why}); what arrived is kept.")


class Tampered(ModelFault):
    """A file is not the one its checksum was recorded for. ``file`` is its name."""

    def __init__(self, model: str, file: str) -> None:
        self.model, self.file = model, file
        super().__init__(
            f"The file {file} of {model} does not match its recorded checksum: it was changed or damaged, "
            "so it is not loaded."
        )


class Incomplete(ModelFault):
    """A file of a model is not on this machine."""


class ConversionFailed(ModelFault):
    """A pulled checkpoint could not be converted to the form its engine loads."""
