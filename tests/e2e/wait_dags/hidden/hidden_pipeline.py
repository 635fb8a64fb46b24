"""A pipeline that the triggerer has not."""

from tests.wait_tasks import Parcel


class Hidden(Parcel):
    """A parcel of this module."""
