"""A pipeline that lies beside the DAG files."""

from tests.wait_tasks import Parcel


class Beside(Parcel):
    """A parcel of this module."""
