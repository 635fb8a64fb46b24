"""Gives a process the host name that its container would have."""

import os
import socket

socket.gethostname = lambda: os.environ["HOSTNAME"]
